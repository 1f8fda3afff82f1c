"""`torch.cuda.amp`: the older names of `torch.amp` for CUDA."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from jaxtorch._base.dtypes import float16
from jaxtorch.amp.autocast_mode import autocast as _autocast
from jaxtorch.amp.autocast_mode import custom_bwd as _custom_bwd
from jaxtorch.amp.autocast_mode import custom_fwd as _custom_fwd
from jaxtorch.amp.grad_scaler import GradScaler as _GradScaler


class autocast(_autocast):
    """`torch.amp.autocast("cuda")`; deprecated in PyTorch too."""

    def __init__(self, enabled: bool = True, dtype: Any = float16, cache_enabled: bool = True) -> None:
        warnings.warn(
            "`torch.cuda.amp.autocast(args...)` is deprecated. "
            "Please use `torch.amp.autocast('cuda', args...)` instead.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(_GradScaler):
    """`torch.amp.GradScaler("cuda")`; deprecated in PyTorch too."""

    def __init__(
        self,
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        warnings.warn(
            "`torch.cuda.amp.GradScaler(args...)` is deprecated. "
            "Please use `torch.amp.GradScaler('cuda', args...)` instead.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


def _deprecated(name: str, function: Callable) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            f"`torch.cuda.amp.{name}(args...)` is deprecated. "
            f"Please use `torch.amp.{name}(args..., device_type='cuda')` instead.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, device_type="cuda", **kwargs)

    return call


custom_fwd = _deprecated("custom_fwd", _custom_fwd)
custom_bwd = _deprecated("custom_bwd", _custom_bwd)

from jaxtorch.cuda.amp import autocast_mode as autocast_mode  # noqa: E402
from jaxtorch.cuda.amp import common as common  # noqa: E402
from jaxtorch.cuda.amp import grad_scaler as grad_scaler  # noqa: E402
from jaxtorch.cuda.amp.common import amp_definitely_not_available as amp_definitely_not_available  # noqa: E402
