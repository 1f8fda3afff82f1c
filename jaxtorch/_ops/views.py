"""View ops: functions that read a part of memory, and how a write through them goes back.

`write(base, new, ...)` gives the base with the viewed part replaced. Ops without one go through an index map: the view
of `arange` says where each element lives. Python integers that change from call to call (a row number, a slice start)
are runtime arguments, so that `x[i]` in a loop is one compiled call.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np

from jaxtorch._base.dtypes import DTYPES
from jaxtorch._base.dtypes import dtype as dtype_
from jaxtorch._ops.table import TABLE, op


def write_through_index_map(view, base, new):
    """Replace the elements of `base` that `view` shows by `new`."""
    where = view(jnp.arange(base.size).reshape(base.shape))
    return base.ravel().at[where.ravel()].set(new.ravel()).reshape(base.shape)


def _write_view(base, new, *, size):
    return new.reshape(base.shape)


@op("_view(Tensor input, *, int[] size) -> Tensor", grad="linear", variants="", view=_write_view)
def view(input, *, size):
    return input.reshape(size)


def _inverse(order) -> tuple[int, ...]:
    return tuple(int(d) for d in np.argsort(order))


def _write_permute(base, new, *, dims):
    return jnp.transpose(new, _inverse(dims))


@op("_permute(Tensor input, *, int[] dims) -> Tensor", grad="linear", variants="", view=_write_permute)
def permute(input, *, dims):
    return jnp.transpose(input, dims)


@op("_expand(Tensor input, *, int[] size) -> Tensor", grad="linear", variants="", view=True)
def expand(input, *, size):
    return jnp.broadcast_to(input, size)


# ----- Basic indexing: one op for select, slice, narrow, None -----
# spec: for each input dimension ("keep",), ("select",), ("slice", length, step), or ("range", start, length, step);
# `starts` holds the runtime integers of "select" and "slice". New axes are inserted by a `_view` behind it.


def _sizes_and_starts(input, starts, spec):
    runtime = iter(starts)
    begin: list = []
    length: list[int] = []
    step: list[int] = []
    squeeze: list[int] = []

    def add(start, size, stride):
        begin.append(start)
        length.append(size)
        step.append(stride)

    for dim, (kind, *rest) in enumerate(spec):
        if kind == "keep":
            add(0, input.shape[dim], 1)
        elif kind == "select":
            add(next(runtime), 1, 1)
            squeeze.append(dim)
        elif kind == "slice":
            add(next(runtime), rest[0], rest[1])
        else:
            add(rest[0], rest[1], rest[2])
    return begin, length, step, squeeze


def _write_basic(base, new, starts, *, spec):
    begin, length, step, squeeze = _sizes_and_starts(base, starts, spec)
    new = jnp.expand_dims(new, squeeze)
    if all(s == 1 for s in step):
        return jax.lax.dynamic_update_slice(base, new, [jnp.asarray(b, jnp.int64) for b in begin])
    if all(isinstance(b, int) for b in begin):
        index = tuple(slice(b, b + (n - 1) * s + 1 if n else b, s) for b, n, s in zip(begin, length, step, strict=True))
        return base.at[index].set(new)
    return write_through_index_map(lambda x: basic_index(x, starts, spec=spec), base, new)


@op("_basic_index(Tensor input, Tensor[] starts, *, any spec) -> Tensor", grad="linear", variants="", view=_write_basic)
def basic_index(input, starts, *, spec):
    begin, length, step, squeeze = _sizes_and_starts(input, starts, spec)
    if all(isinstance(b, int) for b in begin):
        stop = [b + (n - 1) * s + 1 if n else b for b, n, s in zip(begin, length, step, strict=True)]
        return jnp.squeeze(jax.lax.slice(input, begin, stop, step), squeeze)
    span = [(n - 1) * s + 1 if n else 0 for n, s in zip(length, step, strict=True)]
    part = jax.lax.dynamic_slice(input, [jnp.asarray(b, jnp.int64) for b in begin], span)
    if any(s != 1 for s in step):
        part = jax.lax.slice(part, [0] * part.ndim, span, step)
    return jnp.squeeze(part, squeeze)


# ----- Views by an index map -----


@op("_diagonal(Tensor input, *, int offset, int dim1, int dim2) -> Tensor", grad="linear", variants="", view=True)
def diagonal(input, *, offset, dim1, dim2):
    return jnp.diagonal(input, offset, dim1, dim2)


@op("_unfold(Tensor input, *, int dimension, int size, int step) -> Tensor", grad="linear", variants="", view=True)
def unfold(input, *, dimension, size, step):
    count = (input.shape[dimension] - size) // step + 1
    where = np.arange(count)[:, None] * step + np.arange(size)[None, :]
    taken = jnp.take(input, where, axis=dimension)  # (..., count, size, ...)
    return jnp.moveaxis(taken, dimension + 1, -1)


@op(
    "_as_strided(Tensor input, *, int[] size, int[] stride, int storage_offset) -> Tensor",
    grad="linear",
    variants="",
    view=True,
)
def as_strided(input, *, size, stride, storage_offset):
    """`input` is flat memory."""
    if 0 not in size and _is_dense(size, stride):
        # No map of indices: it would be as large as the tensor, which may be on `meta` and larger than memory.
        part = input[storage_offset : storage_offset + math.prod(size)]
        return _read_memory(part, size, stride)
    where = np.full(size, storage_offset, np.int64)
    for dim, (n, step) in enumerate(zip(size, stride, strict=True)):
        where = where + (np.arange(n, dtype=np.int64) * step).reshape([-1 if d == dim else 1 for d in range(len(size))])
    return input[where] if math.prod(size) else jnp.zeros(size, input.dtype)


@op(
    "_as_strided_part(Tensor input, *, int[] own, int own_offset, int length, int[] size, int[] stride, int offset) -> "
    "Tensor",
    grad="linear",
    variants="",
    grad_name="AsStridedBackward0",
)
def as_strided_part(input, *, own, own_offset, length, size, stride, offset):
    """`as_strided` of a tensor that shows a part of its memory, for the derivative: the rest is constant."""
    memory = jnp.zeros(length, input.dtype)
    where = as_strided(np.arange(length), size=input.shape, stride=own, storage_offset=own_offset)
    memory = memory.at[where.reshape(-1)].set(input.reshape(-1))
    return as_strided(memory, size=size, stride=stride, storage_offset=offset)


def _is_dense(shape, strides) -> bool:
    """Whether the elements lie side by side, in any order of the dimensions."""
    step = 1
    for d in reversed(memory_order(shape, strides)):
        if shape[d] != 1 and strides[d] != step:
            return False
        step *= shape[d]
    return True


def _read_memory(memory, shape, strides):
    order = memory_order(shape, strides)
    return jnp.transpose(memory.reshape([shape[d] for d in order]), _inverse(order))


def _write_memory(base, new, *, strides):
    order = memory_order(base.shape, strides)
    return jnp.transpose(new.reshape([base.shape[d] for d in order]), _inverse(order))


def memory_order(shape, strides) -> tuple[int, ...]:
    """Dimensions from the slowest to the quickest in memory."""
    return tuple(sorted(range(len(shape)), key=lambda d: (-strides[d], d)))


@op("_memory(Tensor input, *, int[] strides) -> Tensor", grad="linear", variants="", view=_write_memory)
def memory(input, *, strides):
    """The elements in the order in which they lie in memory, flat."""
    return jnp.transpose(input, memory_order(input.shape, strides)).reshape(-1)


# ----- Views that reinterpret elements -----


def _write_conj(base, new):
    return jnp.conj(new)


@op("_conj(Tensor input) -> Tensor", grad="linear", variants="", view=_write_conj)
def conj(input):
    return jnp.conj(input)


def _write_negative(base, new):
    return -new


@op("_negative_view(Tensor input) -> Tensor", grad="linear", variants="", view=_write_negative)
def negative_view(input):
    return -input


def _write_real(base, new):
    return jax.lax.complex(new, jnp.imag(base))


@op("_real(Tensor input) -> Tensor", grad="linear", variants="", view=_write_real)
def real(input):
    return jnp.real(input)


def _write_imag(base, new):
    return jax.lax.complex(jnp.real(base), new)


@op("_imag(Tensor input) -> Tensor", grad="linear", variants="", view=_write_imag)
def imag(input):
    return jnp.imag(input)


def _write_view_as_real(base, new):
    return jax.lax.complex(new[..., 0], new[..., 1])


@op("_view_as_real(Tensor input) -> Tensor", grad="linear", variants="", view=_write_view_as_real)
def view_as_real(input):
    return jnp.stack([jnp.real(input), jnp.imag(input)], -1)


def _write_view_as_complex(base, new):
    return jnp.stack([jnp.real(new), jnp.imag(new)], -1)


@op("_view_as_complex(Tensor input) -> Tensor", grad="linear", variants="", view=_write_view_as_complex)
def view_as_complex(input):
    return jax.lax.complex(input[..., 0], input[..., 1])


def _bitcast(x, target: dtype_):
    source = x.dtype
    to = target.numpy_dtype
    if np.issubdtype(source, np.complexfloating):
        x = view_as_real(x).reshape(*x.shape[:-1], 2 * x.shape[-1])
    final = to
    if np.issubdtype(to, np.complexfloating):
        to = np.dtype(np.float32 if to == np.complex64 else np.float64)
    if x.dtype == np.bool_:
        x = x.astype(np.uint8)
    as_bool = to == np.bool_
    to = np.dtype(np.uint8) if as_bool else to
    wide, narrow = x.dtype.itemsize, to.itemsize
    if narrow > wide:
        x = x.reshape(*x.shape[:-1], x.shape[-1] * wide // narrow, narrow // wide)
    x = jax.lax.bitcast_convert_type(x, to)
    if narrow < wide:
        x = x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])
    if np.issubdtype(final, np.complexfloating):
        x = x.reshape(*x.shape[:-1], x.shape[-1] // 2, 2)
        return jax.lax.complex(x[..., 0], x[..., 1])
    return x.astype(np.bool_) if as_bool else x


def _write_view_dtype(base, new, *, dtype):
    back = next(d for d in DTYPES.values() if d.numpy_dtype == base.dtype)
    return _bitcast(new, back).reshape(base.shape)


@op("_view_dtype(Tensor input, *, dtype dtype) -> Tensor", grad="none", variants="", view=_write_view_dtype)
def view_dtype(input, *, dtype):
    if input.ndim == 0:
        return _bitcast(input[None], dtype)[0]
    return _bitcast(input, dtype)


VIEW_OPS = {name: made for name, made in TABLE.items() if made.view is not None}
