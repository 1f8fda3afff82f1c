"""Formulations of convolution, and which one to use where.

Everything here works on batched NC* input and OI* weights of any number of spatial dimensions. On accelerators XLA's
own convolution is used throughout. On CPU each derivative has its own best form; measured, torch 2.13 / XLA's
convolution / the form chosen, in ms on 2 cores with --xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_DOT:

  64x1x28x28 * 32x1x3x3, forward         0.26 / 1.67 / 0.27 (taps)    input gradient   2.0 / 1.9 / 0.7 (columns)
  32x3x32x32 * 32x3x3x3, forward         0.42 / 3.02 / 1.20 (columns) input gradient       / 7.0 / 1.7 (columns)
  64x6x14x14 * 16x6x5x5, input gradient  0.45 / 1.65 / 0.64 (columns)
  64x32x26x26 * 64x32x3x3, all three     7.3 / 10, 12, 13 / the same (columns are slower: 17, 14, 20)
  16x64x28x28 depthwise 3x3, forward     0.43 / 43 / 0.47 (taps), input gradient 0.5 / 44 / 1.7, weight 28 / 14 / 8
  16x64x28x28 * 128x16x3x3, 4 groups     2.9 / 20 / 8 (split), input gradient 3.4 / 33 / 11, weight 3.3 / 767 / 8
  1x1024x2x2 * 1024x1024x3x3, all three  6, 19, 16 / 114, 89, 13 / 2, 3, 3 (columns)
  4x512x4x4 * 512x512x3x3, all three     5, 2, 8 / 4, 4, 3 / 2, 2, 2 (columns)
  4x8x16x16x16 * 16x8x3x3x3, all three   0.7, -, - / 35, 68, 62 / 9, 7, 9 (columns)
Without the flag XLA's convolution is 1.2 to 2 times slower and the other forms stay as they are, so no choice changes.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

_MOST_TAPS = 64  # unrolled kernel positions; larger kernels use XLA's convolution
_MOST_WINDOWS = 1 << 26  # elements; beyond, the columns would not fit into memory
_FEW_PLACES = 256  # XLA's convolution copies the weight into another order first, which few places do not repay
_MOST_SPLITS = 8  # convolutions that a grouped one is split into


class Spec(NamedTuple):
    """A convolution's metadata; `padding` is (low, high) for each spatial dimension, negative to crop."""

    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int


def output_size(x_shape, w_shape, spec: Spec) -> tuple[int, ...]:
    """The spatial sizes of the result."""
    return tuple(
        (n + low + high - d * (k - 1) - 1) // s + 1
        for n, k, s, (low, high), d in zip(x_shape[2:], w_shape[2:], *spec[:3], strict=True)
    )


def convolve(x, w, spec: Spec):
    """The convolution of `x` with `w`."""
    if _plain(x, w, spec):
        return _direct(x, w, spec)
    if spec.groups > 1:
        return _taps(x, w, spec) if w.shape[1] == 1 else _grouped(convolve, x, w, spec)
    return _whole(x, w, spec)


def transposed(y, w, x_size: tuple[int, ...], spec: Spec):
    """The input gradient, of size `x_size`, of the convolution that gives `y`: a transposed convolution of `y`."""
    if not jnp.issubdtype(y.dtype, jnp.inexact):
        return _transposed_integers(y, w, x_size, spec)
    if _plain(y, w, spec):
        return _pull(_direct, y, w, x_size, spec)
    if spec.groups > 1 and w.shape[1] == 1:
        return _pull(_taps, y, w, x_size, spec)
    if spec.groups > 1:
        return _grouped(lambda ys, ws, whole: transposed(ys, ws, x_size, whole), y, w, spec)
    return _transposed_whole(y, w, x_size, spec)


def _plain(x, w, spec: Spec) -> bool:
    return (
        jax.default_backend() != "cpu"
        or not jnp.issubdtype(x.dtype, jnp.floating)
        or not x.size
        or math.prod(w.shape[2:]) > _MOST_TAPS
        or max(w.shape[2:]) == 1
        and w.shape[1] > 1
        and spec.groups > 1
    )


def _pull(form, y, w, x_size: tuple[int, ...], spec: Spec):
    x = jnp.zeros((y.shape[0], w.shape[1] * spec.groups, *x_size), y.dtype)
    return jax.vjp(lambda x: form(x, w, spec), x)[1](y)[0]


def _transposed_integers(y, w, x_size: tuple[int, ...], spec: Spec):
    """The same by XLA's convolution with dilated input: JAX has no derivative for integers."""
    spatial = range(2, w.ndim)
    kernel = jnp.swapaxes(w.reshape(spec.groups, -1, *w.shape[1:]), 1, 2).reshape(
        -1, w.shape[0] // spec.groups, *w.shape[2:]
    )
    reach = [d * (k - 1) for d, k in zip(spec.dilation, w.shape[2:], strict=True)]
    padding = [
        (r - low, size - (n - 1) * s - 1 + low)
        for r, (low, _), size, n, s in zip(reach, spec.padding, x_size, y.shape[2:], spec.stride, strict=True)
    ]
    return lax.conv_general_dilated(
        y,
        jnp.flip(kernel, tuple(spatial)),
        (1,) * len(x_size),
        padding,
        lhs_dilation=spec.stride,
        rhs_dilation=spec.dilation,
        feature_group_count=spec.groups,
    )


# ----- The forms -----


def _direct(x, w, spec: Spec):
    """XLA's convolution."""
    return lax.conv_general_dilated(
        x, w, spec.stride, spec.padding, rhs_dilation=spec.dilation, feature_group_count=spec.groups
    )


def _positions(w_shape):
    return itertools.product(*map(range, w_shape[2:]))


def _shifted(x, first: int, position, spec: Spec, sizes):
    """The elements of `x`, padded already, that a kernel position meets; `first` is the first spatial dimension."""
    start = [0] * x.ndim
    stop = list(x.shape)
    step = [1] * x.ndim
    for i, (k, s, d, n) in enumerate(zip(position, spec.stride, spec.dilation, sizes, strict=True)):
        start[first + i], stop[first + i], step[first + i] = k * d, k * d + s * (n - 1) + 1, s
    return lax.slice(x, start, stop, step)


def _padded(x, first: int, spec: Spec):
    if not any(map(any, spec.padding)):
        return x
    widths = [(0, 0, 0)] * x.ndim
    widths[first : first + len(spec.padding)] = [(low, high, 0) for low, high in spec.padding]
    return lax.pad(x, jnp.zeros((), x.dtype), widths)


def _taps(x, w, spec: Spec):
    """A sum over kernel positions, which XLA fuses to one loop; for one channel to a group."""
    sizes = output_size(x.shape, w.shape, spec)
    n, each = x.shape[0], w.shape[0] // spec.groups
    x = _padded(x[:, :, None], 3, spec)
    w = w.reshape(spec.groups, each, *w.shape[2:])
    out: Any = 0
    for at in _positions((0, 0, *w.shape[2:])):
        weight = w[(slice(None), slice(None), *at)]
        out = out + _shifted(x, 3, at, spec, sizes) * weight.reshape(1, *weight.shape, *(1,) * len(sizes))
    return out.reshape(n, spec.groups * each, *sizes)


def _taps_last(x, w, spec: Spec):
    """The same for one channel in all, with the result's channels last."""
    sizes = output_size(x.shape, w.shape, spec)
    x = _padded(jnp.moveaxis(x, 1, -1), 1, spec)
    out: Any = 0
    for at in _positions(w.shape):
        out = out + _shifted(x, 1, at, spec, sizes) * w[(slice(None), 0, *at)]
    return jnp.moveaxis(out, -1, 1)


def _columns(x, w, spec: Spec):
    """One matrix product of the weights with the windows, channels first."""
    sizes = output_size(x.shape, w.shape, spec)
    x = _padded(x, 2, spec)
    windows = jnp.stack([_shifted(x, 2, at, spec, sizes) for at in _positions(w.shape)], 2)
    windows = windows.reshape(x.shape[0], math.prod(w.shape[1:]), math.prod(sizes))
    out = lax.dot_general(w.reshape(w.shape[0], -1), windows, (((1,), (1,)), ((), ())))
    return jnp.moveaxis(out.reshape(w.shape[0], x.shape[0], *sizes), 0, 1)


def _columns_last(x, w, spec: Spec):
    """The same with channels last, whose transpose is quicker."""
    sizes = output_size(x.shape, w.shape, spec)
    x = _padded(jnp.moveaxis(x, 1, -1), 1, spec)
    windows = jnp.concatenate([_shifted(x, 1, at, spec, sizes) for at in _positions(w.shape)], -1)
    windows = windows.reshape(-1, math.prod(w.shape[1:]))
    out = lax.dot_general(windows, jnp.moveaxis(w, 1, -1).reshape(w.shape[0], -1), (((1,), (1,)), ((), ())))
    return jnp.moveaxis(out.reshape(x.shape[0], *sizes, w.shape[0]), -1, 1)


# ----- Choice -----


def _forms(x, w, spec: Spec):
    """The forms of the value, the input's gradient and the weight's gradient."""
    channels, volume = w.shape[1], w.ndim == 5
    places = x.shape[0] * math.prod(output_size(x.shape, w.shape, spec))
    if places <= _FEW_PLACES and channels > 8:
        return _columns, _columns, _columns
    if max(w.shape[2:]) == 1:
        return _direct, _direct, _columns_last
    windows = places * math.prod(w.shape[1:])
    if windows > _MOST_WINDOWS or (channels > 8 and not volume):
        return _direct, _direct, _direct
    forward = _taps_last if channels == 1 else _columns_last if channels <= 4 or volume else _direct
    return forward, _columns_last, _columns if volume else _direct


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _whole(x, w, spec: Spec):
    return _forms(x, w, spec)[0](x, w, spec)


@functools.partial(_whole.defjvp, symbolic_zeros=True)
def _whole_jvp(spec, primals, tangents):
    # Reverse mode transposes these two, so the forms here are those of the input's and the weight's gradient.
    (x, w), (dx, dw) = primals, tangents
    _, of_input, of_weight = _forms(x, w, spec)
    return _whole(x, w, spec), _added(
        [of_input(dx, w, spec)] if not isinstance(dx, SymbolicZero) else [],
        [of_weight(x, dw, spec)] if not isinstance(dw, SymbolicZero) else [],
    )


def _added(first: list, second: list):
    return first[0] + second[0] if first and second else (first or second)[0]


@functools.partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def _transposed_whole(y, w, x_size, spec: Spec):
    return _pull(convolve, y, w, x_size, spec)


@functools.partial(_transposed_whole.defjvp, symbolic_zeros=True)
def _transposed_whole_jvp(x_size, spec, primals, tangents):
    # The weight's gradient through XLA's own transposed convolution would be 100 times slower.
    (y, w), (dy, dw) = primals, tangents
    return _transposed_whole(y, w, x_size, spec), _added(
        [_transposed_whole(dy, w, x_size, spec)] if not isinstance(dy, SymbolicZero) else [],
        [_pull(_columns_last, y, dw, x_size, spec)] if not isinstance(dw, SymbolicZero) else [],
    )


def _grouped(function, x, w, spec: Spec):
    """One convolution for every few groups, their weights in block diagonals."""
    merged = next(m for m in range(1, spec.groups + 1) if spec.groups % m == 0 and spec.groups // m <= _MOST_SPLITS)
    count = spec.groups // merged
    if merged > 1:
        blocks = w.reshape(count, merged, -1, *w.shape[1:])
        w = jnp.einsum("amoi...,mn->amoni...", blocks, jnp.eye(merged, dtype=w.dtype))
        w = w.reshape(count * merged * blocks.shape[2], merged * blocks.shape[3], *blocks.shape[4:])
    whole = spec._replace(groups=1)
    return jnp.concatenate(
        [function(xs, ws, whole) for xs, ws in zip(jnp.split(x, count, 1), jnp.split(w, count, 0), strict=True)], 1
    )
