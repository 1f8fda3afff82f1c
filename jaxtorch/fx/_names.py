"""How fx writes functions, types and values in Python: the names under which generated code finds them."""

from __future__ import annotations

import builtins
import inspect
import re
import sys
import types
from typing import Any

from jaxtorch.overrides import resolve_name

_PUBLIC = re.compile(r"^(jax)?torch(\.(?!_dynamo\.|_inductor\.)[^.]+)*$")


def root() -> Any:
    """The root package, which `torch` means in generated code."""
    return sys.modules["jaxtorch"]


def import_here(statement: str) -> str:
    """An import statement of PyTorch's, under the name that the root package has here."""
    if root().__name__ == "torch":
        return statement
    if statement == "import torch":
        return "import jaxtorch as torch"
    return re.sub(r"\btorch\b", "jaxtorch", statement)


def _torch_module(module: str) -> str:
    """The module's name below `torch`."""
    return module.replace("jaxtorch", "torch", 1) if module.split(".")[0] == "jaxtorch" else module


def _is_from_torch(obj: Any) -> bool:
    """Whether generated code finds something below `torch`."""
    module = getattr(obj, "__module__", None)
    if module is not None:
        return _PUBLIC.match(module) is not None
    name = getattr(obj, "__name__", None)
    if name is None or name == "torch":
        return False
    return any(getattr(space, name, None) is obj for space in (root(), root().nn.functional))


def _lambda_name(func: Any) -> str:
    try:
        return inspect.getsource(func).split("=")[0].strip()
    except Exception as error:
        raise RuntimeError("Unable to represent lambda") from error


def _get_qualified_name(func: Any) -> str:
    """Where a function is found."""
    own_name: str = func.__name__
    if getattr(builtins, own_name, None) is func:
        return own_name
    known = resolve_name(func)
    if known is not None and not known.endswith("__get__"):
        return known
    name = _lambda_name(func) if own_name == "<lambda>" else own_name
    module = func.__module__
    if module is None:
        for space, prefix in ((root(), "torch"), (root().nn.functional, "torch.nn.functional")):
            if getattr(space, name, None) is func:
                return f"{prefix}.{name}"
        raise RuntimeError(f"cannot find module for {func}")
    if module.split(".")[0] in ("jaxtorch", "torch") and getattr(root(), name, None) is func:
        return f"torch.{name}"
    return f"{_torch_module(module)}.{name}"


def _type_repr(obj: Any) -> str:
    """A type as an annotation names it."""
    if isinstance(obj, type) and not isinstance(obj, types.GenericAlias):
        if obj.__module__ == "builtins":
            return obj.__qualname__
        module = _torch_module(obj.__module__)
        if module.startswith("torch.") and getattr(root(), obj.__qualname__, None) is obj:
            module = "torch"
        return f"{module}.{obj.__qualname__}"
    if obj is ...:
        return "..."
    if isinstance(obj, types.FunctionType):
        return obj.__name__
    return repr(obj).replace("jaxtorch.", "torch.")


def _pretty_target(target: Any) -> str:
    """A node's target as its listing shows it."""
    if isinstance(target, str):
        return target
    name = getattr(target, "__name__", None)
    if name is not None:
        if target.__module__ == "builtins":
            return f"builtins.{name}"
        if target.__module__ == "_operator":
            return f"operator.{name}"
    return _get_qualified_name(target)
