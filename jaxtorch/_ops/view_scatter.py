"""Copies of a tensor with one of its views replaced: select_scatter, slice_scatter and their like."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.gather import position_type
from jaxtorch._ops.scatter import write
from jaxtorch._ops.shape import cast
from jaxtorch._ops.table import op


def _fitting(src, input, shape):
    if src.shape != tuple(shape):
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
            f"slice size = {list(shape)}"
        )
    return cast(src, from_numpy_dtype(input.dtype))


@op("select_scatter(Tensor input, Tensor src, int dim, int index) -> Tensor", grad="linear")
def select_scatter(input, src, *, dim, index):
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = wrap_dim(dim, input.ndim)
    size = input.shape[d]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {d}"
        )
    new = _fitting(src, input, input.shape[:d] + input.shape[d + 1 :])
    return lax.dynamic_update_slice_in_dim(input, jnp.expand_dims(new, d), index % size, d)


@op(
    "slice_scatter(Tensor input, Tensor src, int dim=0, int? start=None, int? end=None, int step=1) -> Tensor",
    grad="linear",
    variants="fmo",
)
def slice_scatter(input, src, *, dim, start, end, step):
    if not input.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    d = wrap_dim(dim, input.ndim)
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    begin, stop, _ = slice(start, end).indices(input.shape[d])
    index = (slice(None),) * d + (slice(begin, max(begin, stop), step),)
    length = len(range(begin, stop, step))
    new = _fitting(src, input, input.shape[:d] + (length,) + input.shape[d + 1 :])
    return input.at[index].set(new) if new.size else input


@op("diagonal_scatter(Tensor input, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor", grad="linear")
def diagonal_scatter(input, src, *, offset, dim1, dim2):
    first, second = wrap_dim(dim1, input.ndim), wrap_dim(dim2, input.ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    x = jnp.moveaxis(input, (first, second), (-2, -1))
    rows, columns = x.shape[-2:]
    length = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)
    new = _fitting(src, input, (*x.shape[:-2], length))
    i = jnp.arange(length)
    x = x.at[..., i - min(offset, 0), i + max(offset, 0)].set(new, unique_indices=True)
    return jnp.moveaxis(x, (-2, -1), (first, second))


@op(
    "as_strided_scatter(Tensor input, Tensor src, int[] size, int[] stride, int? storage_offset=None) -> Tensor",
    grad="linear",
)
def as_strided_scatter(input, src, *, size, stride, storage_offset):
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    start = storage_offset or 0
    needed = 0 if 0 in size else start + 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if needed > input.size:
        item = input.dtype.itemsize
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {start}, and "
            f"itemsize {item} requiring a storage size of {needed * item} are out of bounds for storage "
            f"of size {input.size * item}"
        )
    kind = position_type(input.shape)
    where = jnp.full(size, start, kind)
    for d, s in enumerate(stride):
        where = where + lax.broadcasted_iota(kind, size, d) * jnp.asarray(s, kind)
    return write(input, where.reshape(-1), _fitting(src, input, size).reshape(-1))
