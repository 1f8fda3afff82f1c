"""Schemas of custom ops from the annotations of Python functions."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any

from jaxtorch._base.devices import device
from jaxtorch._base.dtypes import dtype
from jaxtorch._tensor.tensor import Tensor

_NAMES: dict[Any, str] = {
    Tensor: "Tensor",
    int: "SymInt",
    float: "float",
    bool: "bool",
    str: "str",
    int | float | bool: "Scalar",
    dtype: "ScalarType",
    device: "Device",
}
_SEQUENCES = (list, tuple, collections.abc.Sequence)


def _type_name(kind: Any) -> str | None:
    if kind in _NAMES:
        return _NAMES[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType) and type(None) in arguments:
        rest = [a for a in arguments if a is not type(None)]
        name = _type_name(rest[0]) if len(rest) == 1 else _type_name(typing.Union[tuple(rest)])  # noqa: UP007
        return name and f"{name}?"
    if origin in _SEQUENCES and arguments and all(a is arguments[0] or a is Ellipsis for a in arguments):
        name = _type_name(arguments[0])
        return name and f"{name}[]"
    return None


def infer_schema(
    prototype_function: Callable, /, *, mutates_args: str | Iterable[str], op_name: str | None = None, tags: Any = None
) -> str:
    """The schema of a function, as PyTorch's schema language writes it, from its annotations.

    Raises:
        ValueError: an annotation is missing, or names no type of the schema language.

    Example:
        >>> import jaxtorch as torch
        >>> def f(x: torch.Tensor, n: int = 2) -> torch.Tensor: return x * n
        >>> torch.library.infer_schema(f, mutates_args=())
        '(Tensor x, SymInt n=2) -> Tensor'
    """
    signature = inspect.signature(prototype_function)
    hints = typing.get_type_hints(prototype_function)

    def fail(what: str) -> Any:
        raise ValueError(f"infer_schema(func): {what} Got func with signature {signature})")

    changed = {mutates_args} if isinstance(mutates_args, str) and mutates_args != "unknown" else set(mutates_args)
    unknown = mutates_args == "unknown"
    parts: list[str] = []
    for i, (name, p) in enumerate(signature.parameters.items()):
        if p.kind not in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
            fail("We do not support positional-only args, varargs, or varkwargs.")
        if p.kind is p.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        if p.annotation is p.empty:
            fail(f"Parameter {name} must have a type annotation.")
        kind = _type_name(hints[name])
        if kind is None:
            fail(f"Parameter {name} has unsupported type {p.annotation}.")
        if (unknown and str(kind).startswith("Tensor")) or (not unknown and name in changed):
            if not str(kind).startswith("Tensor"):
                fail(f"Parameter {name} is in mutable_args but only Tensors or collections of Tensors can be mutated")
            kind = str(kind).replace("Tensor", f"Tensor(a{i}!)", 1)
        default = "" if p.default is p.empty else f'="{p.default}"' if type(p.default) is str else f"={p.default}"
        parts.append(f"{kind} {name}{default}")
    if not unknown and (extra := changed - set(signature.parameters)):
        fail(
            f"{extra} in mutates_args were not found in the custom op's signature. mutates_args should contain the "
            f'names of all args that the custom op mutates, or just the string "unknown" if you don\'t know.'
        )
    result = hints.get("return", inspect.Signature.empty)
    if result is inspect.Signature.empty:
        fail("No return type annotation was provided. Please add one.")
    if result is None or result is type(None):
        returns = "()"
    elif typing.get_origin(result) is tuple:
        returns = f"({', '.join(str(_type_name(a)) for a in typing.get_args(result))})"
    else:
        returns = str(_type_name(result))
    if "None" in returns:
        fail(f"Return has unsupported type {signature.return_annotation}.")
    return f"{op_name or ''}({', '.join(parts)}) -> {returns}"
