"""PyTorch's type promotion: category before width; tensors with dimensions over 0-dim ones over Python numbers."""

from __future__ import annotations

import functools

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import BOOL, COMPLEX, FLOATING, INTEGRAL, dtype
from jaxtorch._base.modes import defaults


@functools.cache
def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest dtype both convert to, by PyTorch's table."""
    if a is b:
        return a
    if a.category > b.category:
        a, b = b, a
    if b.category == BOOL:
        return b
    if b.category == INTEGRAL:
        return b if a.category == BOOL else _promote_ints(a, b)
    if b.category == FLOATING:
        return b if a.category < FLOATING else _promote_floats(a, b)
    if a.category < FLOATING:
        return b
    wide = dtypes.float64 in (a, b) or dtypes.complex128 in (a, b)
    return dtypes.complex128 if wide else dtypes.complex64


def _promote_ints(a: dtype, b: dtype) -> dtype:
    if a.is_signed == b.is_signed:
        return a if a.itemsize >= b.itemsize else b
    signed, unsigned = (a, b) if a.is_signed else (b, a)
    if unsigned is not dtypes.uint8:
        raise RuntimeError(
            f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{a.scalar_name} and {b.scalar_name}"
        )
    return dtypes.int16 if signed is dtypes.int8 else signed


def _promote_floats(a: dtype, b: dtype) -> dtype:
    if a.itemsize == 1 or b.itemsize == 1:
        raise RuntimeError(
            f"Promotion for Float8 Types is not supported, attempted to promote {a.scalar_name} and {b.scalar_name}"
        )
    if a.itemsize == b.itemsize:  # float16 with bfloat16
        return dtypes.float32
    return a if a.itemsize > b.itemsize else b


def result_type(avals) -> dtype:
    """The dtype an elementwise op computes in, from the avals of its inputs."""
    dim = zero = number = None
    for a in avals:
        if a.weak:
            kind = _number_dtype(a.dtype)
            number = kind if number is None else promote_types(number, kind)
        elif a.ndim:
            dim = a.dtype if dim is None else promote_types(dim, a.dtype)
        else:
            zero = a.dtype if zero is None else promote_types(zero, a.dtype)
    return _combine(dim, _combine(zero, number))


def _number_dtype(d: dtype) -> dtype:
    if d.category == FLOATING:
        return defaults.dtype
    return defaults.dtype.to_complex() if d.category == COMPLEX else d


def _combine(higher: dtype | None, lower: dtype | None) -> dtype:
    if higher is None:
        return lower  # type: ignore[return-value]  # at least one is given
    if lower is None or higher.category == COMPLEX:
        return higher
    if higher.category == FLOATING:
        return higher.to_complex() if lower.category == COMPLEX else higher
    return promote_types(higher, lower) if higher.category == BOOL or lower.category >= FLOATING else higher


def can_cast(source: dtype, target: dtype) -> bool:
    """Whether PyTorch allows writing a result of `source` into a tensor of `target`."""
    if source.category == COMPLEX and target.category != COMPLEX:
        return False
    if source.category == FLOATING and target.category < FLOATING:
        return False
    return not (target.category == BOOL and source.category != BOOL)
