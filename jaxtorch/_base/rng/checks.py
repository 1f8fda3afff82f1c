"""What a sampler accepts, and PyTorch's words for what it does not."""

from __future__ import annotations

import math
import warnings

import numpy as np

from jaxtorch._base.dtypes import DTYPES
from jaxtorch._base.rng.rounding import BF16, F16, F32, F64, FLOATS, from_float64

SCALAR_NAMES = {d.numpy_dtype: d.scalar_name for d in DTYPES.values()}
BOOL, I64 = np.dtype(np.bool_), np.dtype(np.int64)
INTEGERS = tuple(np.dtype(t) for t in (np.int64, np.int32, np.int16, np.int8, np.uint8))
UNSIGNED = tuple(np.dtype(t) for t in (np.uint16, np.uint32, np.uint64))
ALL_FLOATS = frozenset(d.numpy_dtype for d in DTYPES.values() if d.is_floating_point)
COMPLEX: dict[np.dtype, np.dtype] = {np.dtype(np.complex64): F32, np.dtype(np.complex128): F64}

MANTISSA = {F64: 53, F32: 24, F16: 11, BF16: 8}  # the widest integers a float dtype counts through, in bits
_LARGEST = {F64: 1.7976931348623157e308, F32: 3.4028234663852886e38, F16: 65504.0, BF16: 3.3895313892515355e38}
_C_NAMES = {
    F64: "double", F32: "float", F16: "c10::Half", BF16: "c10::BFloat16", BOOL: "bool",
    **{np.dtype(t): name for t, name in (
        (np.int64, "long int"), (np.int32, "int"), (np.int16, "short int"), (np.int8, "signed char"),
        (np.uint8, "unsigned char"), (np.uint16, "short unsigned int"), (np.uint32, "unsigned int"),
        (np.uint64, "long unsigned int"), (np.complex64, "c10::complex<float>"),
        (np.complex128, "c10::complex<double>"))},
}  # fmt: skip


def scalar_name(dtype: np.dtype) -> str:
    return SCALAR_NAMES.get(dtype, str(dtype))


def c_name(dtype: np.dtype) -> str:
    return _C_NAMES.get(dtype, f"c10::{scalar_name(dtype)}")


def require(dtype: np.dtype, allowed: tuple[np.dtype, ...], kernel: str) -> None:
    """Raise as PyTorch's dispatch does for a dtype the kernel does not have."""
    if dtype not in allowed:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_name(dtype)}'")


def uniform_bounds(low: float, high: float, dtype: np.dtype) -> None:
    """Check the bounds of `uniform_`."""
    limit = _LARGEST.get(dtype)
    if limit is None:
        require(dtype, FLOATS, "check_uniform_bounds")
    elif not -limit <= low <= limit:
        raise RuntimeError(f"from is out of bounds for {c_name(dtype)}")
    elif not -limit <= high <= limit:
        raise RuntimeError(f"to is out of bounds for {c_name(dtype)}")
    elif not low <= high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    elif not high - low <= limit:
        raise RuntimeError(f"uniform_ expects to-from <= std::numeric_limits<{scalar_name(dtype)}>::max(), but found "
                           f"to={high:g} and from={low:g} which result in to-from to exceed the limit")  # fmt: skip


# ----- integer bounds of random_ -----


def as_long(value: int, dtype: np.dtype) -> int:
    """The integer after a round trip through the dtype; what does not fit is the least int64, as on x86."""
    back = float(from_float64(np.array([value]).astype(F32 if dtype != F64 else F64).astype(F64), dtype)[0])
    return int(back) if math.isfinite(back) and -(2.0**63) <= back < 2.0**63 else -(1 << 63)


def _spacing(value: int, dtype: np.dtype) -> int:
    shift = max(abs(value).bit_length() - 1, 0) - MANTISSA[dtype] + 1
    return 1 << shift if shift >= 0 else 0


def tighten_from(low: int, dtype: np.dtype) -> int:
    """The lower bound moved up to a value whose cast to a float dtype stays inside."""
    rounded = as_long(low + 1, dtype)
    return rounded + _spacing(low + 1, dtype) if rounded < low else low


def tighten_to(high: int, dtype: np.dtype) -> int:
    """The upper bound moved down to a value whose predecessor, cast to a float dtype, stays inside."""
    rounded = as_long(high - 1, dtype)
    return rounded - _spacing(high - 1, dtype) if rounded >= high else high


def countable(n: int, dtype: np.dtype) -> None:
    """Check that the dtype of a `randperm` holds n - 1; PyTorch asks nothing of bfloat16."""
    if dtype in MANTISSA and dtype != BF16:
        digits = MANTISSA[dtype]
        limit = str((1 << digits) + 1) if dtype == F16 else f"2^{digits}+1"
        if n > (1 << digits) + 1:
            raise RuntimeError(f"n cannot be greater than {limit} for {scalar_name(dtype)} type.")
    elif (dtype in INTEGERS or dtype in UNSIGNED) and n - 1 > np.iinfo(dtype).max:
        raise RuntimeError(f"value cannot be converted to type {dtype}_t without overflow")


# What an int64 bound may be; PyTorch's check of uint64 ends there.
INTEGER_LIMITS = {
    BOOL: (0, 1),
    **{d: (int(i.min), min(int(i.max), (1 << 63) - 1)) for d in (*INTEGERS, *UNSIGNED) for i in [np.iinfo(d.type)]},
}


def integer_bounds(low: int, last: int, dtype: np.dtype) -> None:
    """Check that low and last, both inclusive, are values of the dtype."""
    name = c_name(dtype)
    if dtype in MANTISSA:
        limit: float = _LARGEST[dtype]
        least: float = -limit
    elif dtype in INTEGER_LIMITS:
        least, limit = INTEGER_LIMITS[dtype]
    else:
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    for value, label in ((low, "from"), (last, "to - 1")):
        if not least <= value <= limit:
            raise RuntimeError(f"{label} is out of bounds for {name}")
        digits = MANTISSA.get(dtype)
        if digits is not None and abs(value) > 1 << digits:
            warnings.warn(
                f"{label} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations {name} can "
                "support discrete uniform distribution only within this range. This warning will become an error in "
                "version 1.7 release, please fix the code in advance",
            )
