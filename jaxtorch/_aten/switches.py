"""Questions about autocast and anomaly detection by their old names. Autocast is never on: see `torch.autocast`."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.anomaly import set_detect_anomaly
from jaxtorch._base import dtypes
from jaxtorch._base.modes import modes


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """False."""
    return False


def get_autocast_dtype(device_type: str) -> dtypes.dtype:
    """The dtype autocast would use on a device type: float16 on "cuda", bfloat16 elsewhere."""
    return dtypes.float16 if device_type == "cuda" else dtypes.bfloat16


def set_autocast_enabled(*args: Any) -> None:
    """NotImplementedError where autocast would be switched on."""
    if args and args[-1]:
        raise NotImplementedError(
            "torch.set_autocast_enabled(True) is not supported by jaxtorch; convert the model with .to(torch.bfloat16)"
        )


def is_autocast_cache_enabled() -> bool:
    """True, as in PyTorch; there is nothing to cache."""
    return True


def clear_autocast_cache() -> None:
    """Nothing: nothing is cached."""


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on."""
    return bool(modes.anomaly)


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """Switch anomaly detection on or off."""
    set_detect_anomaly(mode, check_nan)


FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (
        is_autocast_enabled,
        get_autocast_dtype,
        set_autocast_enabled,
        is_autocast_cache_enabled,
        clear_autocast_cache,
        is_anomaly_enabled,
        set_anomaly_enabled,
    )
}
FUNCTIONS |= {
    "is_anomaly_check_nan_enabled": is_anomaly_enabled,
    "is_autocast_cpu_enabled": is_autocast_enabled,
    "get_autocast_cpu_dtype": lambda: dtypes.bfloat16,
    "get_autocast_gpu_dtype": lambda: dtypes.float16,
    "set_autocast_cpu_enabled": set_autocast_enabled,
}
