"""The Python state a call can have read, and whether it is still the same.

Beginning with the function itself, everything is visited that the code entered can have reached by the names in it:
globals, closures, defaults, attributes, the content of containers. Each place is noted with the object found there. A
place that holds the same object, or an equal number, gives the same result; what holds something else is a reason to
capture anew. Tensors are not compared but collected: their values are inputs.
"""

from __future__ import annotations

import contextvars
import enum
import functools
import io
import os
import re
import threading
import types
import weakref
from collections import OrderedDict, defaultdict, deque
from typing import Any, NamedTuple

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base import devices, dtypes
from jaxtorch._base.native import hot
from jaxtorch._base.rng import HostGenerator
from jaxtorch._base.sizes import Size
from jaxtorch._tensor.overriding import overrides
from jaxtorch._tensor.random import Generator
from jaxtorch.compiler._watcher import HEAP_TYPE, Watcher, is_inner, is_library
from jaxtorch.nn.modules.module import Module


class _Named(NamedTuple):
    field: Any


ABSENT: Any = object()
CONSTANTS = (
    *(int, float, complex, bool, str, bytes, type(None), type(Ellipsis), type(NotImplemented), slice, range),
    *(dtypes.dtype, devices.device, Size, types.BuiltinFunctionType, types.CodeType, re.Pattern, frozenset),
    *(types.MethodDescriptorType, types.WrapperDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType),
    *(types.MethodWrapperType, types.ClassMethodDescriptorType, types.GenericAlias, types.UnionType, weakref.ref),
    *(type(threading.Lock()), type(threading.RLock()), threading.local, io.IOBase),  # what they do shows in calls
    type(vars(_Named)["field"]),  # the descriptor of a field
    *(Generator, HostGenerator, np.dtype, np.generic, functools._lru_cache_wrapper),
)
_MOST = 20_000  # places; what has more is not worth comparing at each call
_MOST_ELEMENTS = 1024  # of a NumPy array that is compared


NOT_FOUND = "was not found"  # how reasons end that a search of the state may remove


class Refused(Exception):
    """A call cannot be replayed; the message says why."""


def same(a: Any, b: Any) -> bool:
    """Whether what is found in a place is as good as what was found there before."""
    if a is b:
        return True
    kind = type(a)
    if kind is not type(b):
        return False
    if kind is float:
        return a == b and repr(a) == repr(b)
    if kind in (int, str, bytes, complex, bool, slice, range):
        return a == b
    if kind is types.MethodType:
        return a.__self__ is b.__self__ and a.__func__ is b.__func__
    return False


def _get(space: Any, key: Any) -> Any:
    """What a dictionary holds, whatever its class makes of looking it up."""
    return dict.get(space, key, ABSENT) if isinstance(space, dict) else space.get(key, ABSENT)


def _item_holds(item: tuple) -> bool:
    return same(_get(item[0], item[1]), item[2])


def _length_holds(item: tuple) -> bool:
    return len(item[0]) == item[1]


def _sequence_holds(item: tuple) -> bool:
    return len(item[0]) == len(item[1]) and all(map(same, item[0], item[1]))


_HOLDS: tuple = (_item_holds, _length_holds, _sequence_holds)


class Snapshot:
    """What was found where. `tensors` are all tensors that can be reached."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.items: list[tuple[Any, Any, Any, str]] = []  # dictionary, key, object, description
        self.lengths: list[tuple[Any, int, str]] = []
        self.sequences: list[tuple[Any, tuple, str]] = []
        self.cells: list[tuple[Any, Any, str]] = []
        self.attributes: list[tuple[Any, str, Any, str]] = []
        self.variables: list[tuple[contextvars.ContextVar, Any, str]] = []
        self.arrays: list[tuple[np.ndarray, np.ndarray, str]] = []
        self.tensors: list[Variable] = []
        self.kinds: list[tuple] = []
        self._seen: dict[int, Any] = {}
        self._codes: set[types.CodeType] = set()

    def of(self, roots: list[tuple[Any, str]]) -> Snapshot:
        """Visit everything from the roots; all code that has free variables must be met."""
        for code, space in self.watcher.codes.items():
            self._visit_globals(code, space)
            if space is vars(os):  # the code of `os.environ`, most of all
                self._visit(os.environ._data, "os.environ")  # type: ignore[attr-defined]
        for root, name in roots:
            self._visit(root, name)
        inside = {c for code in self.watcher.codes for c in code.co_consts if isinstance(c, types.CodeType)}
        for code in self.watcher.codes:
            if not code.co_freevars or code in self._codes or code in inside or _is_class_cell(code):
                continue
            if not is_library(self.watcher.codes[code].get("__name__")):
                raise Refused(f"the closure of {code.co_qualname} was not found")
        self._seen.clear()
        return self

    # ----- Comparing -----

    def holds(self) -> bool:
        """Whether every place holds the very object, and every tensor is of the kind, that was found there.

        What says no may still be as good: `difference` and `changed_tensor` tell.
        """
        if hot is None or self.variables or self.arrays:
            return self.difference() is None and self.changed_tensor() is None
        places = (self.items, self.lengths, self.sequences, self.cells, self.attributes)
        return hot.guards_hold(places, self.tensors, self.kinds)

    def difference(self) -> str | None:
        """What has changed since, or None."""
        every: tuple[list, ...] = (self.items, self.lengths, self.sequences)
        for places, holds in zip(every, _HOLDS, strict=True):
            for place in places:
                if not holds(place):
                    return place[-1]
        for cell, before, name in self.cells:
            if not same(_content(cell), before):
                return name
        for holder, attribute, before, name in self.attributes:
            if not same(getattr(holder, attribute, ABSENT), before):
                return name
        for variable, before, name in self.variables:
            if not same(variable.get(ABSENT), before):
                return name
        for array, before, name in self.arrays:
            if not np.array_equal(array, before, equal_nan=array.dtype.kind in "fc"):
                return name
        return None

    def note_tensors(self) -> None:
        """Remember what the tensors are like: their types, and whether they take part in a graph."""
        self.kinds = [_kind(x) for x in self.tensors]

    def changed_tensor(self) -> str | None:
        """Whether a tensor is of another kind than `note_tensors` found it."""
        for x, (aval, rg, strides, whole, leaf) in zip(self.tensors, self.kinds, strict=True):
            if (
                x._aval is not aval
                or x._rg is not rg
                or x._strides != strides
                or (x._view is None) is not whole
                or (x._node is None) is not leaf
            ):
                return "the type of a tensor"
        return None

    # ----- Visiting -----

    def _visit_globals(self, code: types.CodeType, space: dict[str, Any]) -> None:
        if is_library(space.get("__name__")):
            return
        for name in code.co_names:
            if name in space:
                self._item(space, name, name)

    def _item(self, space: Any, key: Any, name: str) -> None:
        found = _get(space, key)
        self.items.append((space, key, found, name))
        if len(self.items) > _MOST:
            raise Refused("it can reach too many objects")
        self._visit(found, name)

    def _visit(self, x: Any, name: str) -> None:
        if isinstance(x, CONSTANTS) or id(x) in self._seen or x is ABSENT:
            return
        self._seen[id(x)] = x
        kind = type(x)
        if kind is object:
            return
        for types_, visit in _VISITS:
            if isinstance(x, types_):
                visit(self, x, name)
                return
        if not kind.__flags__ & HEAP_TYPE:  # written in C: nobody can see its state
            raise Refused(f"{name} is a {kind.__qualname__}")
        self._visit_object(x, name)

    def _visit_tensor(self, x: Any, name: str) -> None:
        if overrides(x) or not hasattr(x, "_storage"):
            raise Refused(f"{name} is a {type(x).__qualname__}")
        self.tensors.append(x)
        if getattr(x, "__dict__", None):
            self._visit_attributes(x, name)

    def _visit_function(self, x: Any, name: str) -> None:
        if x.__dict__:
            for key in x.__dict__:
                self._item(x.__dict__, key, f"{name}.{key}")
        code = x.__code__
        if code not in self.watcher.codes:
            return
        self._codes.add(code)
        for attribute in ("__code__", "__defaults__", "__kwdefaults__"):
            value = getattr(x, attribute)
            self.attributes.append((x, attribute, value, f"{name}.{attribute}"))
            self._visit(value, f"{name}.{attribute}")
        for variable, cell in zip(code.co_freevars, x.__closure__ or (), strict=True):
            content = _content(cell)
            self.cells.append((cell, content, variable))
            self._visit(content, variable)

    def _visit_method(self, x: Any, name: str) -> None:
        self._visit(x.__self__, name)
        self._visit(x.__func__, name)

    def _visit_class(self, x: Any, name: str) -> None:
        for base in x.__mro__:
            if not base.__flags__ & HEAP_TYPE:  # not written in Python
                continue
            space = base.__dict__
            names = self.watcher.names
            every = self.watcher.by_name and not is_library(base.__module__)
            special = [k for k in space if every or k in names or (k.startswith("__") and k.endswith("__"))]
            for key in special:
                if key not in _OF_EVERY_CLASS:
                    self._item(space, key, f"{base.__qualname__}.{key}")

    def _visit_module(self, x: Any, name: str) -> None:
        if is_library(x.__name__):
            return
        space = x.__dict__
        for key in list(space) if self.watcher.by_name else self.watcher.names:
            if key in space:
                self._item(space, key, f"{name}.{key}")

    def _visit_sequence(self, x: Any, name: str) -> None:
        self.lengths.append((x, len(x), name))
        if x:
            self.sequences.append((x, tuple(x), name))
        if len(x) > _MOST:
            raise Refused("it can reach too many objects")
        for i, element in enumerate(x):
            self._visit(element, f"{name}[{i}]")

    def _visit_tuple(self, x: Any, name: str) -> None:
        for i, element in enumerate(x):
            self._visit(element, f"{name}[{i}]")

    def _visit_dictionary(self, x: Any, name: str) -> None:
        self.lengths.append((x, len(x), name))
        for key in list(dict.keys(x) if isinstance(x, dict) else x):
            self._visit(key, f"a key of {name}")
            self._item(x, key, f"{name}[{key!r}]" if isinstance(key, (str, int)) else f"an item of {name}")
        if isinstance(x, OrderedDict) and len(x) > 1:
            self.sequences.append((x, tuple(x), name))
        if getattr(x, "__dict__", None):
            self._visit_attributes(x, name)
        self._visit(type(x), type(x).__qualname__)

    def _visit_set(self, x: Any, name: str) -> None:
        self.sequences.append((x, tuple(x), name))
        for element in x:
            self._visit(element, f"an element of {name}")

    def _visit_partial(self, x: Any, name: str) -> None:
        self._visit(x.func, name)
        self._visit(x.args, name)
        self._visit(x.keywords, name)

    def _visit_property(self, x: Any, name: str) -> None:
        for function in (x.fget, x.fset):
            self._visit(function, name)

    def _visit_wrapped(self, x: Any, name: str) -> None:
        self._visit(x.__func__, name)

    def _visit_array(self, x: Any, name: str) -> None:
        if x.size > _MOST_ELEMENTS or x.dtype == object:
            raise Refused(f"{name} is a NumPy array")
        self.arrays.append((x, np.array(x), name))

    def _visit_variable(self, x: Any, name: str) -> None:
        found = x.get(ABSENT)
        self.variables.append((x, found, name))
        self._visit(found, name)

    def _visit_nothing(self, x: Any, name: str) -> None:
        pass

    def _visit_object(self, x: Any, name: str) -> None:
        if is_inner(type(x).__module__):
            return
        self._visit_attributes(x, name)
        self._visit(type(x), type(x).__qualname__)

    def _visit_attributes(self, x: Any, name: str) -> None:
        space = getattr(x, "__dict__", None)
        names = self.watcher.names
        if space is not None:
            if not isinstance(x, Module):
                self.attributes.append((x, "__dict__", space, f"{name}.__dict__"))
            self.lengths.append((space, len(space), name))
            is_module = isinstance(x, Module)
            for key in list(space):
                if is_module and (key in _SAVING or key in _OF_MODULES):
                    if key in _OF_MODULES:
                        self._item(space, key, f"{name}.{key}")
                elif self.watcher.by_name or key in names:
                    self._item(space, key, f"{name}.{key}")
        for cls in type(x).__mro__:
            if is_library(cls.__module__):
                continue
            for key in cls.__dict__.get("__slots__", ()):
                if key in names and key not in ("__dict__", "__weakref__"):
                    found = getattr(x, key, ABSENT)
                    self.attributes.append((x, key, found, f"{name}.{key}"))
                    self._visit(found, f"{name}.{key}")


_OF_MODULES = frozenset(
    "training _parameters _buffers _modules "
    "_forward_hooks _forward_pre_hooks _backward_hooks _backward_pre_hooks".split()
)
# What takes part in no call.
_SAVING = frozenset(
    "_state_dict_hooks _state_dict_pre_hooks _load_state_dict_pre_hooks _load_state_dict_post_hooks "
    "_non_persistent_buffers_set _forward_hooks_with_kwargs _forward_hooks_always_called _is_full_backward_hook "
    "_forward_pre_hooks_with_kwargs".split()
)
_OF_EVERY_CLASS = frozenset(
    "__module__ __qualname__ __doc__ __dict__ __weakref__ __annotations__ __slots__ __parameters__ __orig_bases__ "
    "__match_args__ __dataclass_fields__ __dataclass_params__ __abstractmethods__ __firstlineno__ "
    "__static_attributes__ __hash__ _abc_impl".split()
)
_VISITS: tuple = (
    (Variable, Snapshot._visit_tensor),
    (types.FunctionType, Snapshot._visit_function),
    (types.MethodType, Snapshot._visit_method),
    (enum.Enum, Snapshot._visit_nothing),
    (type, Snapshot._visit_class),
    (types.ModuleType, Snapshot._visit_module),
    ((list, deque), Snapshot._visit_sequence),
    (tuple, Snapshot._visit_tuple),
    ((dict, defaultdict, types.MappingProxyType), Snapshot._visit_dictionary),
    (set, Snapshot._visit_set),
    (functools.partial, Snapshot._visit_partial),
    (property, Snapshot._visit_property),
    ((staticmethod, classmethod), Snapshot._visit_wrapped),
    (np.ndarray, Snapshot._visit_array),
    (contextvars.ContextVar, Snapshot._visit_variable),
)


def _kind(x: Variable) -> tuple:
    return x._aval, x._rg, x._strides, x._view is None, x._node is None


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return ABSENT


def _is_class_cell(code: types.CodeType) -> bool:
    return code.co_freevars == ("__class__",)  # of `super()`: set once, when the class is made
