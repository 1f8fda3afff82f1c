"""Arguments and results as flat lists: tensors in order, and a hashable shape that says where they stood."""

from __future__ import annotations

import dataclasses
import operator
from collections import OrderedDict
from typing import Any, NamedTuple

from jaxtorch._autograd.variable import Variable
from jaxtorch._base import devices, dtypes
from jaxtorch._base.native import hot
from jaxtorch._base.sizes import Size
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.compiler._snapshot import Refused
from jaxtorch.compiler._watcher import HEAP_TYPE
from jaxtorch.nn.parameter import Parameter

_PLAIN = (int, str, bool, type(None), bytes, type(Ellipsis), dtypes.dtype, devices.device, Size, slice, range)
_DICTIONARIES = (dict, OrderedDict)


class Hole:
    """Where a tensor stood."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class Record(NamedTuple):
    """An instance in a result: its class, its items where it is a dictionary too, and its attributes."""

    kind: type
    items: dict | None
    attributes: dict


class Again(NamedTuple):
    """A list, dictionary or instance that the result holds in another place too: which one, in order."""

    number: int


def _is_record(kind: type) -> bool:
    """Whether an instance is what its attributes, and items, are."""
    if kind.__new__ not in (object.__new__, dict.__new__, OrderedDict.__new__) or hasattr(kind, "__del__"):
        return False
    if issubclass(kind, dict) and not issubclass(kind, OrderedDict):
        return False
    return kind.__dictoffset__ != 0 and not any(
        c.__dict__.get("__slots__") for c in kind.__mro__ if c.__flags__ & HEAP_TYPE
    )


def _items(x: Any) -> dict | None:
    return dict(OrderedDict.items(x)) if isinstance(x, OrderedDict) else None


def _describe(x: Any, tensors: list, others: list) -> Any:
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
    if dataclasses.is_dataclass(kind) and _is_record(kind):
        return (kind, describe(_items(x), tensors, others), describe(x.__dict__, tensors, others))
    others.append(x)
    return ("O", id(x))


if hot is None:
    describe = _describe
else:
    hot.configure(describe=_describe)
    describe = hot.describe


def contents(x: Any) -> list[tuple[Any, tuple]]:
    """What the containers among the arguments hold, one level each."""
    kind = type(x)
    if isinstance(x, (tuple, list)):
        inner: Any = x
    elif isinstance(x, dict):
        inner = dict.values(x)
    elif dataclasses.is_dataclass(kind) and not isinstance(x, type):
        inner = ()
    else:
        return []
    found = [(x, _content(x))]
    for y in (*inner, *(x.__dict__.values() if hasattr(x, "__dict__") else ())):
        found.extend(contents(y))
    return found


def _content(x: Any) -> tuple:
    attributes = tuple(x.__dict__.items()) if hasattr(x, "__dict__") else ()
    if isinstance(x, (tuple, list)):
        return (*x, *attributes)
    return (*(dict.items(x) if isinstance(x, dict) else ()), *attributes)


def holds(x: Any, before: tuple) -> bool:
    """Whether a container holds the same objects as `contents` found."""
    now = _content(x)
    return len(now) == len(before) and all(
        a is b or (type(a) is tuple and type(b) is tuple and len(a) == len(b) and all(map(operator.is_, a, b)))
        for a, b in zip(now, before, strict=True)
    )


def punch(x: Any, tensors: list[Variable], objects: list) -> Any:
    """A result with holes for its tensors, which are appended to one list, each once; to the other what can change."""
    kind = type(x)
    if isinstance(x, Variable):
        return _punch_tensor(x, tensors)
    if kind in _PLAIN or kind is float or kind is complex:
        return x
    if kind is tuple:
        return kind([punch(y, tensors, objects) for y in x])
    if isinstance(x, tuple) and hasattr(kind, "_fields"):
        return kind(*[punch(y, tensors, objects) for y in x])
    for i, known in enumerate(objects):
        if known is x:
            return Again(i)
    objects.append(x)
    if kind is list:
        return [punch(y, tensors, objects) for y in x]
    if kind in _DICTIONARIES:
        return kind((k, punch(v, tensors, objects)) for k, v in x.items())
    if _is_record(kind):
        items = punch(_items(x), tensors, objects) if isinstance(x, OrderedDict) else None
        return Record(kind, items, {k: punch(v, tensors, objects) for k, v in x.__dict__.items()})
    raise Refused(f"a {kind.__qualname__} is returned")


def _punch_tensor(x: Variable, tensors: list[Variable]) -> Hole:
    if type(x) is not Tensor and type(x) is not Parameter:
        raise Refused(f"a {type(x).__qualname__} is returned")
    for i, known in enumerate(tensors):
        if known is x:
            return Hole(i)
    tensors.append(x)
    return Hole(len(tensors) - 1)


def fill(x: Any, tensors: list, made: list) -> Any:
    """A result again, with these tensors in the holes; `made` is what can change in it so far."""
    kind = type(x)
    if kind is Hole:
        return tensors[x.index]
    if kind is Again:
        return made[x.number]
    if kind is tuple:
        return kind([fill(y, tensors, made) for y in x])
    new: Any
    if kind is Record:
        new = x.kind.__new__(x.kind)
        made.append(new)
        for key, value in fill(x.items, tensors, made).items() if x.items is not None else ():
            OrderedDict.__setitem__(new, key, value)
        for key, value in x.attributes.items():
            new.__dict__[key] = fill(value, tensors, made)
        return new
    if isinstance(x, tuple) and hasattr(kind, "_fields"):
        return kind(*[fill(y, tensors, made) for y in x])
    if kind is list or kind in _DICTIONARIES:
        new = kind()
        made.append(new)
        if kind is list:
            new.extend([fill(y, tensors, made) for y in x])
        else:
            for key, value in x.items():
                new[key] = fill(value, tensors, made)
        return new
    return x


def skeleton(x: Any) -> Any:
    """What two punched results have to share: containers and plain values, holes by number."""
    kind = type(x)
    if kind is Hole:
        return ("hole", x.index)
    if kind is Record:
        return (x.kind, skeleton(x.items), skeleton(x.attributes))
    if isinstance(x, (tuple, list)):
        return (kind, *[skeleton(y) for y in x])
    if kind in _DICTIONARIES:
        return (kind, *[(k, skeleton(v)) for k, v in x.items()])
    return (kind, repr(x))
