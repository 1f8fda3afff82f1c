"""Interpolation: the core of nn.functional.interpolate.

    _upsample(input, *, size, scales, mode, align_corners, antialias)

`size` is the spatial output size; `scales` the scale factors the user gave, which then stand in for the ratio of sizes
(a tuple with None where there is none, or None). Dimensions are interpolated one after the other: each output is a sum
of a few weighted elements ("taps") at positions known from the sizes alone.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.pointwise import category, reject
from jaxtorch._ops.table import op

_RANKS = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "area": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "lanczos": (2,),
    "trilinear": (3,),
}
_KERNELS = {
    "bilinear": "upsample_bilinear2d_channels_last",
    "bicubic": "compute_indices_weights_cubic",
    "area": "adaptive_avg_pool2d",
    "lanczos": "compute_indices_weights_lanczos",
}
_MOST_TAPS = 16  # more are one product with a matrix


class _Taps(NamedTuple):
    """For each of the outputs, positions in the input and their weights, (out, taps) each."""

    at: np.ndarray
    weights: np.ndarray
    size: int

    def __hash__(self) -> int:
        return hash((self.at.tobytes(), self.weights.tobytes(), self.size))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Taps) and hash(self) == hash(other)

    def matrix(self) -> np.ndarray:
        full = np.zeros((len(self.at), self.size), self.weights.dtype)
        np.add.at(full, (np.arange(len(self.at))[:, None], self.at), self.weights)
        return full


# ----- Positions and weights, computed in the precision PyTorch computes them in -----


def _ratio(size: int, out: int, scale: float | None, align_corners: bool, real):
    if align_corners:
        return real(size - 1) / real(out - 1) if out > 1 else real(0)
    return real(1.0 / scale) if scale is not None and scale > 0 else real(size) / real(out)


def nearest_positions(size: int, out: int, scale: float | None, exact: bool, real=np.float32) -> np.ndarray:
    """The input position of each output."""
    steps = np.arange(out, dtype=real) + real(0.5 if exact else 0)
    at = np.floor(steps * _ratio(size, out, scale, False, real)).astype(np.int64)
    return np.minimum(at, size - 1)


def _source(size: int, out: int, scale, align_corners: bool, real, cubic: bool) -> np.ndarray:
    ratio, steps = _ratio(size, out, scale, align_corners, real), np.arange(out, dtype=real)
    if align_corners:
        return steps * ratio
    at = ratio * (steps + real(0.5)) - real(0.5)
    return at if cubic else np.maximum(at, real(0))


def _linear_taps(size: int, out: int, scale, align_corners: bool, real) -> _Taps:
    source = _source(size, out, scale, align_corners, real, False)
    low = np.minimum(source.astype(np.int64), size - 1)
    part = np.clip(source - low.astype(real), real(0), real(1))
    at = np.stack([low, np.minimum(low + 1, size - 1)], 1)
    return _Taps(at, np.stack([real(1) - part, part], 1), size)


def _cubic(x: np.ndarray, a: float) -> np.ndarray:
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0)).astype(x.dtype)


def _lanczos(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0).astype(x.dtype)


_FILTERS = {
    "bilinear": (1, lambda x: np.maximum(1 - np.abs(x), 0)),
    "bicubic": (2, lambda x: _cubic(x, -0.5)),
    "lanczos": (3, _lanczos),
}


def _cubic_taps(size: int, out: int, scale, align_corners: bool, real) -> _Taps:
    source = _source(size, out, scale, align_corners, real, True)
    low = np.floor(source)
    part = np.clip(source - low, real(0), real(1))[:, None]
    at = low.astype(np.int64)[:, None] + np.arange(-1, 3)
    return _Taps(np.clip(at, 0, size - 1), _cubic(part - np.arange(-1, 3, dtype=real), -0.75), size)


def _smooth_taps(size: int, out: int, scale, align_corners: bool, real, mode: str) -> _Taps:
    """Antialiased: the filter is stretched where the output is smaller."""
    ratio = _ratio(size, out, scale, align_corners, real)
    support, filtered = _FILTERS[mode]
    reach = real(support) * max(ratio, real(1))
    shrink = real(1) / ratio if ratio >= 1 else real(1)
    center = ratio * (np.arange(out, dtype=real) + real(0.5))
    first = np.maximum((center - reach + real(0.5)).astype(np.int64), 0)
    stop = np.minimum((center + reach + real(0.5)).astype(np.int64), size)
    at = first[:, None] + np.arange(max(int((stop - first).max()), 1))
    x = (at.astype(real) - center[:, None] + real(0.5)) * shrink
    weights = np.where(at < stop[:, None], filtered(x), real(0)).astype(real)
    total = weights.sum(1, keepdims=True)
    return _Taps(np.minimum(at, size - 1), weights / np.where(total == 0, real(1), total), size)


def _area_taps(size: int, out: int, real) -> _Taps:
    first = np.arange(out) * size // out
    stop = -(-(np.arange(1, out + 1) * size) // out)
    at = first[:, None] + np.arange(int((stop - first).max()))
    weights = np.where(at < stop[:, None], real(1) / (stop - first)[:, None].astype(real), real(0)).astype(real)
    return _Taps(np.minimum(at, size - 1), weights, size)


@functools.lru_cache(maxsize=256)
def _taps(mode: str, size: int, out: int, scale, align_corners: bool, antialias: bool, double: bool) -> _Taps:
    real = np.float64 if double else np.float32
    if mode == "area":
        return _area_taps(size, out, real)
    if antialias:
        return _smooth_taps(size, out, scale, align_corners, real, mode)
    return (_cubic_taps if mode == "bicubic" else _linear_taps)(size, out, scale, align_corners, real)


# ----- Applying them -----


@functools.partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _weighted(x, taps: _Taps, axis: int):
    if taps.at.shape[1] > _MOST_TAPS:
        return _product(x, taps, axis)
    shape = [1] * x.ndim
    shape[axis] = len(taps.at)
    each = zip(taps.at.T, taps.weights.T, strict=True)
    parts = [jnp.take(x, at, axis, mode="clip") * weights.reshape(shape) for at, weights in each]
    return sum(parts[1:], parts[0])


def _product(x, taps: _Taps, axis: int):
    return jnp.moveaxis(jnp.tensordot(x, taps.matrix(), ((axis,), (1,))), -1, axis)


@_weighted.defjvp
def _weighted_jvp(taps: _Taps, axis: int, primals, tangents):
    # The transpose of a gather is a scatter, which XLA runs element by element on CPUs; that of a product is a product.
    return _weighted(primals[0], taps, axis), _product(tangents[0], taps, axis)


@functools.lru_cache(maxsize=256)
def _byte_taps(mode: str, size: int, out: int, scale, align_corners: bool, antialias: bool) -> tuple[_Taps, int]:
    """Weights as in PyTorch's fixed-point passes: 16-bit integers, and how many of their bits are the fraction."""
    taps = _taps(mode, size, out, scale, align_corners, antialias, True)
    weights = taps.weights.copy()
    for k in range(1, weights.shape[1]):  # positions that were clipped to one another count as one
        for earlier in range(k):
            same = (taps.at[:, k] == taps.at[:, earlier]) & (weights[:, k] != 0)
            weights[same, earlier] += weights[same, k]
            weights[same, k] = 0
    bits = 0
    while bits < 22 and int(0.5 + weights.max() * (1 << (bits + 1))) < 1 << 15:
        bits += 1
    scaled = weights * (1 << bits)
    return _Taps(taps.at, np.trunc(scaled + np.where(scaled < 0, -0.5, 0.5)).astype(np.int32), size), bits


def _of_bytes(x, taps: _Taps, bits: int, axis: int):
    total = _weighted(x, taps, axis) + np.int32(1 << (bits - 1))
    return jnp.clip(total >> bits, 0, 255)


def _nearest(x, at: np.ndarray, axis: int):
    out, size = len(at), x.shape[axis]
    if out % size == 0 and (at == np.arange(out) // (out // size)).all():
        return jnp.repeat(x, out // size, axis) if out != size else x
    step = at[1] - at[0] if out > 1 else 1
    if step > 0 and (at == at[0] + step * np.arange(out)).all():
        return jax.lax.slice_in_dim(x, int(at[0]), int(at[-1]) + 1, int(step), axis)
    return jnp.take(x, at, axis, mode="clip")


def _check(input, size, mode: str, antialias: bool) -> None:
    count = input.ndim - 2
    if mode in ("linear", "bilinear", "trilinear") and count in (1, 2, 3) and count not in _RANKS[mode]:
        raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs {_RANKS[mode][0] + 2}D input")
    if count not in _RANKS.get(mode, ()):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for "
            "the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | "
            f"nearest-exact (got {mode})"
        )
    if len(size) != count:
        raise RuntimeError(f"It is expected output_size equals to {count}, but got size {len(size)}")
    if any(s <= 0 for s in (*input.shape[2:], *size)):
        given, wanted = (
            ", ".join(f"{side}: {s}" for side, s in zip("DHW"[3 - count :], sizes, strict=True))
            for sizes in (input.shape[2:], size)
        )
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({given}) output ({wanted})"
        )
    if 0 in input.shape[1:]:
        raise RuntimeError(
            f"Non-empty {input.ndim}D data tensor expected but got a tensor with sizes {list(input.shape)}"
        )
    shape = [*input.shape[:2], *size]
    if math.prod(shape) * input.dtype.itemsize >= 1 << 63:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={shape}")
    if antialias and mode not in _FILTERS:
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )


def _check_dtype(input, mode: str, count: int) -> None:
    if mode.startswith("nearest"):
        kernel = "upsample_nearest2d_channels_last" if count == 2 else "compute_indices_weights_nearest"
    else:
        kernel = _KERNELS.get(mode, "compute_indices_weights_linear")
    if input.dtype != jnp.uint8 or count == 1 and mode == "linear" or mode in ("trilinear", "area"):
        reject(input, kernel, INTEGRAL, BOOL, COMPLEX)


@op(
    "_upsample(Tensor input, *, int[] size, any scales=None, str mode='nearest', bool align_corners=False, "
    "bool antialias=False) -> Tensor",
    grad="linear",
    variants="f",
    grad_name="UpsampleBackward0",
    layout=channels_of_first,
)
def _upsample(input, *, size, scales, mode, align_corners, antialias):
    """The spatial dimensions of (N, C, ...) interpolated to `size`."""
    _check(input, size, mode, antialias)
    _check_dtype(input, mode, len(size))
    scales = scales or (None,) * len(size)
    double = input.dtype in (jnp.float64, jnp.complex128)
    if mode.startswith("nearest"):
        exact, real = mode == "nearest-exact", np.float64 if double else np.float32
        for axis, (out, scale) in enumerate(zip(size, scales, strict=True), 2):
            input = _nearest(input, nearest_positions(input.shape[axis], out, scale, exact, real), axis)
        return input
    fixed = input.dtype == jnp.uint8 and mode in _FILTERS
    x = input if double else input.astype(jnp.int32 if fixed else jnp.float32)
    # The last dimension first, as PyTorch's separable passes go; where sizes agree, nothing changes.
    for axis in reversed(range(2, input.ndim)):
        out, scale = size[axis - 2], scales[axis - 2]
        if fixed:
            if x.shape[axis] != out:
                x = _of_bytes(x, *_byte_taps(mode, x.shape[axis], out, scale, align_corners, antialias), axis)
            continue
        x = _weighted(x, _taps(mode, x.shape[axis], out, scale, align_corners, antialias, double), axis)
        if category(input) == INTEGRAL:  # PyTorch's passes hand on bytes
            x = jnp.clip(jnp.floor(x + 0.5), 0, 255)
    return x.astype(input.dtype)


def output_size(shape: tuple[int, ...], scale_factors) -> tuple[int, ...]:
    """The spatial size that scale factors give."""
    return tuple(math.floor(n * s) for n, s in zip(shape, scale_factors, strict=True))
