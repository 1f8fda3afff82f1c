"""Shape operations that make new memory: joining, repeating, reversing, diagonals, copies and casts.

Operations that alias their input (view, transpose, slices ...) live in `views.py`.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import dtype as dtype_t
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import wrap_dim, wrap_dims
from jaxtorch._ops.layouts import joined
from jaxtorch._ops.table import op


def check_size(size) -> None:
    """RuntimeError as PyTorch gives for a negative dimension."""
    for s in size:
        if s < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {s}: {list(size)}")


# ----- Joining -----


@op(
    "cat(Tensor[] tensors, int dim=0) -> Tensor",
    promote="default",
    opmath=False,
    grad="linear",
    variants="fo",
    aliases=("concat", "concatenate"),
    layout=joined,
)
def cat(tensors, *, dim):
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, t in enumerate(tensors):
        if t.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    # Empty 1-D tensors fit anything: a habit from the time when empty tensors had no shape.
    kept = [(i, t) for i, t in enumerate(tensors) if t.shape != (0,)]
    if not kept:
        return tensors[0]
    first = kept[0][1]
    axis = wrap_dim(dim, first.ndim)
    for i, t in kept[1:]:
        if t.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {t.ndim}")
        for d, (want, got) in enumerate(zip(first.shape, t.shape, strict=True)):
            if d != axis and want != got:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {want} but "
                    f"got size {got} for tensor number {i} in the list."
                )
    return lax.concatenate([t for _, t in kept], axis) if len(kept) > 1 else first


@op("stack(Tensor[] tensors, int dim=0) -> Tensor", promote="default", opmath=False, grad="linear", variants="fo")
def stack(tensors, *, dim):
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tensors[0]
    axis = wrap_dim(dim, first.ndim + 1)
    for i, t in enumerate(tensors):
        if t.shape != first.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first.shape)} at entry 0 "
                f"and {list(t.shape)} at entry {i}"
            )
    return lax.concatenate([lax.expand_dims(t, (axis,)) for t in tensors], axis)


# ----- Repeating -----


@op("repeat(Tensor input, int[] repeats) -> Tensor", grad="linear", variants="m")
def repeat(input, *, repeats):
    if len(repeats) < input.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    shape = (1,) * (len(repeats) - input.ndim) + input.shape
    check_size([s * r for s, r in zip(shape, repeats, strict=True)])
    spread = tuple(n for s, r in zip(shape, repeats, strict=True) for n in (r, s))
    return lax.broadcast_in_dim(input.reshape(shape), spread, tuple(range(1, len(spread), 2))).reshape(
        [s * r for s, r in zip(shape, repeats, strict=True)]
    )


@op("tile(Tensor input, int[] dims) -> Tensor", grad="linear", variants="fm", grad_name="RepeatBackward0")
def tile(input, *, dims):
    return repeat(input, repeats=(1,) * (input.ndim - len(dims)) + tuple(dims))


@op(
    "repeat_interleave.self_int(Tensor input, int repeats, int? dim=None, *, int? output_size=None) -> Tensor",
    grad="linear",
    grad_name="ViewBackward0",
)
def repeat_interleave(input, *, repeats, dim, output_size):
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    x = input.reshape(-1) if dim is None else jnp.atleast_1d(input)
    axis = 0 if dim is None else wrap_dim(dim, input.ndim)
    total = x.shape[axis] * repeats
    if output_size is not None and output_size != total:
        raise RuntimeError(f"repeat_interleave: Invalid output_size, expected {total} but got {output_size}")
    spread = x.shape[: axis + 1] + (repeats,) + x.shape[axis + 1 :]
    kept = tuple(d for d in range(len(spread)) if d != axis + 1)
    return lax.broadcast_in_dim(x, spread, kept).reshape(x.shape[:axis] + (total,) + x.shape[axis + 1 :])


def _check_repeats(input, repeats, *, dim, output_size):
    counts = jnp.broadcast_to(repeats, (input.shape[dim],))
    return [
        (counts >= 0, RuntimeError, "repeats can not be negative"),
        (counts.sum() == output_size, RuntimeError, "allocated size does not match required size"),
    ]


# The core of repeat_interleave with tensor repeats: the caller has picked the dimension and knows the sum.
@op(
    "_repeat_interleave(Tensor input, Tensor repeats, *, int dim, int output_size) -> Tensor",
    grad="bilinear",
    saves=("repeats",),
    variants="f",
    check=_check_repeats,
)
def _repeat_interleave(input, repeats, *, dim, output_size):
    if repeats.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if from_numpy_dtype(repeats.dtype) not in (dtypes.int32, dtypes.int64):
        raise NotImplementedError(
            f"\"repeat_interleave_cpu\" not implemented for '{from_numpy_dtype(repeats.dtype).scalar_name}'"
        )
    size = input.shape[dim]
    if repeats.size not in (1, size) or (repeats.ndim == 1 and repeats.size != size and repeats.size != 1):
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{repeats.size} and input.size({dim}) = {size}"
        )
    counts = jnp.broadcast_to(repeats.reshape(-1), (size,))
    source = jnp.repeat(jnp.arange(size), counts, total_repeat_length=output_size)
    return jnp.take(input, source, axis=dim, mode="clip")


# ----- Reversing and rolling -----


@op("roll(Tensor input, int[1] shifts, int[1]? dims=None) -> Tensor", grad="linear")
def roll(input, *, shifts, dims):
    dims = dims or ()
    if not shifts:
        raise RuntimeError("`shifts` required")
    if not dims and len(shifts) == 1:
        return jnp.roll(input, shifts[0])
    if len(dims) != len(shifts):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    return jnp.roll(input, shifts, [wrap_dim(d, input.ndim) for d in dims])


@op("flip(Tensor input, int[] dims) -> Tensor", grad="linear")
def flip(input, *, dims):
    axes = wrap_dims(dims, input.ndim)
    return lax.rev(input, axes) if input.ndim else input


@op("fliplr(Tensor input) -> Tensor", grad="linear", grad_name="FlipBackward0")
def fliplr(input):
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return lax.rev(input, (1,))


@op("flipud(Tensor input) -> Tensor", grad="linear", grad_name="FlipBackward0")
def flipud(input):
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return lax.rev(input, (0,))


# ----- Diagonals -----


def _embed(input, offset: int, dim1: int, dim2: int):
    rank = input.ndim + 1
    first, second = wrap_dim(dim1, rank), wrap_dim(dim2, rank)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input.shape[-1] + abs(offset)
    # Value j of the diagonal sits at row j + max(-offset, 0): pad so that it is a column vector, then mask.
    padding = [(0, 0, 0)] * (input.ndim - 1) + [(max(-offset, 0), max(offset, 0), 0)]
    column = lax.expand_dims(lax.pad(input, jnp.zeros((), input.dtype), padding), (input.ndim,))
    row, col = jnp.arange(size)[:, None], jnp.arange(size)[None, :]
    made = jnp.where(col - row == offset, column, jnp.zeros((), input.dtype))
    return jnp.moveaxis(made, (-2, -1), (first, second))


@op("diag_embed(Tensor input, int offset=0, int dim1=-2, int dim2=-1) -> Tensor", grad="linear")
def diag_embed(input, *, offset, dim1, dim2):
    return _embed(input, offset, dim1, dim2)


@op("diag(Tensor input, int diagonal=0) -> Tensor", grad="linear", variants="fmo", grad_name="DiagEmbedBackward0")
def diag(input, *, diagonal):
    if input.ndim == 1:
        return _embed(input, diagonal, -2, -1)
    if input.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return jnp.diagonal(input, diagonal)


@op("diagflat(Tensor input, int offset=0) -> Tensor", grad="linear", grad_name="DiagEmbedBackward0")
def diagflat(input, *, offset):
    return _embed(input.reshape(-1), offset, -2, -1)


# ----- Copies and casts -----


@op("clone(Tensor input, *, any memory_format=None) -> Tensor", grad="linear")
def clone(input, *, memory_format):
    return input


def cast(x, target: dtype_t):
    """`x` as dtype `target`, with the meaning of a C cast as PyTorch's CPU kernels have it."""
    source = from_numpy_dtype(x.dtype)
    if source is target:
        return x
    if target.category == dtypes.BOOL:
        return x != 0
    if source.is_complex and not target.is_complex:
        return cast(lax.real(x), target)
    if source.is_floating_point and target.category == dtypes.INTEGRAL:
        return _truncate(x, target)
    if target.is_floating_point and target.itemsize <= 2 and source is not dtypes.float32:
        x = x.astype(jnp.float32)  # PyTorch rounds to float32 on the way to the small types
    if target is dtypes.float8_e4m3fn:
        x = _saturate(x.astype(jnp.float32))
    return x.astype(target.numpy_dtype)


@jax.custom_jvp
def _saturate(x):
    """float8_e4m3fn has no inf: PyTorch saturates where XLA gives nan, and passes the gradient on."""
    limit = jnp.asarray(448.0, x.dtype)
    return jnp.clip(x, -limit, limit)


@_saturate.defjvp
def _(primals, tangents):
    return _saturate(*primals), tangents[0]


def _truncate(x, target: dtype_t):
    """Float to int: XLA saturates and gives 0 for nan, the processor gives the smallest int and wraps narrow types."""
    via = jnp.int64 if target.itemsize == 8 or target is dtypes.uint32 else jnp.int32
    if x.dtype.itemsize < 4:
        x = x.astype(jnp.float32)
    low = jnp.asarray(-math.ldexp(1.0, 63 if via is jnp.int64 else 31), x.dtype)
    fits = (x >= low) & (x < -low)
    return jnp.where(fits, x.astype(via), jnp.iinfo(via).min).astype(target.numpy_dtype)


@op("_to_copy(Tensor input, *, dtype dtype) -> Tensor", grad="linear", variants="f", grad_name="ToCopyBackward0")
def _to_copy(input, *, dtype):
    return cast(input, dtype)
