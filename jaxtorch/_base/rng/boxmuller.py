"""PyTorch's block normals: Box-Muller over sixteen uniforms, number j of a block paired with j + 8.

In float32 PyTorch runs the Cephes logarithm, sine and cosine on eight lanes with fused multiply-adds, so its results
carry the rounding of every step, and here every step is taken. A fused step is a float64 product (exact) and sum,
rounded to float32. That could round twice where the float64 sum lies on a float32 midpoint; the arguments are 24-bit
integers, and over all 2**24 of them it never happens, so no step checks for it. For the same reason the steps whose
product is exact in float32 anyway are taken in float32.
"""

from __future__ import annotations

import math

import numpy as np

from jaxtorch._base.rng.engine import MersenneTwister, draws
from jaxtorch._base.rng.libm import exact
from jaxtorch._base.rng.rounding import F32, F64, fma32, fma64, from_float32
from jaxtorch._base.rng.uniform import bits24, unit53

BLOCK = 16
_CHUNK = 32768  # numbers worked on at a time: the temporaries fit the cache, and the calls do not show
_LANES = np.dtype("V32")  # eight float32: one half of a block, moved as one item


def _f32(*values: float) -> tuple[np.ndarray, ...]:
    """0-d arrays: a ufunc takes them without the conversion a Python number costs."""
    return tuple(np.array(v, F32) for v in values)


def _i32(*values: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array(v, np.int32) for v in values)


# ----- Cephes logf -----
_LOG_FIRST, *_LOG_REST = (
    np.array(F32.type(v), F64)
    for v in (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
              -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
)  # fmt: skip
_ONE, _HALF, _MINUS_TWO, _LN2_LOW, _LN2_HIGH = _f32(1.0, 0.5, -2.0, -2.12194440e-4, 0.693359375)
_SQRT_HALF = np.array(0.707106781186547524, F32).view(np.int32)
_2_24, _SCALED_SQRT_HALF, _FRACTION, _23 = _i32(1 << 24, int(_SQRT_HALF) + (24 << 23), 0x7FFFFF, 23)

# ----- Cephes sincosf: the two polynomials run side by side as the rows (cosine, sine) -----
_TRIG = tuple(
    np.array(pair, F32).astype(F64).reshape(2, 1)
    for pair in ((2.443315711809948e-5, -1.9515295891e-4), (-1.388731625493765e-3, 8.3321608736e-3),
                 (4.166664568298827e-2, -1.6666654611e-1))
)  # fmt: skip
_TWO_PI_ULP, _FOUR_OVER_PI = _f32(float(F32.type(2.0 * math.pi)) * 2.0**-24, 1.27323954473516)
_PI_4_HIGH, _PI_4_MID = _f32(-0.78515625, -2.4187564849853515625e-4)
_PI_4_LOW = np.array(F32.type(-3.77489497744594108e-8), F64)
_MINUS_HALF, _ZERO = _f32(-0.5, 0.0)
_I1, _EVEN, _I4, _29, _30, _31 = _i32(1, ~1, 4, 29, 30, 31)
_SIGNS = np.array([[2], [0]], np.int32)  # sine is negative where j & 4, cosine where j is 2 or 4: where (j + 2) & 4


def radius(k: np.ndarray) -> np.ndarray:
    """sqrt(-2 log(1 - k / 2**24)) of int32 numbers k, as float32. Overwrites k."""
    np.subtract(_2_24, k, k)
    t = k.astype(F32).view(np.int32)
    # 1 - u = m * 2**e with sqrt(1/2) <= m < sqrt(2): Cephes' two branches in one.
    t -= _SCALED_SQRT_HALF
    e = t >> _23
    t &= _FRACTION
    t += _SQRT_HALF
    x = t.view(F32)
    x -= _ONE
    e = e.astype(F32)
    x64 = x.astype(F64)
    y32 = x * x
    z64 = y32.astype(F64)
    half_z = y32 * _HALF
    y64 = x64 * _LOG_FIRST
    for c in _LOG_REST:
        y64 += c
        y32[...] = y64
        y64[...] = y32
        y64 *= x64
    y32[...] = y64
    y64[...] = y32
    y64 *= z64
    y64 += e * _LN2_LOW
    y32[...] = y64
    y32 -= half_z
    x += y32
    e *= _LN2_HIGH
    x += e
    x *= _MINUS_TWO
    return np.sqrt(x, x)


def cos_sin(k: np.ndarray) -> np.ndarray:
    """Cosine and sine of 2 pi k / 2**24 for int32 numbers k, as the rows of a float32 array."""
    m32 = np.empty((2, k.size), F32)
    m32[1] = k
    x = m32[1]
    x *= _TWO_PI_ULP
    j = (x * _FOUR_OVER_PI).astype(np.int32)
    j += _I1
    j &= _EVEN
    y = j.astype(F32)
    x += y * _PI_4_HIGH
    x += y * _PI_4_MID
    low = y.astype(F64)
    low *= _PI_4_LOW  # the one product with more than 24 bits, and next to 3 pi / 2 it shows
    low += x
    x[...] = low
    z = np.multiply(x, x, m32[0])
    # w = ((p0 * z + p1) * z + p2) * z, then cosine w * z + (-z / 2) + 1 and sine w * x + x.
    m64 = m32.astype(F64)
    z64 = m64[0]
    w32 = np.empty_like(m32)
    w64 = z64 * _TRIG[0]
    for c in _TRIG[1:]:
        w64 += c
        w32[...] = w64
        w64[...] = w32
        w64 *= z64
    w32[...] = w64
    w64[...] = w32
    w64 *= m64
    z *= _MINUS_HALF
    w64 += m32
    w32[...] = w64
    w32[0] += _ONE
    _turn(w32.view(np.int32), j)
    return w32


def _turn(bits: np.ndarray, j: np.ndarray) -> None:
    """Carry (cosine, sine) from the octant j back to the circle: swap the rows in odd quadrants, then the signs."""
    swap = j << _30
    swap >>= _31
    swap &= bits[0] ^ bits[1]
    bits ^= swap
    sign = j + _SIGNS
    sign &= _I4
    sign <<= _29
    bits ^= sign


def fill_blocks(engine: MersenneTwister, out: np.ndarray, mean: float, std: float) -> None:
    """Fill a flat array of at least sixteen floats as PyTorch fills a contiguous tensor."""
    draw, transform = (unit53, _transform64) if out.dtype == F64 else (bits24, _transform32)
    n = out.size
    rest = n % BLOCK
    full = n - rest
    direct = (full - 1) // _CHUNK * _CHUNK if rest else full
    for start in range(0, direct, _CHUNK):
        part = out[start : min(start + _CHUNK, direct)]
        transform(draw(engine, part.size), part, mean, std)
    if not rest:
        return
    # The last sixteen numbers are made anew, from sixteen more uniforms. Before them float32 and float64 have drawn a
    # uniform for every number, the half types one for every number of a whole block.
    last = full - direct
    drawn = draw(engine, last + BLOCK + (rest if out.dtype in (F32, F64) else 0))
    work = np.empty(last + BLOCK, out.dtype)
    transform(np.concatenate([drawn[:last], drawn[-BLOCK:]]), work, mean, std)
    out[direct:full] = work[:last]
    out[n - BLOCK :] = work[last:]


def _transform32(k: np.ndarray, out: np.ndarray, mean: float, std: float) -> None:
    if draws is None or not out.flags.c_contiguous:
        _transform32_by_steps(k, out, mean, std)
    elif out.dtype == F32:
        draws.normal_blocks(k, out, mean, std)
    else:
        wide = np.empty(out.shape, F32)
        draws.normal_blocks(k, wide, mean, std)
        out[...] = from_float32(wide, out.dtype)


def _transform32_by_steps(k: np.ndarray, out: np.ndarray, mean: float, std: float) -> None:
    lanes = k.view(_LANES)
    first, second = lanes[::2].copy().view(np.int32), lanes[1::2].copy().view(np.int32)
    r = radius(first)
    normals = cos_sin(second)
    normals *= r
    if mean == 0.0 and std == 1.0:
        normals += _ZERO  # fma(n, 1, 0) turns -0 into 0
    else:
        normals = fma32(normals, float(F32.type(std)), float(F32.type(mean)))
    if out.dtype == F32:
        lanes = out.view(_LANES)
        lanes[::2], lanes[1::2] = normals.view(_LANES)
        return
    halves = from_float32(normals.reshape(-1), out.dtype).reshape(2, -1, 8)
    out.reshape(-1, 2, 8)[...] = halves.transpose(1, 0, 2)


def _transform64(u: np.ndarray, out: np.ndarray, mean: float, std: float) -> None:
    u = u.reshape(-1, 2, 8)
    r = exact("log", (1.0 - u[:, 0]).reshape(-1))
    r *= -2.0
    np.sqrt(r, r)
    theta = ((2.0 * math.pi) * u[:, 1]).reshape(-1)
    blocks = out.reshape(-1, 2, 8)
    blocks[:, 0] = fma64(r * exact("cos", theta), std, mean).reshape(-1, 8)
    blocks[:, 1] = fma64(r * exact("sin", theta), std, mean).reshape(-1, 8)
