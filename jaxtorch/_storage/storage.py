"""Storage: what tensors that share memory have in common.

`value` is the current content with the shape of the tensor that made it; writing replaces it and moves `stamp` on.
`version` is PyTorch's version counter: it counts in-place operations for the saved-tensor check, which writes through
`.data` do not take part in. `strides` is the memory order where it is not row-major.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._base.devices import CPU
from jaxtorch._engine.value import Value

_next_address = 0x7F00_0000_0000


class Storage:
    """One block of memory."""

    __slots__ = ("value", "stamp", "version", "strides", "extra", "__weakref__")

    def __init__(self, value: Value) -> None:
        self.value = value
        self.stamp = 0
        self.version = 0
        self.strides: tuple[int, ...] | None = None
        self.extra: Any = None  # a dict of what few storages have: an address, a shared array

    def address(self) -> int:
        """Where the storage lies: on the CPU in memory set aside for it, which `_storage.host.lay_out` fills."""
        if self.extra is None:
            self.extra = {}
        aval = self.value.aval
        size = aval.numel * aval.dtype.itemsize
        kept = self.extra.get("address")
        if kept is None or kept[1] < size:
            kept = self.extra["address"] = _reserve(size, aval.device is CPU)
        return kept[0]


def _reserve(size: int, real: bool) -> tuple[int, int, Any]:
    """An address of 64-byte pages, how many bytes it is good for, and what keeps it.

    A number that is nowhere, for another device: it only tells storages apart.
    """
    global _next_address
    if real:
        memory = np.empty(size + 63, np.uint8)  # the system maps large ones when they are written
        return -(-memory.ctypes.data // 64) * 64, size, memory
    found = _next_address
    _next_address += -(-max(size, 1) // 64) * 64
    return found, size, None


class VersionCounter:
    """The version of an alias that counts on its own (`.data`)."""

    __slots__ = ("version",)

    def __init__(self) -> None:
        self.version = 0
