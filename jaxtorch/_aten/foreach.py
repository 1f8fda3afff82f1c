"""`torch._foreach_add` and its kin: one function over lists of tensors, as optimisers written by others call them.

Each is the plain function for every tensor in turn: the engine runs what is recorded as one program anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.linalg import vector_norm as _vector_norm

_UNARY = """
abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal round rsqrt
sigmoid sign sin sinh sqrt tan tanh trunc
""".split()
_BINARY = "add sub mul div clamp_min clamp_max maximum minimum pow".split()
# With a number: what takes tensors alone has another name.
_WITH_NUMBER = {"maximum": "clamp_min", "minimum": "clamp_max"}


def _is_list(x: Any) -> bool:
    return isinstance(x, (list, tuple))


def _matched(tensors: Any, others: tuple) -> Iterator[tuple]:
    """For each tensor, what goes with it from the others: an element of a list, or the one value for all."""
    if not tensors:
        raise RuntimeError("Tensor list must have at least one tensor.")
    for other in others:
        if _is_list(other) and len(other) != len(tensors):
            what = "Tensor lists must have the same number of tensors"
            if other and not isinstance(other[0], Tensor):
                what = "Tensor list must have same number of elements as scalar list"
            raise RuntimeError(f"{what}, got {len(tensors)} and {len(other)}")
    for i, x in enumerate(tensors):
        yield (x, *[other[i] if _is_list(other) else other for other in others])


def _two_forms(name: str, apply: Callable, signature: str) -> dict[str, Callable]:
    """The function that gives a new list, and the one that writes into the tensors."""

    def new(self: Any, *others: Any, **options: Any) -> tuple:
        return tuple([apply(*row, inplace="", **options) for row in _matched(self, others)])

    def in_place(self: Any, *others: Any, **options: Any) -> None:
        for row in _matched(self, others):
            apply(*row, inplace="_", **options)

    new.__name__, in_place.__name__ = f"_foreach_{name}", f"_foreach_{name}_"
    new.__doc__ = f"`torch.{name}` of each tensor of a list{signature}."
    in_place.__doc__ = f"{new.__doc__[:-1]}, written into it."
    return {new.__name__: new, in_place.__name__: in_place}


def _unary(name: str) -> dict[str, Callable]:
    return _two_forms(name, lambda x, inplace: getattr(x, name + inplace)(), "")


def _binary(name: str) -> dict[str, Callable]:
    def apply(x: Any, other: Any, *, inplace: str, **options: Any) -> Any:
        chosen = name if isinstance(other, Tensor) else _WITH_NUMBER.get(name, name)
        return getattr(x, chosen + inplace)(other, **options)

    return _two_forms(name, apply, " and a list, a number for each or one number")


def _fused(name: str) -> dict[str, Callable]:
    def apply(x: Any, first: Any, second: Any, value: Any = 1, *, inplace: str) -> Any:
        return getattr(x, name + inplace)(first, second, value=value)

    forms = _two_forms(name, apply, " and two lists")

    def with_scalars(function: Callable) -> Callable:
        def called(self: Any, tensor1: Any, tensor2: Any, value: Any = 1, *, scalars: Any = None) -> Any:
            given = value if scalars is None else scalars
            return function(self, tensor1, tensor2, list(given.unbind(0)) if isinstance(given, Tensor) else given)

        called.__name__, called.__doc__ = function.__name__, function.__doc__
        return called

    return {key: with_scalars(function) for key, function in forms.items()}


def _lerp(x: Any, end: Any, weight: Any, *, inplace: str) -> Any:
    return getattr(x, "lerp" + inplace)(end, weight)


def _foreach_pow(self: Any, exponent: Any) -> tuple:
    """`torch.pow` of each tensor of a list, or of a number to the power of each."""
    if _is_list(self):
        return tuple([x.pow(power) for x, power in _matched(self, (exponent,))])
    return tuple([self**power for power in exponent])


def _foreach_norm(self: Any, ord: Any = 2, dtype: Any = None) -> tuple:
    """The norm of each tensor of a list."""
    return tuple([_vector_norm(x, ord, dtype=dtype) for (x,) in _matched(self, ())])


def _foreach_max(self: Any) -> tuple:
    """The largest element of each tensor of a list."""
    return tuple([x.max() for (x,) in _matched(self, ())])


def _foreach_mm(self: Any, mat2: Any) -> tuple:
    """The matrix product of each pair."""
    return tuple([x.mm(y) for x, y in _matched(self, (mat2,))])


def _foreach_clone(self: Any, *, memory_format: Any = None) -> tuple:
    """A copy of each tensor of a list."""
    options = {} if memory_format is None else {"memory_format": memory_format}
    return tuple([x.clone(**options) for (x,) in _matched(self, ())])


def _foreach_copy_(self: Any, src: Any, non_blocking: bool = False) -> None:
    """Copy each tensor of `src` into the one of `self`."""
    for x, source in _matched(self, (src,)):
        x.copy_(source)


def _foreach_zero_(self: Any) -> None:
    """Fill each tensor of a list with zeros."""
    for (x,) in _matched(self, ()):
        x.zero_()


FUNCTIONS: dict[str, Any] = {}
for _name in _UNARY:
    FUNCTIONS |= _unary(_name)
for _name in _BINARY:
    FUNCTIONS |= _binary(_name)
for _name in ("addcmul", "addcdiv"):
    FUNCTIONS |= _fused(_name)
FUNCTIONS |= _two_forms("lerp", _lerp, ", a list of ends and a weight")
FUNCTIONS |= {
    function.__name__: function
    for function in (
        _foreach_pow,
        _foreach_norm,
        _foreach_max,
        _foreach_mm,
        _foreach_clone,
        _foreach_copy_,
        _foreach_zero_,
    )
}
