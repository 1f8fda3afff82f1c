"""Uniform reals: 24 random bits for float32 and below, 53 for float64, scaled by one fused multiply-add."""

from __future__ import annotations

import numpy as np

from jaxtorch._base.rng.engine import MersenneTwister, draws
from jaxtorch._base.rng.rounding import F32, F64, fma64, from_float32, round_sum, sum_is_exact

CHUNK = 16384  # numbers worked on at a time, so that temporaries stay in the cache

_LOW24 = np.array(0xFFFFFF, np.uint32)
_LOW53 = np.array((1 << 53) - 1, np.uint64)
_ULP24 = np.array(2.0**-24, F32)
_ULP53 = np.array(2.0**-53, F64)


def spans(n: int):
    """Slices of at most CHUNK elements that cover n."""
    for start in range(0, n, CHUNK):
        yield slice(start, min(start + CHUNK, n))


def bits24(engine: MersenneTwister, n: int) -> np.ndarray:
    """n draws of 24 bits, as int32."""
    k = engine.words(n)
    k &= _LOW24
    return k.view(np.int32)


def bits53(engine: MersenneTwister, n: int) -> np.ndarray:
    """n draws of 53 bits, as int64."""
    k = engine.words64(n)
    k &= _LOW53
    return k.view(np.int64)


def unit53(engine: MersenneTwister, n: int) -> np.ndarray:
    """n float64 numbers in [0, 1)."""
    if draws is not None:
        u = np.empty(n)
        draws.draw_unit53(engine.capsule, u)
        return u
    u = bits53(engine, n).astype(F64)
    u *= _ULP53
    return u


def fill_uniform(engine: MersenneTwister, out: np.ndarray, low: float, high: float) -> None:
    """Fill a flat float array with `uniform_(low, high)`; the bounds are checked already."""
    if draws is not None and out.dtype == F32 and low == 0.0 and high == 1.0 and out.flags.c_contiguous:
        draws.draw_unit24(engine.capsule, out)
        return
    piece = _piece64 if out.dtype == F64 else _piece32
    if out.size <= CHUNK:
        out[...] = piece(engine, out.size, low, high, out.dtype)
        return
    for span in spans(out.size):
        out[span] = piece(engine, out[span].size, low, high, out.dtype)


def _piece64(engine: MersenneTwister, n: int, low: float, high: float, dtype: np.dtype) -> np.ndarray:
    x = unit53(engine, n)
    if low != 0.0 or high != 1.0:
        x = fma64(x, high - low, low)
        _close(x, low, high)
    return x


def _piece32(engine: MersenneTwister, n: int, low: float, high: float, dtype: np.dtype) -> np.ndarray:
    k = bits24(engine, n)
    if low == 0.0 and high == 1.0:
        x = k.astype(F32)
        x *= _ULP24
        if dtype == F32:
            return x
    else:
        low32 = F32.type(low)
        scale = F32.type(high) - low32
        p = k.astype(F64)
        p *= float(scale) * 2.0**-24
        if sum_is_exact(float(scale), float(low32)):
            p += float(low32)
            x = p.astype(F32)
        else:
            x = round_sum(p, float(low32))
    x = from_float32(x, dtype)
    _close(x, dtype.type(F32.type(low)), dtype.type(F32.type(high)))
    return x


def _close(x: np.ndarray, low, high) -> None:
    """Where rounding reached the upper bound, which is outside, PyTorch puts the lower one."""
    if x.itemsize == 2 and high != 0:  # NumPy compares half types one by one, their bits at once
        reached = x.view(np.uint16) == high.view(np.uint16)
    else:
        reached = x == high
    if reached.any():
        x[reached] = low
