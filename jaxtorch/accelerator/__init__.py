"""`torch.accelerator`: the GPU that JAX has, if it has one."""

from __future__ import annotations

from typing import Any

from jaxtorch import cuda as _cuda
from jaxtorch._base.devices import device as _device

__all__ = [
    "current_accelerator",
    "current_device_idx",
    "current_device_index",
    "device_count",
    "device_index",
    "is_available",
    "set_device_idx",
    "set_device_index",
    "synchronize",
]


def device_count() -> int:
    """How many accelerators there are."""
    return _cuda.device_count()


def is_available() -> bool:
    """Whether there is an accelerator."""
    return device_count() > 0


def current_accelerator(check_available: bool = False) -> Any:
    """The accelerator's device without an index; None where there is none."""
    return _device("cuda") if is_available() else None


def _require() -> None:
    if not is_available():
        raise RuntimeError("Cannot access accelerator device when none is available.")


def current_device_index() -> int:
    """The index of the accelerator in use."""
    _require()
    return _cuda.current_device()


def set_device_index(device: Any, /) -> None:
    """Choose the accelerator in use."""
    _require()
    _cuda.set_device(device)


current_device_idx = current_device_index
set_device_idx = set_device_index


def synchronize(device: Any = None, /) -> None:
    """Wait until everything is computed."""
    _require()
    _cuda.synchronize(device)


class device_index:
    """A context in which another accelerator is in use; None changes nothing."""

    def __init__(self, device: int | None, /) -> None:
        self.idx = device
        self.prev_idx = -1

    def __enter__(self) -> None:
        if self.idx is not None:
            self.prev_idx = current_device_index()
            set_device_index(self.idx)

    def __exit__(self, *exception: Any) -> None:
        if self.idx is not None:
            set_device_index(self.prev_idx)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.accelerator' has no attribute '{name}' (jaxtorch does not have it)")
