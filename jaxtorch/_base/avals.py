"""Abstract values: shape, dtype, device and whether the value is a Python scalar ("weak").

Interned, so that the engine can key on identity. A weak aval stands for a Python number, which takes part in
promotion as PyTorch's wrapped numbers do and enters programs as a runtime argument.
"""

from __future__ import annotations

import math

from jaxtorch._base import devices, dtypes
from jaxtorch._base.sizes import Size


class Aval:
    """Shape, dtype and device of a value. Make with `aval()`, never directly (tracers excepted)."""

    __slots__ = ("shape", "dtype", "device", "weak", "ndim", "numel", "traced")

    def __init__(self, shape: Size, dtype: dtypes.dtype, device: devices.device, weak: bool, traced: bool) -> None:
        self.shape = shape
        self.dtype = dtype
        self.device = device
        self.weak = weak
        self.ndim = len(shape)
        self.numel = math.prod(shape)
        self.traced = traced

    def __repr__(self) -> str:
        return f"{self.dtype.name}{list(self.shape)}{'~' if self.weak else ''}"


_interned: dict[tuple, Aval] = {}


def aval(shape, dtype: dtypes.dtype, device: devices.device = devices.CPU) -> Aval:
    """The aval of a tensor."""
    key = (shape, dtype, device)
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = Aval(Size(shape), dtype, device, False, False)
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
