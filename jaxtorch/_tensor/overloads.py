"""Overload resolution: the first overload, in order of declaration, whose parameters fit the arguments."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.devices import device as device_
from jaxtorch._base.dtypes import dtype as dtype_
from jaxtorch._ops.schema import REQUIRED, Param
from jaxtorch._ops.table import Op
from jaxtorch._tensor.arguments import NUMBERS, argument_error, type_name


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


def _wants_tensor(op: Op) -> bool:
    first = op.schema.params[0]
    return first.type == "Tensor" and not first.is_list


def _describe(op: Op) -> str:
    return ", ".join(
        f"{p.type} {p.name}" + ("" if p.default is REQUIRED else f" = {p.default}") for p in op.schema.params
    )


def resolver(name: str, group: list[Overload]) -> Any:
    """One public function over several overloads."""
    short = name.rpartition(".")[2]

    chosen: dict[tuple, Any] = {}  # argument types -> overload, where types decide

    def overloaded(*args, **kwargs):
        if kwargs and not _NUMPY.keys().isdisjoint(kwargs):
            kwargs = {_NUMPY.get(name, name): value for name, value in kwargs.items()}
        key = (*[type(a) for a in args], *kwargs, *[type(v) for v in kwargs.values()])
        function = chosen.get(key)
        if function is not None:
            return function(*args, **kwargs)
        for op, function in group:
            if _matches(op, args, kwargs):
                if not any(isinstance(a, (Variable, tuple, list)) for a in (*args[1:], *kwargs.values())):
                    chosen[key] = function
                return function(*args, **kwargs)
        if args and not isinstance(args[0], Variable) and all(_wants_tensor(op) for op, _ in group):
            raise argument_error(short, group[0].op.schema.params[0].name, 1, "Tensor", args[0])
        got = ", ".join([*[type_name(a) for a in args], *[f"{k}={type_name(v)}" for k, v in kwargs.items()]])
        choices = "".join(f"\n * ({_describe(op)})" for op, _ in group)
        raise TypeError(
            f"{short}() received an invalid combination of arguments - got ({got}), but expected one of:{choices}"
        )

    overloaded.__name__ = overloaded.__qualname__ = short
    overloaded.__module__ = "jaxtorch"
    overloaded.__doc__ = next((op.doc for op, _ in group if op.doc), None)
    return overloaded
