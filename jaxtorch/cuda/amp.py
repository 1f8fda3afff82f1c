"""`torch.cuda.amp`: the older names of `torch.amp` for CUDA."""

from __future__ import annotations

from typing import Any

from jaxtorch.amp.autocast_mode import autocast as _autocast
from jaxtorch.amp.grad_scaler import GradScaler as _GradScaler


class autocast(_autocast):
    """`torch.amp.autocast("cuda")`."""

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(_GradScaler):
    """`torch.amp.GradScaler("cuda")`."""

    def __init__(
        self,
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)
