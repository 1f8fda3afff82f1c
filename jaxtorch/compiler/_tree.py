"""Arguments and results as flat lists: tensors in order, and a hashable shape that says where they stood."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base import devices, dtypes
from jaxtorch._base.sizes import Size
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.compiler._snapshot import Refused
from jaxtorch.nn.parameter import Parameter

_PLAIN = (int, str, bool, type(None), bytes, type(Ellipsis), dtypes.dtype, devices.device, Size, slice, range)
_DICTIONARIES = (dict, OrderedDict)


class Hole:
    """Where a tensor stood."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


def describe(x: Any, tensors: list, others: list) -> Any:
    """The hashable shape of an argument. Tensors are appended to one list, objects that count by identity to the other.

    Two calls with equal shapes give equal Python values to the code; of a tensor it says all but the elements.
    """
    kind = type(x)
    if kind is Tensor or kind is Parameter:
        tensors.append(x)
        return ("T", kind, x._aval, x._rg, x._strides, x._view is None, x._node is None)
    if kind in _PLAIN:
        return (kind, x) if kind is not slice else (kind, x.start, x.stop, x.step)
    if kind is float or kind is complex:
        return (kind, repr(x))  # tells zeros and NaNs apart
    if kind in (tuple, list) or (issubclass(kind, tuple) and hasattr(kind, "_fields")):
        return (kind, *[describe(y, tensors, others) for y in x])
    if kind in _DICTIONARIES:
        return (kind, *[(describe(k, tensors, others), describe(v, tensors, others)) for k, v in x.items()])
    if isinstance(x, Variable):
        raise Refused(f"an argument is a {kind.__qualname__}")
    others.append(x)
    return ("O", id(x))


def punch(x: Any, tensors: list[Variable]) -> Any:
    """A result with holes for its tensors, which are appended to the list, each once."""
    kind = type(x)
    if isinstance(x, Variable):
        if kind is not Tensor and kind is not Parameter:
            raise Refused(f"a {kind.__qualname__} is returned")
        for i, known in enumerate(tensors):
            if known is x:
                return Hole(i)
        tensors.append(x)
        return Hole(len(tensors) - 1)
    if kind is tuple or kind is list:
        return kind([punch(y, tensors) for y in x])
    if isinstance(x, tuple) and hasattr(kind, "_fields"):
        return kind(*[punch(y, tensors) for y in x])
    if kind in _DICTIONARIES:
        return kind((k, punch(v, tensors)) for k, v in x.items())
    if kind in _PLAIN or kind in (float, complex):
        return x
    raise Refused(f"a {kind.__qualname__} is returned")


def fill(x: Any, tensors: list) -> Any:
    """A result again, with these tensors in the holes."""
    kind = type(x)
    if kind is Hole:
        return tensors[x.index]
    if kind is tuple or kind is list:
        return kind([fill(y, tensors) for y in x])
    if isinstance(x, tuple) and hasattr(kind, "_fields"):
        return kind(*[fill(y, tensors) for y in x])
    if kind in _DICTIONARIES:
        return kind((k, fill(v, tensors)) for k, v in x.items())
    return x


def skeleton(x: Any) -> Any:
    """What two punched results have to share: containers and plain values, holes by number."""
    kind = type(x)
    if kind is Hole:
        return ("hole", x.index)
    if isinstance(x, (tuple, list)):
        return (kind, *[skeleton(y) for y in x])
    if kind in _DICTIONARIES:
        return (kind, *[(k, skeleton(v)) for k, v in x.items()])
    return (kind, repr(x))
