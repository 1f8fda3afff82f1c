"""`torch.autograd.function`."""

from __future__ import annotations

import functools
from typing import Any

from jaxtorch._autograd.function import Function as Function
from jaxtorch._autograd.function import FunctionNode as FunctionCtx
from jaxtorch._autograd.grad_mode import no_grad

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


__all__ = ["Function", "FunctionCtx", "InplaceFunction", "once_differentiable"]
