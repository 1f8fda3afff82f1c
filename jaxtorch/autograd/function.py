"""`torch.autograd.function`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.function import Function as Function
from jaxtorch._autograd.function import FunctionNode as FunctionCtx
from jaxtorch._autograd.grad_mode import no_grad
from jaxtorch._tensor.settings import typename

InplaceFunction = Function


def once_differentiable(fn: Any) -> Any:
    """For a `backward` that cannot be differentiated: it runs without a graph.

    Differs from PyTorch: differentiating its result gives no gradient instead of an error.
    """

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        with no_grad():
            return fn(ctx, *args)

    return wrapper


def _nested_map(condition: Callable[[Any], bool], fn: Callable, condition_msg: str | None = None) -> Callable:
    """`fn` over what meets the condition in nested lists, tuples and dicts."""

    def mapped(obj: Any) -> Any:
        if condition(obj):
            return fn(obj)
        if obj is None:
            return None
        if isinstance(obj, (list, tuple)):
            items = [mapped(x) for x in obj]
            return type(obj)(*items) if hasattr(obj, "_fields") else type(obj)(items)
        if isinstance(obj, dict):
            return {key: mapped(value) for key, value in obj.items()}
        accepted = f". Accepted types: {condition_msg}, or lists/tuples of them" if condition_msg else ""
        raise ValueError(f"Auto nesting doesn't know how to process an input object of type {typename(obj)}{accepted}")

    return mapped


__all__ = ["Function", "FunctionCtx", "InplaceFunction", "once_differentiable"]
