"""`torch.cpu.amp`: the older names of `torch.amp` for the CPU."""

from __future__ import annotations

import warnings
from typing import Any

from jaxtorch._base.dtypes import bfloat16
from jaxtorch.amp.autocast_mode import autocast as _autocast
from jaxtorch.amp.grad_scaler import GradScaler as _GradScaler


class autocast(_autocast):
    """`torch.amp.autocast("cpu")`; deprecated in PyTorch too."""

    def __init__(self, enabled: bool = True, dtype: Any = bfloat16, cache_enabled: bool = True) -> None:
        warnings.warn(
            "`torch.cpu.amp.autocast(args...)` is deprecated. Please use `torch.amp.autocast('cpu', args...)` instead.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__("cpu", dtype, enabled, cache_enabled)


class GradScaler(_GradScaler):
    """`torch.amp.GradScaler("cpu")`; deprecated in PyTorch too."""

    def __init__(
        self,
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        warnings.warn(
            "`torch.cpu.amp.GradScaler(args...)` is deprecated. "
            "Please use `torch.amp.GradScaler('cpu', args...)` instead.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__("cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)
