"""Storage: what tensors that share memory have in common.

`value` is the current content with the shape of the tensor that made it; writing replaces it and moves `stamp` on.
`version` is PyTorch's version counter: it counts in-place operations for the saved-tensor check, which writes through
`.data` do not take part in. `strides` is the memory order where it is not row-major.
"""

from __future__ import annotations

from typing import Any

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
        """A number that tells storages apart, as a memory address would; pages never overlap."""
        global _next_address
        if self.extra is None:
            self.extra = {}
        if "address" not in self.extra:
            self.extra["address"] = _next_address
            size = self.value.aval.numel * self.value.aval.dtype.itemsize
            _next_address += -(-max(size, 1) // 64) * 64
        return self.extra["address"]


class VersionCounter:
    """The version of an alias that counts on its own (`.data`)."""

    __slots__ = ("version",)

    def __init__(self) -> None:
        self.version = 0
