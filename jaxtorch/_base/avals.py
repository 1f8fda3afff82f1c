"""Abstract values: shape, dtype, device and whether the value is a Python scalar ("weak").

Interned, so that the engine can key on identity. A weak aval stands for a Python number, which takes part in
promotion as PyTorch's wrapped numbers do and enters programs as a runtime argument.

A batched aval (`vmap`) is that of one example: the array behind it has further axes in front, one for each level in
`batch`, in the order of the levels' numbers.
"""

from __future__ import annotations

import math

from jaxtorch._base import devices, dtypes
from jaxtorch._base.sizes import Size


class Aval:
    """Shape, dtype and device of a value. Make with `aval()`, never directly (tracers excepted)."""

    __slots__ = ("shape", "dtype", "device", "weak", "ndim", "numel", "traced", "batch")

    def __init__(
        self,
        shape: Size,
        dtype: dtypes.dtype,
        device: devices.device,
        weak: bool,
        traced: bool,
        batch: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self.device = device
        self.weak = weak
        self.ndim = len(shape)
        self.numel = math.prod(shape)
        self.traced = traced
        self.batch = batch  # (level, size), sorted

    @property
    def array_shape(self) -> tuple[int, ...]:
        """The shape of the array behind it."""
        return (*[size for _, size in self.batch], *self.shape) if self.batch else self.shape

    def __repr__(self) -> str:
        batch = "".join(f"{level}x{size}:" for level, size in self.batch)
        return f"{batch}{self.dtype.name}{list(self.shape)}{'~' if self.weak else ''}"


_interned: dict[tuple, Aval] = {}


def aval(shape, dtype: dtypes.dtype, device: devices.device = devices.CPU) -> Aval:
    """The aval of a tensor."""
    key = (shape, dtype, device)
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = Aval(Size(shape), dtype, device, False, False)
        if found.numel > _LARGEST or any(size > _LARGEST for size in found.shape):
            del _interned[key]
            _refuse(found)
    return found


_LARGEST = 2**40  # elements; XLA ends the process over what cannot be counted


def _refuse(huge: Aval) -> None:
    size = huge.numel * huge.dtype.itemsize
    if not size:
        raise RuntimeError(f"Stride calculation overflowed with sizes={list(huge.shape)}")
    if size >= 2**63:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(huge.shape)}")
    if huge.device.type != "meta":
        raise RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory: you tried to allocate "
            f"{size} bytes. Error code 12 (Cannot allocate memory)"
        )


def batched_aval(one: Aval, batch: tuple[tuple[int, int], ...]) -> Aval:
    """`one` with other batch levels."""
    if one.traced:
        return Aval(one.shape, one.dtype, one.device, False, True, batch)
    if not batch:
        return aval(tuple(one.shape), one.dtype, one.device)
    key = (tuple(one.shape), one.dtype, one.device, batch)
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = Aval(one.shape, one.dtype, one.device, False, False, batch)
    return found


def traced_aval(shape, dtype: dtypes.dtype, device: devices.device = devices.CPU) -> Aval:
    """The aval of a JAX tracer: never interned, so that no compiled call is found for it."""
    return Aval(Size(shape), dtype, device, False, True)


def _weak(dtype: dtypes.dtype) -> Aval:
    return Aval(Size(), dtype, devices.CPU, True, False)


WEAK = {
    bool: _weak(dtypes.bool_),
    int: _weak(dtypes.int64),
    float: _weak(dtypes.float64),
    complex: _weak(dtypes.complex128),
}
