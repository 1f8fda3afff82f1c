"""Unpooling, and pooling over random windows. Serves F.max_unpool{1,2,3}d and F.fractional_max_pool{2,3}d.

F.max_unpool2d finds the output size and calls `_max_unpool2d(input, indices, output_size)`; 1-D goes through 2-D.
F.fractional_max_pool2d draws `samples` (batch, channels, 2) and calls `_fractional_max_pool2d(input, samples,
kernel_size, output_size) -> (values, indices)`, and so on for 3-D.
"""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.pointwise import reject, scalar_name
from jaxtorch._ops.pool import sized
from jaxtorch._ops.table import op

# ----- Unpooling -----


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _scatter(x, indices, count: int):
    """Rows of `count` zeros with `x` put at `indices`."""
    return _into_zeros(x, indices, count, "set")


def _into_zeros(x, indices, count: int, mode: str):
    place = jax.vmap(lambda row, at: getattr(jnp.zeros(count, row.dtype).at[at], mode)(row))
    return place(x.reshape(-1, x.shape[-1]), indices.reshape(-1, x.shape[-1])).reshape(*x.shape[:-1], count)


@_scatter.defjvp
def _scatter_jvp(count, primals, tangents):
    # PyTorch gives the output's gradient to every input that has the index, overwritten ones too.
    (x, indices), (dx, _) = primals, tangents
    return _scatter(x, indices, count), _into_zeros(dx, indices, count, "add")


def _check_unpool(name: str, x, indices, output_size, n: int) -> None:
    if indices.dtype != jnp.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {scalar_name(indices)}")
    if len(output_size) != n:
        raise RuntimeError(
            f"There should be exactly {'two' if n == 2 else 'three'} elements "
            f"({'height, width' if n == 2 else 'depth, height, width'}) in output_size, but got "
            f"{len(output_size)} elements."
        )
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"Input to max_unpooling{n}d should be a {n + 1}d or {n + 2}d Tensor, but got a tensor with "
            f"{x.ndim} dimensions."
        )
    for dim in range(x.ndim - n - 1, x.ndim):
        if not x.shape[dim]:
            raise RuntimeError(
                f"max_unpooling{n}d_forward_out_cpu(): Expected input to have non-zero size for non-batch dimensions, "
                f"but got {list(x.shape)} with dimension {dim} being empty."
            )
    if x.shape != indices.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(x.shape)}) but got "
            f"indices tensor with shape: {list(indices.shape)}"
        )
    reject(x, name, BOOL, COMPLEX)


def _declare_unpool(n: int) -> None:
    def check(input, indices, *, output_size):
        count = math.prod(output_size)

        def message(at):
            wrong = next((int(i) for i in np.ravel(at) if not 0 <= i < count), 0)
            return f"Found an invalid max index: {wrong} (output volumes are of size {'x'.join(map(str, output_size))})"

        return (indices >= 0) & (indices < count), RuntimeError, message

    @op(
        f"_max_unpool{n}d(Tensor input, Tensor indices, int[{n}] output_size) -> Tensor",
        variants="f",
        grad="linear",
        grad_name=f"MaxUnpool{n}DBackward0",
        saves=("indices",),
        check=check,
        layout=channels_of_first if n == 2 else None,
    )
    def max_unpool(input, indices, *, output_size):
        _check_unpool(f"max_unpool{n}d", input, indices, output_size, n)
        lead = input.shape[: input.ndim - n]
        if not input.size:
            return jnp.zeros((*lead, *output_size), input.dtype)
        inside = math.prod(input.shape[input.ndim - n :])
        out = _scatter(input.reshape(*lead, inside), indices.reshape(*lead, inside), math.prod(output_size))
        return out.reshape(*lead, *output_size)


for _n in (2, 3):
    _declare_unpool(_n)


# ----- Random windows -----


def _starts(samples, size: int, kernel: int, count: int):
    """Where the windows over a dimension start, for each of `samples`."""
    if count == 1:
        return jnp.full((*samples.shape, 1), size - kernel, jnp.int64)
    alpha = jnp.asarray((size - kernel) / (count - 1), samples.dtype)
    steps = jnp.arange(count - 1, dtype=samples.dtype)
    starts = ((steps + samples[..., None]) * alpha).astype(jnp.int64) - (samples[..., None] * alpha).astype(jnp.int64)
    return jnp.concatenate([starts, jnp.full((*samples.shape, 1), size - kernel, jnp.int64)], -1)


def _check_fractional(name: str, x, samples, kernel, out, n: int) -> None:
    name = name if n == 2 else f"{name}_out"
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"{name}(): Expected {n + 1}D or {n + 2}D tensor with optional 0 dim batch size for input, but "
            f"got: {list(x.shape)}"
        )
    for dim in range(x.ndim - n - 1, x.ndim):
        if not x.shape[dim]:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but got{list(x.shape)} with "
                f"dimension {dim} being empty."
            )
    sides = ("time", "height", "width")[3 - n :]
    for side, o, k, size in zip(sides, out, kernel, x.shape[x.ndim - n :], strict=True):
        if o + k - 1 > size:
            raise RuntimeError(f"{name}(): pool {side} {k} too large relative to input {side} {size}")
    if samples.dtype != x.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if samples.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.ndim}")
    if samples.shape[0] < (x.shape[0] if x.ndim == n + 2 else 1):
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if samples.shape[1] != x.shape[x.ndim - n - 1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if samples.shape[2] != n:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {n}; got {samples.shape[2]}.")
    reject(x, f"{name}_out_frame", BOOL, INTEGRAL, COMPLEX)


def _fractional(x, samples, kernel, out, n: int):
    batched = x.ndim == n + 2
    x = x if batched else x[None]
    plane, lead = x.shape[2:], x.shape[:2]
    if not x.size or 0 in out:
        made = jnp.zeros((*lead, *out), x.dtype), jnp.zeros((*lead, *out), jnp.int64)
        return made if batched else (made[0][0], made[1][0])
    order = (1, 0) if n == 2 else (0, 1, 2)  # 2-D samples are (width, height)
    flat = jnp.zeros((*lead, *(1,) * (2 * n)), jnp.int64)
    for dim in range(n):
        at = _starts(samples[: lead[0], :, order[dim]], plane[dim], kernel[dim], out[dim])[..., None] + np.arange(
            kernel[dim]
        )
        shape = [1] * (2 * n)
        shape[dim], shape[n + dim] = out[dim], kernel[dim]
        flat = flat * plane[dim] + at.reshape(*lead, *shape)
    flat = flat.reshape(*lead, *out, math.prod(kernel))
    whole = x.reshape(*lead, -1)
    windows = jnp.take_along_axis(jax.lax.stop_gradient(whole), flat.reshape(*lead, -1), -1).reshape(flat.shape)
    best = jnp.argmax(windows, -1, keepdims=True)
    indices = jnp.take_along_axis(flat, best, -1)[..., 0]
    values = jnp.take_along_axis(whole, indices.reshape(*lead, -1), -1).reshape(indices.shape)
    return (values, indices) if batched else (values[0], indices[0])


def _declare_fractional(n: int) -> None:
    name = f"fractional_max_pool{n}d"

    @op(
        f"_{name}(Tensor input, Tensor samples, int[{n}] kernel_size, int[{n}] output_size) -> (Tensor, Tensor)",
        variants="f",
        grad_name=f"FractionalMaxPool{n}DBackward0",
        saves=("input",),
    )
    def fractional_max_pool(input, samples, *, kernel_size, output_size):
        kernel = sized(name, "kernel_size", kernel_size, n)
        out = sized(name, "output_size", output_size, n)
        _check_fractional(name, input, samples, kernel, out, n)
        if min(out) < 0:
            shape = [*input.shape[: input.ndim - n], *out]
            raise RuntimeError(f"Trying to create tensor with negative dimension {min(out)}: {shape}")
        return _fractional(input, samples, kernel, out, n)


for _n in (2, 3):
    _declare_fractional(_n)
