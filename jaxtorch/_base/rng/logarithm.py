"""libm's float64 log over arrays, where NumPy's own differs from it in the last bit now and then.

Both are nearly always the true value rounded to nearest. So the residual of NumPy's value is computed to a hundredth of
an ulp, and where it is clearly the nearest number libm gave the same; the few in doubt are asked of libm itself.
"""

from __future__ import annotations

import functools
import math
from decimal import Decimal, localcontext

import numpy as np

from jaxtorch._base.rng.rounding import F64

_CELLS = 7  # bits of the mantissa that pick a row of the table
_OFFSET = np.array(0x3FE6A09E00000000, np.int64)  # sqrt(1/2): the mantissa is taken in [0.707, 1.414)
_HEAD = np.array(-1 << 27, np.int64)  # the leading 26 bits of a float64
_EXPONENT = np.array(0x7FF0000000000000, np.int64)
_GRID = 42  # bits after the point of what must add up exactly

# libm's log is within 0.52 ulp of the truth, so it is the nearest number wherever that is within 0.48 ulp.
_NEAREST = 0.47 * 2.0**-52


def _split(x: Decimal) -> tuple[float, float]:
    high = float(round(x * 2**_GRID)) / 2**_GRID
    return high, float(x - Decimal(high))


@functools.cache
def _table() -> tuple[tuple[float, float], np.ndarray, np.ndarray, np.ndarray]:
    """ln 2 in two parts, and for each cell a short reciprocal r of its middle and -ln r in two parts."""
    with localcontext() as context:
        context.prec = 40
        starts = _OFFSET + (np.arange((1 << _CELLS) + 1) << (52 - _CELLS))
        edges = starts.view(F64)
        middles = (edges[:-1] + edges[1:]) / 2
        reciprocals = np.rint(512 / middles) / 512
        reciprocals[np.searchsorted(edges, 1.0) - 1] = 1.0  # next to 1 the log is f itself, down to its last bit
        logs = [_split(-Decimal(r).ln()) for r in reciprocals.tolist()]
        return _split(Decimal(2).ln()), reciprocals, *np.array(logs).T.copy()


def log_by_residual(x: np.ndarray) -> np.ndarray:
    """libm's log of a flat array of normal numbers in (0, 1]."""
    y = np.log(x)
    away = np.abs(_residual(x, y))
    ulp = (y.view(np.int64) & _EXPONENT).view(F64)
    ulp *= _NEAREST
    doubtful = np.flatnonzero(away > ulp)
    y[doubtful] = [math.log(v) for v in x[doubtful].tolist()]
    return y


def _residual(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """log(x) - y, for y within some ulps of it."""
    (ln2_high, ln2_low), reciprocals, high, low = _table()
    bits = x.view(np.int64)
    t = bits - _OFFSET
    e = t >> 52
    cell = t >> (52 - _CELLS)
    cell &= (1 << _CELLS) - 1
    m = (bits - (e << 52)).view(F64)
    # f = m * r - 1, exactly f + f_low: both products have few enough bits.
    r = reciprocals.take(cell)
    head = (m.view(np.int64) & _HEAD).view(F64)
    m -= head
    m *= r
    head *= r
    head -= 1.0
    f = head + m
    m -= f - head
    # f * f, exactly square + square_low
    f_head = (f.view(np.int64) & _HEAD).view(F64)
    square = f_head * f_head
    square_low = (f - f_head) * (f + f_head)
    tail = f * (1 / 9)
    for c in (-1 / 8, 1 / 7, -1 / 6, 1 / 5, -1 / 4, 1 / 3):
        tail += c
        tail *= f
    tail *= square + square_low
    exponent = e.astype(F64)
    small = m  # f_low
    small += tail
    square_low *= 0.5
    small -= square_low
    small += low.take(cell)
    small += exponent * ln2_low
    # What is left cancels to nearly nothing, without rounding up to f * f.
    exponent *= ln2_high
    exponent += high.take(cell)
    exponent -= y
    exponent += f
    square *= 0.5
    exponent -= square
    exponent += small
    return exponent
