"""`torch.fx.operator_schemas`: the signatures of functions and modules, and arguments brought into one form by them."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

__all__ = ["ArgsKwargsPair", "get_signature_for_torch_op", "normalize_function", "normalize_module"]


class ArgsKwargsPair(NamedTuple):
    """The arguments of a call."""

    args: tuple
    kwargs: dict[str, Any]


def get_signature_for_torch_op(op: Any, return_schemas: bool = False) -> Any:
    """The signatures of a function, in a list; None where it has none that is known."""
    try:
        found = [inspect.signature(op)]
    except (TypeError, ValueError):
        found = None
    return (found, None) if return_schemas else found


def _normalized(signature: inspect.Signature, args: tuple, kwargs: dict, only_kwargs: bool) -> ArgsKwargsPair | None:
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError:
        return None
    bound.apply_defaults()
    kinds = {name: parameter.kind for name, parameter in signature.parameters.items()}
    if inspect.Parameter.VAR_POSITIONAL in kinds.values() or inspect.Parameter.VAR_KEYWORD in kinds.values():
        return None
    given: dict[str, Any] = dict(bound.arguments)
    if only_kwargs:
        return ArgsKwargsPair((), given)
    count = len(args)
    return ArgsKwargsPair(tuple(given.values())[:count], dict(list(given.items())[count:]))


def normalize_function(
    target: Any, args: tuple, kwargs: dict | None = None, arg_types: Any = None, kwarg_types: Any = None,
    normalize_to_only_use_kwargs: bool = False,
) -> ArgsKwargsPair | None:  # fmt: skip
    """The arguments of a call of a function by its signature; None where they do not fit."""
    found = get_signature_for_torch_op(target)
    return _normalized(found[0], args, kwargs or {}, normalize_to_only_use_kwargs) if found else None


def normalize_module(
    root: Any, target: str, args: tuple, kwargs: dict | None = None, normalize_to_only_use_kwargs: bool = False
) -> ArgsKwargsPair | None:
    """The arguments of a call of a submodule by the signature of its `forward`."""
    signature = inspect.signature(root.get_submodule(target).forward)
    return _normalized(signature, args, kwargs or {}, normalize_to_only_use_kwargs)
