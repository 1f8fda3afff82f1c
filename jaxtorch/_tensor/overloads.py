"""Overload resolution: the first overload, in order of declaration, whose parameters fit the arguments."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.devices import device as device_
from jaxtorch._base.dtypes import dtype as dtype_
from jaxtorch._ops.schema import REQUIRED, Param
from jaxtorch._ops.table import Op
from jaxtorch._tensor.arguments import NUMBERS, argument_error, parser_name, type_name
from jaxtorch._tensor.overriding import Overridden, again, is_foreign, relevant


class Overload(NamedTuple):
    """An op and its generated function."""

    op: Op
    function: Any


def _is_int(x: Any) -> bool:
    return (isinstance(x, (int, np.integer)) and not isinstance(x, bool)) or (
        isinstance(x, Variable) and x._aval.ndim == 0 and x._aval.dtype.category == 1
    )


def _fits(x: Any, p: Param) -> bool:
    if x is None:
        return p.optional or p.default is None
    if p.is_list:
        if isinstance(x, (list, tuple)):
            return all(_fits(i, p._replace(is_list=False, optional=True)) for i in x)
        return bool(p.size) and _fits(x, p._replace(is_list=False))
    kind = p.type
    if kind == "Tensor":
        return isinstance(x, Variable)
    if kind == "Tensor|Scalar":
        return isinstance(x, (Variable, *NUMBERS, np.generic))
    if kind == "Scalar":
        return isinstance(x, (*NUMBERS, np.generic)) or (isinstance(x, Variable) and x._aval.ndim == 0)
    if kind == "int":
        return _is_int(x)
    if kind == "float":
        return isinstance(x, (float, int, np.generic)) and not isinstance(x, bool)
    if kind == "bool":
        return isinstance(x, (bool, np.bool_))
    if kind == "str":
        return isinstance(x, str)
    if kind == "dtype":
        return isinstance(x, (dtype_, type))
    return isinstance(x, (device_, str, int)) if kind == "device" else True


def _matches(op: Op, args: tuple, kwargs: dict) -> bool:
    positional = [p for p in op.schema.params if not p.keyword_only]
    if len(args) > len(positional):
        spread = positional[-1] if positional else None
        if spread is None or not spread.is_list or len(positional) != 2 or not all(_is_int(a) for a in args[1:]):
            return False
        args = (args[0], tuple(args[1:]))
    given = dict(zip((p.name for p in positional), args, strict=False))
    for name, value in kwargs.items():
        if name == "out":
            continue
        if name in given:
            return False
        given[name] = value
    names = {p.name for p in op.schema.params}
    if not given.keys() <= names:
        return False
    return all(_fits(given[p.name], p) if p.name in given else p.default is not REQUIRED for p in op.schema.params)


_NUMPY = {"axis": "dim", "keepdims": "keepdim"}  # NumPy's argument names, which PyTorch's parser takes too


# ----- What is wrong with a call; worked out only after it failed -----

_ONE_SIGNATURE = frozenset(("add", "sub", "mul", "div"))  # PyTorch's parser wraps their numbers in tensors


def _signatures(op: Op) -> list[str]:
    """The op as PyTorch's parser lists it: a parameter that takes tensors and numbers makes two signatures."""
    written = [""]
    for p in op.schema.params:
        kinds = ("Tensor", "Number") if p.type == "Tensor|Scalar" else (p.type,)
        rest = f" {p.name}" if p.default is REQUIRED else f" {p.name} = {p.default}"
        written = [f"{w}{', ' if w else ''}{kind}{rest}" for w in written for kind in kinds]
    return written


def _takes(op: Op, count: int) -> bool:
    return sum(p.default is REQUIRED for p in op.schema.params) <= count <= len(op.schema.params)


def call_error(ops: list[Op], args: tuple, kwargs: dict) -> TypeError:
    """The error of a call that fits none of the signatures.

    As in PyTorch, it names the argument when one signature alone takes so many arguments.
    """
    name = parser_name(ops[0].name)
    given = len(args) + len(kwargs) - ("out" in kwargs)
    fitting = [op for op in ops if _takes(op, given)]
    several = ops[0].name not in _ONE_SIGNATURE and any(p.type == "Tensor|Scalar" for p in ops[0].schema.params)
    if len(fitting) == 1 and not several:
        for position, (p, x) in enumerate(zip(fitting[0].schema.params, args, strict=False), 1):
            if not _fits(x, p):
                expected = {"Tensor|Scalar": "Tensor", "Scalar": "Number"}.get(p.type, p.type)
                return argument_error(name, p.name, position, expected, x)
    got = ", ".join([*[type_name(a) for a in args], *[f"{k}={type_name(v)}" for k, v in kwargs.items()]])
    choices = "".join(f"\n * ({signature})" for op in ops for signature in _signatures(op))
    kind = Overridden if any(is_foreign(x) for x in relevant(args, kwargs)) else TypeError
    return kind(f"{name}() received an invalid combination of arguments - got ({got}), but expected one of:{choices}")


_MOST_KINDS, _LONG_LIST = 256, 16


def _kinds(args: tuple, kwargs: dict) -> tuple:
    """What decides on the overload, as a key; nothing for long lists."""
    given = (*args, *kwargs.values())
    if any(isinstance(x, (tuple, list)) and len(x) > _LONG_LIST for x in given):
        return ()
    return (*[_kind(x) for x in given], *kwargs)


def _kind(x: Any) -> Any:
    """What `_fits` looks at: the type, of a tensor also whether it can stand for a number, of a list its items."""
    if isinstance(x, Variable):
        return type(x), x._aval.ndim == 0, x._aval.dtype.category
    if isinstance(x, (tuple, list)):
        return type(x), *[_kind(i) for i in x]
    return type(x)


def resolver(name: str, group: list[Overload]) -> Any:
    """One public function over several overloads."""
    short = name.rpartition(".")[2]

    chosen: dict[tuple, Any] = {}  # argument types -> overload, where types decide
    chosen_by_kind: dict[tuple, Any] = {}

    def overloaded(*args, **kwargs):
        if kwargs and not _NUMPY.keys().isdisjoint(kwargs):
            kwargs = {_NUMPY.get(name, name): value for name, value in kwargs.items()}
        key = (*[type(a) for a in args], *kwargs, *[type(v) for v in kwargs.values()])
        function = chosen.get(key)
        if function is not None:
            return function(*args, **kwargs)
        kinds = _kinds(args, kwargs)
        function = chosen_by_kind.get(kinds)
        if function is not None:
            return function(*args, **kwargs)
        for op, function in group:
            if _matches(op, args, kwargs):
                if not any(isinstance(a, (Variable, tuple, list)) for a in (*args[1:], *kwargs.values())):
                    chosen[key] = function
                elif kinds and len(chosen_by_kind) < _MOST_KINDS:
                    chosen_by_kind[kinds] = function
                return function(*args, **kwargs)
        found = again(overloaded, *args, **kwargs)
        if found is not NotImplemented:
            return found
        raise call_error([op for op, _ in group], args, kwargs)

    overloaded.__name__ = overloaded.__qualname__ = short
    overloaded.__module__ = "jaxtorch"
    overloaded.__doc__ = next((op.doc for op, _ in group if op.doc), None)
    return overloaded
