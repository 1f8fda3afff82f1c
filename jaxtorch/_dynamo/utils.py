"""`torch._dynamo.utils`: questions about compilation."""

from __future__ import annotations

from typing import Any


def is_compile_supported(device_type: Any) -> bool:
    """Whether code is compiled for a type of device: for those XLA knows it always is."""
    return str(device_type) in ("cpu", "cuda")


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch._dynamo.utils' has no attribute '{name}' (jaxtorch does not have it)")
