"""Questions about autocast and anomaly detection by their old names."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.anomaly import set_detect_anomaly
from jaxtorch._base import dtypes
from jaxtorch._base.modes import modes
from jaxtorch._tensor import autocasting


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether autocast is on in this thread for a device type ("cuda" if none is given)."""
    return autocasting.enabled(device_type or "cuda")


def get_autocast_dtype(device_type: str) -> dtypes.dtype:
    """The dtype autocast uses on a device type: unless set, float16 on "cuda", bfloat16 elsewhere."""
    return autocasting.fast_dtype(device_type)


def set_autocast_enabled(*args: Any) -> None:
    """Switch autocast on or off: `(enabled)` for "cuda", or `(device_type, enabled)`."""
    device_type, value = args if len(args) == 2 else ("cuda", args[0])
    autocasting.set_enabled(device_type, value)


def set_autocast_dtype(device_type: str, dtype: dtypes.dtype) -> None:
    """Set what autocast casts to on a device type."""
    autocasting.set_fast_dtype(device_type, dtype)


def autocast_increment_nesting() -> int:
    """Note that one more autocast region is entered."""
    autocasting.state.autocast_nesting += 1
    return autocasting.state.autocast_nesting


def autocast_decrement_nesting() -> int:
    """Note that an autocast region is left."""
    autocasting.state.autocast_nesting -= 1
    return autocasting.state.autocast_nesting


def is_autocast_cache_enabled() -> bool:
    """Whether casts of weights may be kept; XLA merges equal casts anyway."""
    return autocasting.state.autocast_cache


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Say whether casts of weights may be kept."""
    autocasting.state.autocast_cache = enabled


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
        set_autocast_dtype,
        autocast_increment_nesting,
        autocast_decrement_nesting,
        set_autocast_cache_enabled,
        is_autocast_cache_enabled,
        clear_autocast_cache,
        is_anomaly_enabled,
        set_anomaly_enabled,
    )
}
FUNCTIONS |= {
    "is_anomaly_check_nan_enabled": lambda: modes.anomaly_nan,
    "is_autocast_cpu_enabled": lambda: autocasting.enabled("cpu"),
    "get_autocast_cpu_dtype": lambda: autocasting.fast_dtype("cpu"),
    "get_autocast_gpu_dtype": lambda: autocasting.fast_dtype("cuda"),
    "set_autocast_cpu_enabled": lambda enabled: autocasting.set_enabled("cpu", enabled),
    "set_autocast_cpu_dtype": lambda dtype: autocasting.set_fast_dtype("cpu", dtype),
    "set_autocast_gpu_dtype": lambda dtype: autocasting.set_fast_dtype("cuda", dtype),
}
