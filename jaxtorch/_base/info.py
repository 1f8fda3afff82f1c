"""`torch.finfo` and `torch.iinfo`."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np

from jaxtorch._base.dtypes import BOOL, FLOATING, INTEGRAL, dtype
from jaxtorch._base.modes import defaults


class finfo:
    """Limits of a floating point dtype (of the parts, for a complex one)."""

    def __init__(self, type: dtype | None = None) -> None:
        type = type or defaults.dtype
        real = type.to_real()
        if real.category != FLOATING:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{type!r}'")
        info = ml_dtypes.finfo(real.numpy_dtype)
        self.dtype = real.name
        self.bits = real.itemsize * 8
        self.max, self.min = float(info.max), float(info.min)
        self.eps, self.tiny = float(info.eps), float(info.smallest_normal)
        self.smallest_normal = self.tiny
        self.resolution = float(f"1e-{math.floor(-math.log10(self.eps))}")  # a power of ten, as C++'s digits10

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """Limits of an integer dtype."""

    def __init__(self, type: dtype) -> None:
        if type.category == BOOL:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if type.category != INTEGRAL:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type!r}'")
        info = np.iinfo(type.numpy_dtype)
        self.dtype, self.bits, self.min, self.max = type.name, type.itemsize * 8, int(info.min), int(info.max)

    def __repr__(self) -> str:
        return f"iinfo(min={float(self.min):g}, max={float(self.max):g}, dtype={self.dtype})"
