"""`torch.mps`: Apple's GPU is not there; GPUs and TPUs that JAX knows are `torch.cuda` and `torch.accelerator`."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def is_initialized() -> bool:
    """False."""
    return False


def manual_seed(seed: int) -> None:
    """Nothing to seed."""


def manual_seed_all(seed: int) -> None:
    """Nothing to seed."""


def empty_cache() -> None:
    """Nothing is held."""


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.mps' has no attribute '{name}' (jaxtorch does not have it)")
