"""`torch.cpu`: the interface of accelerators, answered for the CPU."""

from __future__ import annotations

import os as _os
import platform as _platform
from contextlib import AbstractContextManager as _AbstractContextManager
from pathlib import Path as _Path
from typing import Any

from jaxtorch.cpu import amp as amp

__all__ = [
    "get_capabilities",
    "is_available",
    "is_initialized",
    "synchronize",
    "current_device",
    "current_stream",
    "stream",
    "set_device",
    "device_count",
    "Stream",
    "StreamContext",
    "Event",
]


def _spelled(flag: str) -> str:
    """A flag of the kernel's as PyTorch writes it: avx512f is avx512_f."""
    return flag.replace("avx512", "avx512_", 1).replace("__", "_")


def get_capabilities() -> dict[str, Any]:
    """The processor's architecture, cores and instruction sets, as the kernel reports them (`avx2`, ...).

    Differs from PyTorch: only instruction sets that are there are listed; cache sizes are not.
    """
    try:
        lines = _Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    names = {_spelled(flag): True for flag in flags}
    return {**names, "architecture": _platform.machine(), "num_logical_cores": _os.cpu_count() or 1}


def _supports(*flags: str) -> bool:
    found = get_capabilities()
    return all(found.get(flag, False) for flag in flags)


def _is_avx2_supported() -> bool:
    return _supports("avx2")


def _is_avx512_supported() -> bool:
    return _supports("avx512_f", "avx512_vl", "avx512_bw", "avx512_dq")


def _is_avx512_bf16_supported() -> bool:
    return _supports("avx512_bf16")


def _is_vnni_supported() -> bool:
    return _supports("avx512_vnni")


def _is_amx_tile_supported() -> bool:
    return _supports("amx_tile")


def _is_amx_fp16_supported() -> bool:
    return _supports("amx_fp16")


def is_available() -> bool:
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def synchronize(device: Any = None) -> None:
    """Nothing to wait for: values are computed when they are read."""


class Stream:
    """A stream that orders nothing."""

    def __init__(self, priority: int = -1) -> None:
        pass

    def wait_stream(self, stream: Any) -> None:
        """Nothing to wait for."""

    def record_event(self) -> None:
        """Nothing to record."""

    def wait_event(self, event: Any) -> None:
        """Nothing to wait for."""


class Event:
    """An event that is over."""

    def query(self) -> bool:
        """True."""
        return True

    def record(self, stream: Any = None) -> None:
        """Nothing to record."""

    def synchronize(self) -> None:
        """Nothing to wait for."""

    def wait(self, stream: Any = None) -> None:
        """Nothing to wait for."""


_current = Stream()


def current_stream(device: Any = None) -> Stream:
    """The stream that was chosen."""
    return _current


class StreamContext(_AbstractContextManager):
    """A context in which a stream is the current one."""

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream
        self._before: Stream | None = None

    def __enter__(self) -> None:
        global _current
        if self.stream is not None:
            self._before, _current = _current, self.stream

    def __exit__(self, *exception: Any) -> None:
        global _current
        if self._before is not None:
            _current = self._before


def stream(stream: Stream | None) -> StreamContext:
    """A context in which a stream is the current one."""
    return StreamContext(stream)


def device_count() -> int:
    """1."""
    return 1


def set_device(device: Any) -> None:
    """Nothing to choose."""


def current_device() -> str:
    """ "cpu"."""
    return "cpu"


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.cpu' has no attribute '{name}' (jaxtorch does not have it)")
