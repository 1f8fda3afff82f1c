"""What tensors of all sparse layouts share: their values are what the tape and the engine see of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jaxtorch._base.promotion import can_cast
from jaxtorch._tensor.conversion import dtype_of_type
from jaxtorch._tensor.overriding import disabled
from jaxtorch._tensor.printing import contents, with_suffixes
from jaxtorch._tensor.sparse_inputs import SparseInput
from jaxtorch._tensor.tensor import Tensor


class Sparse(Tensor):
    """A tensor that owns indices and values, and no storage."""

    __torch_function__ = disabled  # a layout, not a class that overrides functions or that results should keep

    _of: Any

    def with_values(self, values: Any) -> Any:
        """Other values at the same indices."""
        raise NotImplementedError

    def with_parts(self, values: Any, convert: Any) -> Any:
        """Other values, and indices that `convert` has made of these."""
        raise NotImplementedError

    def take(self, other: Any) -> None:
        """Become another tensor of this layout."""
        raise NotImplementedError

    def _parts(self) -> Iterator[tuple[str, Any]]:
        raise NotImplementedError

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
        """The same tensor in strided layout."""
        raise NotImplementedError

    def _nnz(self) -> int:
        raise NotImplementedError

    def replace(self, other: Any) -> None:
        """Take the result of an operation in place of what is here.

        Raises:
            RuntimeError: its layout, shape or dtype does not fit.
        """
        if type(other) is not type(self) or other.layout is not self.layout:
            raise RuntimeError(f"the result of an operation on sparse tensors is {other.layout}, not {self.layout}")
        mine, given = self._aval.dtype, other._aval.dtype
        if not can_cast(given, mine):
            raise RuntimeError(
                f"result type {given.scalar_name} can't be cast to the desired output type {mine.scalar_name}"
            )
        self.take(other if mine is given else other.to(mine))

    # ----- What the tape and the engine see -----

    @property
    def _storage(self) -> Any:  # type: ignore[override]
        raise SparseInput("this operation takes no sparse tensor in jaxtorch; give it tensor.to_dense()")

    @property
    def _rg(self) -> bool:
        return self._of._rg

    @_rg.setter
    def _rg(self, value: bool) -> None:
        self._of._rg = value

    @property
    def _node(self) -> Any:
        return self._of._node

    @_node.setter
    def _node(self, value: Any) -> None:
        self._of._node = value

    @property
    def _vc(self) -> Any:
        return self._of._vc

    @property
    def _meta(self) -> Any:
        return self._of._meta

    @_meta.setter
    def _meta(self, value: Any) -> None:
        self._of._meta = value

    # ----- Conversions -----

    def to(self, *args: Any, **options: Any) -> Any:
        """Values in another dtype or on another device."""
        values = self._of.to(*args, **options)
        return self.with_parts(values, lambda index: index.to(values.device))

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The type's name, or the tensor cast to a dtype."""
        return super().type() if dtype is None else self.to(dtype_of_type(dtype))

    def detach(self) -> Any:
        """The same values without history."""
        return self.with_values(self._of.detach())

    def detach_(self) -> Any:
        """Cut the values off from their history."""
        self._of.detach_()
        return self

    @property
    def data(self) -> Any:
        """The same values without history."""
        return self.detach()

    @data.setter
    def data(self, other: Any) -> None:
        self.take(other.detach())

    def clone(self, *, memory_format: Any = None) -> Any:
        """A copy."""
        return self.with_parts(self._of.clone(), lambda index: index.clone())

    def __deepcopy__(self, memo: dict) -> Any:
        made = self.detach().clone().requires_grad_(self._rg)
        if self.grad is not None:
            made.grad = self.grad.detach().clone()
        memo[id(self)] = made
        return made

    @property
    def grad(self) -> Any:
        """The gradient of the values, at the same indices."""
        found = self._of.grad
        return None if found is None else self.with_values(found)

    @grad.setter
    def grad(self, value: Any) -> None:
        self._of.grad = None if value is None else value._of

    def item(self) -> Any:
        """The number in a tensor of one element."""
        return self.to_dense().item()

    def numpy(self, *args: Any, **options: Any) -> Any:
        """Not possible."""
        raise TypeError(
            f"can't convert {self._layout_name()} layout tensor to numpy. Use Tensor.to_dense() to convert to a "
            "strided tensor first."
        )

    def _layout_name(self) -> str:
        return "Sparse"

    # ----- Metadata of strided tensors -----

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """False: there are no strides."""
        return False

    def data_ptr(self) -> int:
        """Not possible."""
        raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        dtype = [] if self._usual_dtype() else [f"dtype={self.dtype}"]
        rest = [f"size={tuple(self.shape)}", f"nnz={self._nnz()}", *dtype, f"layout={self.layout}"]
        node = self.grad_fn
        if node is not None:
            rest.append(f"grad_fn=<{type(node).__name__}>")
        elif self._rg:
            rest.append("requires_grad=True")
        parts = [f"{name}={_shown(x, name)}" for name, x in self._parts()]
        indent = len("tensor(")
        return with_suffixes("tensor(" + (",\n" + " " * indent).join(parts), rest, indent, self.is_sparse)

    def _usual_dtype(self) -> bool:
        return "dtype=" not in Tensor.__repr__(self._of.detach().new_ones(1))

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return object.__format__(self, spec)


def _shown(x: Any, name: str) -> str:
    body = contents(x.detach(), len(f"tensor({name}=tensor("))
    size = "" if x._aval.numel else f", size={tuple(x.shape)}"
    return f"tensor({body}{size})"
