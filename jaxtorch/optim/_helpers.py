"""What optimizers of other libraries take from `torch.optim.optimizer` beside the base class."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jaxtorch._base.modes import modes

_FOREACH_DEVICES = ("cuda", "xpu", "mtia", "privateuseone")
_FUSED_DEVICES = ("mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone")


def _use_grad_for_differentiable(func: Callable) -> Callable:
    @functools.wraps(func)
    def step(*args: Any, **kwargs: Any) -> Any:
        before = modes.grad
        modes.grad = bool(args[0].defaults["differentiable"])
        try:
            return func(*args, **kwargs)
        finally:
            modes.grad = before

    return step


def _default_to_fused_or_foreach(params: list, differentiable: bool, use_fused: bool = False) -> tuple[bool, bool]:
    if differentiable:
        return False, False
    given = [p for p in params if p is not None]
    fused = use_fused and all(p.device.type in _FUSED_DEVICES and p.is_floating_point() for p in given)
    return fused, not fused and all(p.device.type in _FOREACH_DEVICES for p in given)


def _get_capturable_supported_devices(supports_xla: bool = True) -> list[str]:
    return ["cuda", "xpu", "hpu", "privateuseone", *(["xla"] if supports_xla else [])]
