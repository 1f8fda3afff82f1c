"""Fused multiply-add and narrowing casts with the rounding PyTorch's compiled kernels have.

The kernels are built for AVX2 and later, where the compiler contracts `a * b + c` to one rounding. NumPy has no such
operation: a float32 one is exact in float64 up to ties, a float64 one is put together from error-free parts.
"""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np

F16, F32, F64 = np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64)
BF16 = np.dtype(ml_dtypes.bfloat16)
FLOATS = (F32, F64, F16, BF16)

_1, _16, _7FFF = (np.array(v, np.uint32) for v in (1, 16, 0x7FFF))
_LOW29 = np.array(0x1FFFFFFF, np.int64)
_HALF29 = np.array(0x10000000, np.int64)
_SPLIT = 134217729.0  # 2**27 + 1


def to_bfloat16(x: np.ndarray) -> np.ndarray:
    """float32 to bfloat16, to nearest even; integer steps, several times faster than the dtype's own cast.

    A NaN that arithmetic makes stays one; a payload of ones would not, and none comes here.
    """
    bits = x.view(np.uint32)
    r = bits >> _16
    r &= _1
    r += _7FFF
    r += bits
    r >>= _16
    return r.astype(np.uint16).view(BF16)


def from_float32(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A contiguous float32 array as float32, float16 or bfloat16."""
    if dtype == F32:
        return x
    if dtype == BF16:
        return to_bfloat16(x)
    with np.errstate(over="ignore"):
        return x.astype(dtype)


def from_float64(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A float64 array as any float dtype; the half types go through float32, as PyTorch's conversions do."""
    if dtype == F64:
        return x
    with np.errstate(over="ignore"):
        return from_float32(x.astype(F32), dtype)


def fma64(a: np.ndarray, b: float, c: float) -> np.ndarray:
    """`fma(a, b, c)` in float64: Dekker's exact product, then a compensated sum."""
    if b == 1.0:
        return a + c
    p = a * b
    if c == 0.0:
        p += 0.0  # fma(-x, 0, 0) is +0
        return p
    t = a * _SPLIT
    high = t - (t - a)
    low = a - high
    scaled = b * _SPLIT
    b_high = scaled - (scaled - b)
    b_low = b - b_high
    error = ((high * b_high - p) + high * b_low + low * b_high) + low * b_low
    s = p + c
    back = s - p
    error += (p - (s - back)) + (c - back)
    return s + error


def fma32(a: np.ndarray, b: float, c: float) -> np.ndarray:
    """`fma(a, b, c)` of a float32 array with float32-valued scalars."""
    if b == 1.0:
        return a + F32.type(c)
    if c == 0.0:
        p = a * F32.type(b)
        p += F32.type(0)
        return p
    p = a.astype(F64)
    p *= b
    return round_sum(p, c)


def round_sum(p: np.ndarray, c: float) -> np.ndarray:
    """`p + c` rounded once to float32; p is a float64 array of exact products of two float32 values."""
    s = p + c
    r = s.astype(F32)
    # float64 rounded first; that shows only where the sum came to lie on a float32 midpoint.
    low = s.view(np.int64) & _LOW29
    at_midpoint = low == _HALF29
    if at_midpoint.any():
        tie = np.flatnonzero(at_midpoint)
        pt, st = p.reshape(-1)[tie], s.reshape(-1)[tie]
        back = st - pt
        error = (pt - (st - back)) + (c - back)
        r.reshape(-1)[tie] = np.where(error == 0, st, np.nextafter(st, np.copysign(np.inf, error))).astype(F32)
    return r


def sum_is_exact(b: float, c: float) -> bool:
    """Whether k * b + c with k < 1 of 24 bits is exact in float64 for float32 b and c, so that no tie can mislead."""
    if b == 0.0 or c == 0.0:
        return True
    product, addend = math.frexp(b)[1], math.frexp(c)[1]
    top = max(product, addend) + 1
    # The last bit of a product is worth 2**(product - 48), that of c 2**(addend - 24).
    return top - min(product - 48, addend - 24) <= 53
