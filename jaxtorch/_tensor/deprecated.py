"""Signatures of PyTorch's first years, still taken: `x.add_(-lr, grad)`, `addmm(beta, x, alpha, a, b)`."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.once import warn_once
from jaxtorch._ops.schema import Param
from jaxtorch._ops.table import Op
from jaxtorch._tensor.arguments import NUMBERS
from jaxtorch._tensor.overloads import call_error

_SCALED = ("add", "sub")
_FUSED = ("addcmul", "addcdiv")
_PRODUCTS = ("addmm", "addmv", "addr", "addbmm", "baddbmm")
NAMES = frozenset((*_SCALED, *_FUSED, *_PRODUCTS))
_NUMBERS = ("alpha", "beta", "value")


def _orders(op: Op) -> list[tuple[str, ...]]:
    """The orders of arguments that were once taken; a method's tensor comes first."""
    if op.name in _SCALED:
        return [("input", "alpha", "other")]
    first, second = [p.name for p in op.schema.params if not p.keyword_only][1:]
    if op.name in _FUSED:
        return [("input", "value", first, second)]
    rest = (first, second)
    return [
        ("beta", "input", "alpha", *rest),
        ("beta", "input", *rest),
        ("input", "beta", "alpha", *rest),
        ("input", "beta", *rest),
    ]


def call(function: Any, op: Op, args: tuple, kwargs: dict) -> Any:
    """Call a function whose positional arguments are more than it takes today."""
    for order in _orders(op):
        if len(order) == len(args) and all(map(_fits, order, args)):
            warn_once(_message(op, order), stacklevel=4)
            return function(**dict(zip(order, args, strict=True)), **kwargs)
    raise call_error([op], args, kwargs)


def _fits(name: str, x: Any) -> bool:
    return isinstance(x, NUMBERS) if name in _NUMBERS else isinstance(x, Variable)


def _message(op: Op, order: tuple[str, ...]) -> str:
    old = ", ".join(f"{'Number' if n in _NUMBERS else 'Tensor'} {n}" for n in order)
    now = ", ".join(_written(p) for p in op.schema.params if not p.keyword_only)
    options = ", ".join(_written(p) for p in op.schema.params if p.keyword_only)
    return (
        f"This overload of {op.name} is deprecated:\n\t{op.name}({old})\nConsider using one of the following "
        f"signatures instead:\n\t{op.name}({now}, *, {options})"
    )


def _written(p: Param) -> str:
    return f"Number {p.name} = {p.default}" if p.type == "Scalar" else f"Tensor {p.name}"
