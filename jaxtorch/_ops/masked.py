"""Selecting by boolean masks: where, masked_fill, masked_scatter."""

from __future__ import annotations

import jax.numpy as jnp

from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.checks import CPP_NAMES, as_type_of, c_name, dtype_name
from jaxtorch._ops.gather import IN_BOUNDS
from jaxtorch._ops.pointwise import is_integral
from jaxtorch._ops.table import op


@op(
    "where(Tensor condition, Tensor|Scalar input, Tensor|Scalar other) -> Tensor",
    promote="default",
    participants=("input", "other"),
    opmath=False,
    pointwise=True,
    grad="linear",
    saves=("condition",),
    variants="fo",
)
def where(condition, input, other):
    if condition.dtype not in (jnp.bool_, jnp.uint8):
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {dtype_name(condition)}"
        )
    shape = broadcast_shapes(broadcast_shapes(condition.shape, input.shape), other.shape)
    return jnp.broadcast_to(jnp.where(condition != 0, input, other), shape)


def _check_value(input, mask, value):
    # Whole numbers alone: a program has NaN or infinity for the others.
    if bool in (input.dtype, value.dtype) or not (is_integral(input) and is_integral(value)):
        return []
    if value.dtype.itemsize <= input.dtype.itemsize:
        return []
    low, high = jnp.iinfo(input.dtype).min, jnp.iinfo(input.dtype).max
    return (
        (value >= (low or -high)) & (value <= high),
        RuntimeError,
        f"value cannot be converted to type {c_name(input)} without overflow",
    )


@op(
    "masked_fill(Tensor input, Tensor mask, Tensor|Scalar value) -> Tensor",
    grad="linear",
    saves=("mask",),
    variants="fmi",
    fits=("value",),
    check=_check_value,
)
def masked_fill(input, mask, value):
    if mask.dtype != jnp.bool_:
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype "
            f"{CPP_NAMES.get(from_numpy_dtype(mask.dtype).name, dtype_name(mask))}"
        )
    if value.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    shape = broadcast_shapes(mask.shape, input.shape)
    return jnp.broadcast_to(jnp.where(mask, as_type_of(value, input), input), shape)


def _check_source(input, mask, source):
    shape = broadcast_shapes(mask.shape, input.shape)
    return (
        jnp.broadcast_to(mask, shape).sum() <= source.size,
        RuntimeError,
        "Number of elements of source < number of ones in mask",
    )


@op(
    "masked_scatter(Tensor input, Tensor mask, Tensor source) -> Tensor",
    grad="linear",
    saves=("mask",),
    variants="fmi",
    check=_check_source,
)
def masked_scatter(input, mask, source):
    if mask.dtype != jnp.bool_:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {dtype_name(mask)}")
    if source.dtype != input.dtype:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got{dtype_name(input)} "
            f"and {dtype_name(source)}"
        )
    shape = broadcast_shapes(mask.shape, input.shape)
    x, where_ = jnp.broadcast_to(input, shape), jnp.broadcast_to(mask, shape)
    if not source.size:
        return x
    taken = jnp.maximum(jnp.cumsum(where_.reshape(-1), dtype=jnp.int32) - 1, 0)
    taken = jnp.minimum(taken, source.size - 1)
    values = source.reshape(-1).at[taken].get(mode=IN_BOUNDS, wrap_negative_indices=False)
    return jnp.where(where_, values.reshape(shape), x)
