"""`torch.ao.nn.quantized`: the operations of a model that may become quantised."""

from __future__ import annotations

from typing import Any

from jaxtorch.nn.quantized import FloatFunctional as FloatFunctional


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.ao.nn.quantized' has no attribute '{name}' (jaxtorch does not have it)")
