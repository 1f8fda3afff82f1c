"""`torch.distributed.rpc`, which is not there, as in a PyTorch built without it."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """Whether calls between processes work: they do not."""
    return False


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.distributed.rpc' has no attribute '{name}' (jaxtorch does not have it)")
