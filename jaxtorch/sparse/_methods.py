"""Where the sparse functions are found: methods and operators of tensors, sparse forms of the table's functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.modes import modes
from jaxtorch._tensor.sparse_inputs import HANDLERS
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.sparse import _functions as functions
from jaxtorch.sparse._coo import SparseTensor, is_sparse

# By the names of the table's functions, which call these with arrays in order and metadata by name.
HANDLERS.update({name: functions.unary(name) for name in functions.UNARY})
HANDLERS.update(
    {name: getattr(functions, name) for name in ("add", "sub", "mul", "div", "neg", "pow", "mm", "sum", "norm")}
)
HANDLERS |= {"matmul": functions.mm, "mv": functions.mm}


def _swapped(function: Callable) -> Callable:
    def reflected(self: Any, other: Any) -> Any:
        return function(other, self)

    return reflected


def _operator(function: Callable) -> Callable:
    def operator(self: Any, other: Any) -> Any:
        return function(self, other)

    return operator


def _in_place(function: Callable) -> Callable:
    def method(self: Any, *args: Any, **options: Any) -> Any:
        made = function(self, *args, **options)
        if self._rg and self._node is None and modes.grad:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        self._at, self._of, self._distinct = made._at, made._of, made._distinct
        return self

    return method


def _item(self: Any, key: Any) -> Any:
    keys = key if isinstance(key, tuple) else (key,)
    if any(not isinstance(k, int) or isinstance(k, bool) for k in keys):
        raise NotImplementedError("sparse tensors are indexed by integers in jaxtorch; give to_dense() other indices")
    for k in keys:
        self = functions.select(self, 0, k) if is_sparse(self) else self[k]
    return self


_OPERATORS: dict[str, Any] = {"add": functions.add, "sub": functions.sub, "mul": functions.mul}
_OPERATORS |= {"truediv": functions.div, "matmul": functions.mm, "pow": functions.pow}
for _name, _function in _OPERATORS.items():
    setattr(SparseTensor, f"__{_name}__", _operator(_function))
    setattr(SparseTensor, f"__r{_name}__", _swapped(_function))
    setattr(SparseTensor, f"__i{_name}__", _operator(_function))
for _name in functions.UNARY:
    setattr(SparseTensor, _name, HANDLERS[_name])
for _name in ("add", "sub", "mul", "div", "neg", "pow", "mm", "t", "transpose", "sum", "unsqueeze", "norm", "select"):
    setattr(SparseTensor, _name, getattr(functions, _name))
for _name in ("add", "sub", "mul", "div", "neg"):
    setattr(SparseTensor, f"{_name}_", _in_place(getattr(functions, _name)))
_METHODS: dict[str, Any] = {
    "__neg__": functions.neg,
    "__abs__": HANDLERS["abs"],
    "__getitem__": _item,
    "matmul": functions.mm,
    "T": property(functions.t),
    "mT": property(lambda self: functions.transpose(self, -2, -1)),
}
for _name, _function in _METHODS.items():
    setattr(SparseTensor, _name, _function)
for _name in ("float", "double", "half", "bfloat16", "int", "long", "bool"):
    setattr(SparseTensor, _name, lambda self, _cast=_name: self.with_values(getattr(self._of, _cast)()))


def to_sparse(self: Any, sparse_dim: int | None = None, *, layout: Any = None, **options: Any) -> Any:
    """This tensor in COO layout, over the first `sparse_dim` dimensions; reads which elements are zero."""
    if str(layout or "torch.sparse_coo") != "torch.sparse_coo" or options.get("blocksize") is not None:
        raise NotImplementedError(f"to_sparse(layout={layout}) is not supported by jaxtorch; use torch.sparse_coo")
    return functions.from_dense(self, sparse_dim)


def sparse_mask(self: Any, mask: Any) -> Any:
    """The elements at the indices of a sparse tensor."""
    return functions.masked(self, mask)


def sparse_resize_(self: Any, size: Any, sparse_dim: int, dense_dim: int) -> Any:
    """Not supported."""
    raise NotImplementedError("sparse_resize_ is not supported by jaxtorch; make a new torch.sparse_coo_tensor")


def _compressed(name: str, side: str) -> Callable:
    def method(self: Any) -> Any:
        layout = "Sparse" if is_sparse(self) else "Strided"
        raise RuntimeError(f"{name} expected sparse {side} compressed tensor layout but got {layout}")

    method.__name__ = method.__qualname__ = name
    method.__doc__ = "RuntimeError: no tensor here is compressed."
    return method


for _name, _side in {"crow": "row", "col": "row", "ccol": "column", "row": "column"}.items():
    setattr(Tensor, f"{_name}_indices", _compressed(f"{_name}_indices", _side))
for _method in (to_sparse, sparse_mask, sparse_resize_):
    setattr(SparseTensor if _method is sparse_resize_ else Tensor, _method.__name__, _method)
Tensor.to_sparse_coo = to_sparse  # type: ignore[attr-defined]
SparseTensor.to_sparse = SparseTensor.to_sparse_coo = lambda self, *args, **options: self  # type: ignore[method-assign]


def _add_gradients(a: Variable, b: Variable) -> Any:
    """The sum of two gradients, one of them sparse at least."""
    if is_sparse(a) and not is_sparse(b):
        a, b = b, a
    return functions.add(a, b)


HANDLERS["_add_gradients"] = _add_gradients
