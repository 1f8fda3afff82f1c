"""`torch._foreach_*`: a function over each tensor of a list, as optimizers outside PyTorch call them.

Each is a loop over the function itself: the recorder makes one program of it, so nothing is gained by fusing here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._tensor.arguments import argument_error, number, type_name
from jaxtorch._tensor.tensor import FUNCTIONS as _F
from jaxtorch._tensor.tensor import Tensor

_UNARY = (
    "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal round "
    "rsqrt sigmoid sign sin sinh sqrt tan tanh trunc"
)
_BINARY = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "div",
    "pow": "pow",
    "clamp_max": "clamp_max",
    "clamp_min": "clamp_min",
    "maximum": "clamp_min",
    "minimum": "clamp_max",
}
_TAKE_TENSOR = ("add", "sub", "mul", "div")
_TAKE_ALPHA = ("add", "sub")

# ----- Arguments -----


def _checked(function: str, *lists: Any) -> None:
    """Lists of tensors, of one length."""
    for position, items in enumerate(lists, 1):
        if not isinstance(items, (list, tuple)):
            raise argument_error(function, "self", position, "tuple of Tensors", items)
        for i, item in enumerate(items):
            if not isinstance(item, Variable):
                raise TypeError(f"expected Tensor as element {i} in argument {position - 1}, but got {type_name(item)}")
    if not all(lists):
        raise RuntimeError("Tensor list must have at least one tensor.")
    for other in lists[1:]:
        if len(other) != len(lists[0]):
            raise RuntimeError(
                f"Tensor lists must have the same number of tensors, got {len(lists[0])} and {len(other)}"
            )


def _is_list(x: Any, kind: Callable[[Any], bool]) -> bool:
    return isinstance(x, (list, tuple)) and bool(x) and kind(x[0])


def _is_number(x: Any) -> bool:
    return number(x) is not None


def _is_tensor(x: Any) -> bool:
    return isinstance(x, Variable)


def _misfit(function: str, *args: Any, **kwargs: Any) -> TypeError:
    got = ", ".join([*map(type_name, args), *(f"{k}={type_name(v)}" for k, v in kwargs.items())])
    return TypeError(f"{function}() received an invalid combination of arguments - got ({got})")


def _spread(function: str, tensors: Sequence, other: Any, alpha: Any, name: str) -> Sequence:
    """The second operand of each tensor."""
    if alpha is not None and (name not in _TAKE_ALPHA or not (_is_tensor(other) or _is_list(other, _is_tensor))):
        raise _misfit(function, tensors, other, alpha=alpha)
    if isinstance(other, (list, tuple)) and other and not _is_number(other[0]):
        _checked(function, tensors, other)
        return other
    _checked(function, tensors)
    if isinstance(other, (list, tuple)):  # an empty one counts as one of numbers
        if len(other) != len(tensors):
            raise RuntimeError("Tensor list must have same number of elements as scalar list.")
        return other
    if _is_tensor(other) and name in _TAKE_TENSOR:
        if other.dim():
            raise RuntimeError(
                f"scalar tensor expected to be 0 dim but it has {other.dim()} dimensions and {other.numel()} elements."
            )
    elif not _is_number(other):
        raise _misfit(function, tensors, other)
    return [other] * len(tensors)


def _weights(function: str, lists: tuple, scalars: Any) -> Sequence:
    """One number for each tensor, from a number, a list of them or a tensor of one dimension."""
    count = len(lists[0])
    if _is_tensor(scalars):
        if scalars.dim() != 1:
            raise RuntimeError(f"Expected packed scalar Tensor to be of dimension 1. Got {scalars.dim()} instead.")
        if scalars.numel() != count:
            raise RuntimeError(
                f"Expected length of scalars to match input of length {count} but got {scalars.numel()} instead."
            )
        return scalars.tolist()
    if isinstance(scalars, (list, tuple)):
        if len(scalars) != count:
            raise RuntimeError(
                f"Tensor list must have same number of elements as scalar list, got {count} and {len(scalars)}"
            )
        return scalars
    return [scalars] * count


# ----- Functions -----


def _named(name: str, function: Any) -> Any:
    function.__name__ = function.__qualname__ = f"_foreach_{name}"
    function.__module__ = "jaxtorch"
    FUNCTIONS[function.__name__] = function
    return function


def _both(name: str, made: Callable[..., Any]) -> None:
    """Put the function and its in-place form into the namespace; `made(each, ...)` gives the results one by one."""
    base, changed = made(False), made(True)
    _named(name, lambda *args, **kwargs: tuple(base(*args, **kwargs)))

    def in_place(self: Any, *args: Any, **kwargs: Any) -> Any:
        for _ in changed(self, *args, **kwargs):
            pass
        return self

    _named(f"{name}_", in_place)


def _unary(name: str) -> None:
    def made(in_place: bool) -> Callable:
        each = getattr(Tensor, f"{name}_" if in_place else name)

        def results(self):
            _checked(f"_foreach_{name}", self)
            return (each(t) for t in self)

        return results

    _both(name, made)


def _binary(name: str, method: str) -> None:
    function = f"_foreach_{name}"

    def made(in_place: bool) -> Callable:
        each = getattr(Tensor, f"{method}_" if in_place else method)

        def results(self, other, *, alpha=None):
            if name == "pow" and _is_number(self) and not in_place:
                _checked(function, other)
                return (_F["pow"](self, t) for t in other)
            others = _spread(function, self, other, alpha, name)
            if alpha is None:
                return (each(t, o) for t, o in zip(self, others, strict=True))
            return (each(t, o, alpha=alpha) for t, o in zip(self, others, strict=True))

        return results

    _both(name, made)


def _pointwise(name: str) -> None:
    function = f"_foreach_{name}"

    def made(in_place: bool) -> Callable:
        each = getattr(Tensor, f"{name}_" if in_place else name)

        def results(self, tensor1, tensor2, value=1, *, scalars=None):
            lists = self, tensor1, tensor2
            _checked(function, *lists)
            weights = _weights(function, lists, value if scalars is None else scalars)
            return (each(*t, value=w) for *t, w in zip(*lists, weights, strict=True))

        return results

    _both(name, made)


def _lerp(in_place: bool) -> Callable:
    each = Tensor.lerp_ if in_place else Tensor.lerp  # type: ignore[attr-defined]

    def results(self, tensors1, weight):
        _checked("_foreach_lerp", self, tensors1)
        if _is_list(weight, _is_tensor):
            _checked("_foreach_lerp", self, tensors1, weight)
        elif isinstance(weight, (list, tuple)) and len(weight) != len(self):
            raise RuntimeError("Tensor list must have same number of elements as scalar list.")
        weights = weight if isinstance(weight, (list, tuple)) else [weight] * len(self)
        return (each(a, b, w) for a, b, w in zip(self, tensors1, weights, strict=True))

    return results


def _norm(self, ord=2, dtype=None):
    _checked("_foreach_norm", self)
    return tuple(_F["linalg.vector_norm"](t, ord, dtype=dtype) for t in self)


def _powsum(self, ord=2, dtype=None):
    _checked("_foreach_powsum", self)
    return tuple(t.abs().pow(ord).sum(dtype=dtype) for t in self)


def _max(self):
    _checked("_foreach_max", self)
    return tuple(t.max() for t in self)


def _clone(self, *, memory_format=None):
    _checked("_foreach_clone", self)
    return tuple(t.clone() if memory_format is None else t.clone(memory_format=memory_format) for t in self)


def _mm(self, mat2):
    _checked("_foreach_mm", self, mat2)
    return tuple(_F["mm"](a, b) for a, b in zip(self, mat2, strict=True))


def _zero(self):
    _checked("_foreach_zero_", self)
    for t in self:
        t.zero_()
    return self


def _copy(self, src, non_blocking=False):
    _checked("_foreach_copy_", self, src)
    for t, s in zip(self, src, strict=True):
        t.copy_(s, non_blocking)
    return self


FUNCTIONS: dict[str, Any] = {}
for _name in _UNARY.split():
    _unary(_name)
for _name, _method in _BINARY.items():
    _binary(_name, _method)
for _name in ("addcmul", "addcdiv"):
    _pointwise(_name)
_both("lerp", _lerp)
for _name, _function in {
    "norm": _norm,
    "powsum": _powsum,
    "max": _max,
    "clone": _clone,
    "mm": _mm,
    "zero_": _zero,
    "copy_": _copy,
}.items():
    _named(_name, _function)
