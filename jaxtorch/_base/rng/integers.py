"""`random_` and `randint`: a word modulo the range, which PyTorch takes to be fair enough; 64-bit from 2**28 on."""

from __future__ import annotations

import numpy as np

from jaxtorch._base.rng import checks
from jaxtorch._base.rng.checks import BOOL, I64, INTEGERS, MANTISSA
from jaxtorch._base.rng.engine import MersenneTwister
from jaxtorch._base.rng.rounding import F32, F64, FLOATS, from_float32
from jaxtorch._base.rng.uniform import spans

_WIDE = 1 << 28  # from this range on a 64-bit word is drawn
_LEAST = -(1 << 63)


def fill_unbounded(engine: MersenneTwister, out: np.ndarray) -> None:
    """`random_()`: all non-negative values of an integer dtype, the countable ones of a float dtype."""
    dtype = out.dtype
    checks.require(dtype, (BOOL, *INTEGERS, *FLOATS), "random_kernel_cpu")
    if dtype in MANTISSA:
        count = (1 << MANTISSA[dtype]) + 1
    else:
        count = checks.INTEGER_LIMITS[dtype][1] + 1
    _fill(engine, out, count, 0, wide=dtype in (F64, I64))


def fill_between(engine: MersenneTwister, out: np.ndarray, low: int, high: int | None) -> None:
    """`random_(low, high)`; without an upper bound everything the dtype holds from low on."""
    dtype = out.dtype
    if dtype in checks.ALL_FLOATS:
        checks.require(dtype, FLOATS, "random_from_to_range_calc" if high is None else "random_update_from_to")
    if high is None and low == _LEAST:
        if out.size:
            _fill_all(engine, out)
        return
    if high is not None:
        if low >= high:
            raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
        if dtype in MANTISSA:
            low, high = checks.tighten_from(low, dtype), checks.tighten_to(high, dtype)
            if low >= high:
                raise RuntimeError("random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but "
                                   f"got from={low} >= to={high}")  # fmt: skip
        last = high - 1
    elif dtype in MANTISSA:
        last = 1 << MANTISSA[dtype]
        low = checks.tighten_from(low, dtype)
        if low >= last:
            raise RuntimeError("random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to "
                               f"dtype, but got from={low} > to_inc={last}")  # fmt: skip
    elif dtype not in checks.INTEGER_LIMITS:
        raise RuntimeError("random_from_to_impl handles only integral, floating-point and boolean types")
    else:
        last = checks.INTEGER_LIMITS[dtype][1] if dtype != np.uint64 else -1
    checks.integer_bounds(low, last, dtype)
    count = (last - low + 1) % (1 << 64)
    _fill(engine, out, count, low, wide=count >= _WIDE)


def _fill(engine: MersenneTwister, out: np.ndarray, count: int, low: int, wide: bool) -> None:
    power = count & (count - 1) == 0
    divisor = np.array(count - 1 if power else count, np.uint64 if wide else np.uint32)
    reduce = np.bitwise_and if power else np.remainder
    draw = engine.words64 if wide else engine.words
    for span in spans(out.size):
        r = draw(out[span].size)
        reduce(r, divisor, r)
        _store(out[span], r, low)


def _store(out: np.ndarray, r: np.ndarray, low: int) -> None:
    """Cast as C++ does: to int64, shifted by low, then to the dtype, the narrow floats by way of float32."""
    if out.dtype == F32 and not low and r.dtype == np.uint32:
        out[...] = r
        return
    r = r.astype(I64) if r.dtype == np.uint32 else r.view(I64)
    if low:
        r += low
    if out.dtype in FLOATS and out.dtype != F64:
        out[...] = from_float32(r.astype(F32), out.dtype)
    else:
        out[...] = r.astype(out.dtype, copy=False)


def _fill_all(engine: MersenneTwister, out: np.ndarray) -> None:
    """All 2**64 int64 values."""
    kernel = "random_full_64_bits_range_kernel_cpu"
    checks.require(out.dtype, (*INTEGERS, *(d for d in FLOATS if d != np.float16)), kernel)
    if out.dtype != I64 and out.dtype not in FLOATS:
        raise RuntimeError(f"{kernel} handles only int64, double, float and bfloat16")
    for span in spans(out.size):
        _store(out[span], engine.words64(out[span].size), 0)
