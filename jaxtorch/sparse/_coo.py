"""COO tensors: a matrix of indices and the values at them.

A `SparseTensor` owns two dense tensors and nothing else: no dense copy is ever made behind its back. Whatever it can do
is written over those two with ordinary functions, so gradients flow to the values by themselves. An operation that has
no sparse form raises NotImplementedError.
"""

from __future__ import annotations

import math
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.avals import aval
from jaxtorch._tensor.conversion import dtype_of_type
from jaxtorch._tensor.layouts import sparse_coo
from jaxtorch._tensor.overriding import disabled
from jaxtorch._tensor.printing import contents
from jaxtorch._tensor.sparse_inputs import SparseInput
from jaxtorch._tensor.tensor import FUNCTIONS, Tensor

_new: Any = object.__new__


def make(indices: Any, values: Any, size: Any, coalesced: bool = False) -> Any:
    """A sparse tensor of parts that are known to fit."""
    out = _new(SparseTensor)
    out._at, out._of, out._distinct = indices, values, coalesced
    out._aval = aval(tuple(size), values._aval.dtype, values._aval.device)
    out._view = out._strides = None
    return out


def is_sparse(x: Any) -> bool:
    """Whether `x` is a sparse tensor."""
    return type(x) is SparseTensor


def keys_of(indices: Any, sizes: Any) -> Any:
    """One number for each column of indices: where it lies in the flattened sparse dimensions."""
    if not sizes:
        return indices.new_zeros(indices.shape[1])
    key = indices[0]
    for d in range(1, len(sizes)):
        key = key * sizes[d] + indices[d]
    return key


def columns_of(keys: Any, sizes: Any) -> Any:
    """The inverse of `keys_of`."""
    rows = []
    for size in reversed(sizes):
        rows.append(keys % size if size else keys)
        keys = keys // max(size, 1)
    return FUNCTIONS["stack"](rows[::-1]) if rows else keys.new_zeros(0, keys.shape[0])


class SparseTensor(Tensor):
    """A tensor in COO layout; `torch.sparse_coo_tensor` and `Tensor.to_sparse` make them."""

    __torch_function__ = disabled  # a layout, not a class that overrides functions or that results should keep

    _at: Any
    _of: Any
    _distinct: bool
    is_sparse = True
    layout = sparse_coo

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

    # ----- Parts -----

    def sparse_dim(self) -> int:
        """How many dimensions have indices."""
        return self._at._aval.shape[0]

    def dense_dim(self) -> int:
        """How many dimensions each value has."""
        return self._aval.ndim - self.sparse_dim()

    def _nnz(self) -> int:
        return self._at._aval.shape[1]

    def _indices(self) -> Any:
        return self._at

    def _values(self) -> Any:
        return self._of

    def indices(self) -> Any:
        """The (sparse dims, n) indices of a coalesced tensor."""
        self._must_be_coalesced("indices")
        return self._at

    def values(self) -> Any:
        """The (n, dense dims...) values of a coalesced tensor."""
        self._must_be_coalesced("values")
        return self._of

    def _must_be_coalesced(self, name: str) -> None:
        if not self._distinct:
            raise RuntimeError(f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first")

    def is_coalesced(self) -> bool:
        """Whether indices are known to be sorted and distinct."""
        return self._distinct

    def _coalesced_(self, coalesced: bool) -> Any:
        self._distinct = coalesced
        return self

    def coalesce(self) -> Any:
        """The same tensor with sorted, distinct indices; values at the same place are added. Reads the indices."""
        if self._distinct:
            return self
        sizes = self._sparse_sizes()
        keys, inverse = FUNCTIONS["unique"](keys_of(self._at, sizes), return_inverse=True)
        values = self._of.new_zeros((keys.shape[0], *self._of.shape[1:])).index_add(0, inverse, self._of)
        return make(columns_of(keys, sizes), values, self.shape, True)

    def _sparse_sizes(self) -> tuple[int, ...]:
        return tuple(self.shape[: self.sparse_dim()])

    # ----- Conversions -----

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
        """The same tensor in strided layout."""
        sizes = self._sparse_sizes()
        flat = self._of.new_zeros((math.prod(sizes), *self._of.shape[1:]))
        dense = flat.index_add(0, keys_of(self._at, sizes), self._of).reshape(self.shape)
        return dense if dtype is None else dense.to(dtype)

    def to_sparse(self, *args: Any, **options: Any) -> Any:
        """The tensor itself."""
        return self

    to_sparse_coo = to_sparse

    def with_values(self, values: Any, coalesced: bool | None = None) -> Any:
        """Other values at the same indices."""
        return make(self._at, values, self.shape, self._distinct if coalesced is None else coalesced)

    def to(self, *args: Any, **options: Any) -> Any:
        """Values in another dtype or on another device."""
        values = self._of.to(*args, **options)
        return make(self._at.to(values.device), values, self.shape, self._distinct)

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
        self._at, self._of, self._distinct, self._aval = other._at, other._of.detach(), other._distinct, other._aval

    def clone(self, *, memory_format: Any = None) -> Any:
        """A copy."""
        return make(self._at.clone(), self._of.clone(), self.shape, self._distinct)

    def __deepcopy__(self, memo: dict) -> Any:
        return self.detach().clone().requires_grad_(self._rg)

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
            "can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() to convert to a strided tensor first."
        )

    def zero_(self) -> Any:
        """Drop all values."""
        self._at, self._of, self._distinct = self._at[:, :0], self._of.detach()[:0], True
        return self

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
        parts = [f"{name}={_shown(x, name)}" for name, x in (("indices", self._at), ("values", self._of))]
        return "tensor(" + ",\n       ".join([*parts, ", ".join(rest)]) + ")"

    def _usual_dtype(self) -> bool:
        return "dtype=" not in Tensor.__repr__(self._of.detach().new_ones(1))

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return object.__format__(self, spec)


def _shown(x: Any, name: str) -> str:
    body = contents(x.detach(), len(f"tensor({name}=tensor("))
    size = "" if x._aval.numel else f", size={tuple(x.shape)}"
    return f"tensor({body}{size})"


def same_size(a: Variable, b: Variable, name: str) -> None:
    """PyTorch's error for sparse tensors of different shapes."""
    if a._aval.shape != b._aval.shape:
        raise RuntimeError(
            f"{name}: expected sizes of 'self' and 'other' to match, but {list(a._aval.shape)} != {list(b._aval.shape)}"
        )
