"""Where the sparse functions are found: methods and operators of tensors, sparse forms of the table's functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.modes import modes
from jaxtorch._tensor.layouts import sparse_coo, strided
from jaxtorch._tensor.sparse_inputs import FACTORIES, HANDLERS
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.sparse import _compressed_functions as of_compressed
from jaxtorch.sparse import _functions as functions
from jaxtorch.sparse import _shapes as shapes
from jaxtorch.sparse._compressed import BLOCKED, CompressedTensor
from jaxtorch.sparse._compressed_factory import empty
from jaxtorch.sparse._compressed_functions import is_compressed
from jaxtorch.sparse._convert import to_layout, to_sparse, to_sparse_bsc, to_sparse_bsr, to_sparse_csc, to_sparse_csr
from jaxtorch.sparse._coo import SparseTensor, is_sparse
from jaxtorch.sparse._factory import sparse_coo_tensor

# By the names of the table's functions, which call these with arrays in order and metadata by name.
HANDLERS.update({name: functions.unary(name) for name in functions.UNARY})
HANDLERS.update(
    {name: getattr(functions, name) for name in ("add", "sub", "mul", "div", "neg", "pow", "mm", "sum", "norm")}
)
HANDLERS.update(shapes.HANDLERS, matmul=functions.mm, mv=functions.mm)


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
for _name, _function in (_METHODS | shapes.METHODS).items():
    setattr(SparseTensor, _name, _function)
for _name in ("float", "double", "half", "bfloat16", "int", "long", "bool"):
    setattr(SparseTensor, _name, lambda self, _cast=_name: self.with_values(getattr(self._of, _cast)()))


def sparse_mask(self: Any, mask: Any) -> Any:
    """The elements at the indices of a sparse tensor."""
    if is_compressed(mask):
        at = self.to_dense() if self.layout is not strided else self
        return to_layout(functions.masked(at, mask.to_coo()), mask.layout, mask.blocksize or None)
    return functions.masked(self.to_dense() if self.layout is not strided else self, mask)


def _compressed(name: str, side: str) -> Callable:
    def method(self: Any) -> Any:
        if is_compressed(self):
            return getattr(self, name)()
        layout = "Sparse" if is_sparse(self) else "Strided"
        raise RuntimeError(f"{name} expected sparse {side} compressed tensor layout but got {layout}")

    method.__name__ = method.__qualname__ = name
    method.__doc__ = "Indices of a compressed tensor; RuntimeError of others."
    return method


for _name, _side in {"crow": "row", "col": "row", "ccol": "column", "row": "column"}.items():
    setattr(Tensor, f"{_name}_indices", _compressed(f"{_name}_indices", _side))
for _method in (to_sparse, to_sparse_csr, to_sparse_csc, to_sparse_bsr, to_sparse_bsc, sparse_mask):
    setattr(Tensor, _method.__name__, _method)
Tensor.to_sparse_coo = to_sparse  # type: ignore[attr-defined]


# ----- Compressed tensors -----


def _by_kind(name: str, of_compressed: Callable) -> Callable:
    other = HANDLERS.get(name)

    def handler(*args: Any, **options: Any) -> Any:
        if other is None or any(is_compressed(a) for a in args):
            return of_compressed(*args, **options)
        return other(*args, **options)

    return handler


def _compressed_item(self: Any, key: Any) -> Any:
    for k in key if isinstance(key, tuple) else (key,):
        if not isinstance(k, int) or isinstance(k, bool):
            raise NotImplementedError(
                "sparse tensors are indexed by integers in jaxtorch; give to_dense() other indices"
            )
        self = of_compressed.select(self, 0, k) if is_compressed(self) else self[k]
    return self


def _no_assignment(self: Any, key: Any, value: Any) -> None:
    raise TypeError("Cannot assign to a sparse tensor")


HANDLERS.update({name: _by_kind(name, handler) for name, handler in of_compressed.HANDLERS.items()})
for _name in ("add", "sub", "mul", "div", "mm", "t", "transpose", "sum", "select"):
    setattr(CompressedTensor, _name, getattr(of_compressed, _name))
_COMPRESSED_OPERATORS: dict[str, Any] = {"add": of_compressed.add, "sub": of_compressed.sub, "mul": of_compressed.mul}
_COMPRESSED_OPERATORS |= {"truediv": of_compressed.div, "matmul": of_compressed.mm}
for _name, _function in _COMPRESSED_OPERATORS.items():
    setattr(CompressedTensor, f"__{_name}__", _operator(_function))
    setattr(CompressedTensor, f"__r{_name}__", _swapped(_function))
for _name, _function in {"__neg__": of_compressed.HANDLERS["neg"], "matmul": of_compressed.mm}.items():
    setattr(CompressedTensor, _name, _function)
CompressedTensor.__getitem__ = _compressed_item  # type: ignore[method-assign]
CompressedTensor.T = property(of_compressed.t)  # type: ignore[assignment]
for _name in ("float", "double", "half", "bfloat16", "int", "long", "bool"):
    setattr(CompressedTensor, _name, lambda self, _cast=_name: self.with_values(getattr(self._of, _cast)()))
SparseTensor.__setitem__ = CompressedTensor.__setitem__ = _no_assignment  # type: ignore[method-assign]


# ----- Factories -----


def _empty(name: str, layout: Any, size: tuple, dtype: Any, device: Any) -> Any:
    if layout is sparse_coo:
        return sparse_coo_tensor(size, dtype=dtype, device=device)
    return empty(layout, size, dtype, device)


def _like(name: str, layout: Any, input: Any, dtype: Any, device: Any) -> Any:
    """Zeros like a tensor in a sparse layout."""
    if name == "ones_like":
        raise NotImplementedError("ones_like of sparse tensors is not supported by jaxtorch; use to_dense()")
    size = tuple(input.shape)
    if is_compressed(input):
        if layout is not input.layout:
            if layout is sparse_coo:
                return shapes.coo_zeros(size, input.batch_dim + 2, dtype, device)
            if name == "zeros_like" and (layout in BLOCKED) == (input.layout in BLOCKED):
                return empty(layout, size, dtype, device, input.blocksize, input.dense_dim(), input._outer.dtype)
            raise RuntimeError(
                f"{name} with different sparse layout is not supported (self is {input.layout} but you requested "
                f"{layout})"
            )
        if name == "empty_like":  # PyTorch's has the places of `input`
            return input.with_values(input._of.detach().to(device=device, dtype=dtype) * 0)
        return empty(layout, size, dtype, device, input.blocksize, input.dense_dim(), input._outer.dtype)
    if is_sparse(input):
        if layout is not sparse_coo:
            raise RuntimeError(
                f"{name} with different sparse layout is not supported (self is {input.layout} but you requested "
                f"{layout})"
            )
        return shapes.coo_zeros(size, input.sparse_dim(), dtype, device)
    return _empty(name, layout, size, dtype, device)


FACTORIES.update(empty=_empty, like=_like)


def _add_gradients(a: Variable, b: Variable) -> Any:
    """The sum of two gradients, one of them sparse at least."""
    if is_sparse(a) and not is_sparse(b):
        a, b = b, a
    return functions.add(a, b)


HANDLERS["_add_gradients"] = _add_gradients
