"""Finds an operation of PyTorch's databases on another module.

Most entries are functions with a dotted name (`torch.add`, `torch.linalg.svd`, `Tensor.__radd__`). The rest are
lambdas and helpers of the database that say `torch.` in their bodies: those are rebuilt over globals in which `torch`
is the lookalike.
"""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Callable
from typing import Any

import torch

SPACES = ("nn.functional", "linalg", "fft", "special", "masked", "sparse", "signal.windows", "nn.init", "Tensor")


class Unresolvable(Exception):
    """The entry calls into torch's internals: there is nothing public to call instead."""


def find(module: Any, dotted: str) -> Any:
    """`module.a.b.c`; AttributeError names the part that is missing."""
    value = module
    for part in dotted.split("."):
        value = getattr(value, part)
    return value


def rebind(function: Callable[..., Any], module: Any) -> Callable[..., Any]:
    """`function`, with every `torch` in it standing for `module`."""
    if module is torch:
        return function
    if isinstance(function, functools.partial):
        return functools.partial(rebind(function.func, module), *function.args, **function.keywords)
    if getattr(function, "__name__", "") == "wrapper_set_seed":
        return functools.partial(_wrapper_set_seed, module)
    name = dotted_name(function)
    if name is not None:
        return find(module, name)
    if isinstance(function, types.FunctionType) and function.__globals__.get("torch") is torch:
        return _rebuild(function, _globals_for(function, module), module)
    if isinstance(function, types.BuiltinFunctionType) and not (function.__module__ or "").startswith("torch"):
        return function
    if isinstance(function, types.FunctionType) and "torch" not in function.__code__.co_names:
        return function
    raise Unresolvable(f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', function)}")


def resolve(op: Any, module: Any) -> Callable[..., Any]:
    """The operation of an OpInfo on `module`."""
    with contextlib.suppress(AttributeError):
        if find(torch, op.name) is op.op:
            return find(module, op.name)
    return rebind(op.op, module)


@functools.cache
def _public_names() -> dict[int, str]:
    names: dict[int, str] = {}
    for space in ("", *SPACES):
        owner = find(torch, space) if space else torch
        for name in dir(owner):
            value = getattr(owner, name, None)
            if callable(value) and not isinstance(value, type):
                names.setdefault(id(value), f"{space}.{name}" if space else name)
    return names


def dotted_name(function: Callable[..., Any]) -> str | None:
    """Where under `torch` a function lives: "nn.functional.relu"; None for what torch does not publish."""
    qualname = getattr(function, "__qualname__", "")
    owner = getattr(function, "__objclass__", None)
    if owner is not None and issubclass(torch.Tensor, owner):
        return f"Tensor.{function.__name__}"
    if qualname.startswith("Tensor.") and "<" not in qualname:
        return qualname
    return _public_names().get(id(function))


def _rebuild(function: types.FunctionType, namespace: dict[str, Any], module: Any) -> types.FunctionType:
    closure = function.__closure__
    if closure is not None:
        closure = tuple(types.CellType(_rebind_value(cell.cell_contents, module)) for cell in closure)
    rebuilt = types.FunctionType(function.__code__, namespace, function.__name__, function.__defaults__, closure)
    rebuilt.__kwdefaults__ = function.__kwdefaults__
    return rebuilt


def _rebind_value(value: Any, module: Any) -> Any:
    if isinstance(value, torch.dtype):
        return getattr(module, str(value).rpartition(".")[2])
    if callable(value) and not isinstance(value, type):
        with contextlib.suppress(Unresolvable):
            return rebind(value, module)
    return value


_rebound: dict[tuple[int, int], dict[str, Any]] = {}


def _globals_for(function: types.FunctionType, module: Any) -> dict[str, Any]:
    original = function.__globals__
    key = (id(original), id(module))
    if key not in _rebound:
        namespace = dict(original)
        _rebound[key] = namespace
        namespace["torch"] = module
        namespace["wrapper_set_seed"] = functools.partial(_wrapper_set_seed, module)
        for name, value in original.items():
            if isinstance(value, types.FunctionType) and value.__globals__ is original and value.__closure__ is None:
                namespace.setdefault(name, value)
                if namespace[name] is value:
                    namespace[name] = _rebuild(value, namespace, module)
    return _rebound[key]


def _wrapper_set_seed(module: Any, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    module.manual_seed(42)
    return function(*args, **kwargs)
