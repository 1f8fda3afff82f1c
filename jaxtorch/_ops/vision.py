"""Sampling at positions: grid_sample and affine_grid. The warning on a missing `align_corners` is the wrappers'."""

from __future__ import annotations

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxtorch._ops.pointwise import is_floating, scalar_name
from jaxtorch._ops.table import op

_CUBIC = -0.75


# ----- Positions -----


def _unnormalized(at, size: int, align_corners: bool):
    """From [-1, 1] to pixels."""
    if align_corners:
        return (at + 1) * ((size - 1) / 2)
    # PyTorch multiplies and subtracts in one rounding. At the positions of an identity map, which lie on the pixels,
    # the last bit decides between two cells, and so what the gradient is: in float64 both roundings are one.
    wide = (at + 1).astype(jnp.float64) if at.dtype == jnp.float32 else at + 1
    return (wide * (size / 2) - 0.5).astype(at.dtype)


def _reflected(at, low: float, high: float):
    """Folded back at `low / 2` and `high / 2`."""
    if low == high:
        return jnp.zeros_like(at)
    start, span = low / 2, (high - low) / 2
    away = jnp.abs(at - start)
    extra = jnp.fmod(away, jnp.asarray(span, at.dtype))
    flips = lax.stop_gradient(jnp.floor(away / span))
    return jnp.where(flips % 2 == 0, extra + start, span - extra + start)


def _clipped(at, size: int):
    # Strict comparisons: PyTorch's derivative is 0 at the bounds too.
    inside = (at > 0) & (at < size - 1)
    return jnp.where(inside, at, jnp.where(at <= 0, 0, jnp.where(at >= size - 1, size - 1, 0)).astype(at.dtype))


def _padded_positions(at, size: int, padding_mode: str, align_corners: bool):
    if padding_mode == "border":
        return _clipped(at, size)
    if padding_mode == "reflection":
        bounds = (0, 2 * (size - 1)) if align_corners else (-1, 2 * size - 1)
        return _clipped(_reflected(at, *bounds), size)
    return at


def _pick(x, places, zeros: bool):
    """`x` (C, ...) of one sample at integer places, one array a dimension; outside is 0."""
    plane = x.shape[1:]
    inside = True
    flat = 0
    for place, size in zip(places, plane, strict=True):
        inside = inside & (place >= 0) & (place < size)
        flat = flat * size + jnp.clip(place, 0, size - 1)
    found = x.reshape(x.shape[0], math.prod(plane)).at[:, flat].get(mode="promise_in_bounds")
    return jnp.where(inside, found, 0) if zeros else found


def _whole(at):
    # NaN and what lies far out are outside of every picture
    return jnp.clip(jnp.where(jnp.isnan(at), -1e9, at), -1e9, 1e9).astype(jnp.int64)


# ----- One sample -----


def _nearest(x, places):
    return _pick(x, [_whole(jnp.round(at)) for at in places], True)


def _linear(x, places):
    total = 0
    lows = [jnp.floor(at) for at in places]
    for corner in itertools.product((0, 1), repeat=len(places)):
        weight = 1
        for at, low, side in zip(places, lows, corner, strict=True):
            weight = weight * (at - low if side else low + 1 - at)
        total = total + weight * _pick(x, [_whole(low) + side for low, side in zip(lows, corner, strict=True)], True)
    return total


def _cubic_weights(t):
    a = _CUBIC

    def far(d):
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    def near(d):
        return ((a + 2) * d - (a + 3)) * d * d + 1

    return far(t + 1), near(t), near(1 - t), far(2 - t)


def _bicubic(x, places, padding_mode: str, align_corners: bool):
    lows = [jnp.floor(at) for at in places]
    weights = [_cubic_weights(at - low) for at, low in zip(places, lows, strict=True)]
    total = 0
    for i, j in itertools.product(range(4), repeat=2):
        taken = [
            _whole(_padded_positions(low + (k - 1), size, padding_mode, align_corners))
            for low, k, size in zip(lows, (i, j), x.shape[1:], strict=True)
        ]
        total = total + weights[0][i] * weights[1][j] * _pick(x, taken, True)
    return total


def _sampled(x, grid, mode: str, padding_mode: str, align_corners: bool):
    """(C, ...) at a grid (..., dims) whose last dimension counts dimensions from the last."""
    plane = x.shape[1:]
    places = [_unnormalized(grid[..., len(plane) - 1 - d], size, align_corners) for d, size in enumerate(plane)]
    if mode == "bicubic":
        return _bicubic(x, places, padding_mode, align_corners)
    places = [_padded_positions(at, size, padding_mode, align_corners) for at, size in zip(places, plane, strict=True)]
    return (_nearest if mode == "nearest" else _linear)(x, places)


# ----- Ops -----


def _check_grid(input, grid, mode: str, padding_mode: str) -> None:
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or "
            f"'reflection', but got: '{padding_mode}'"
        )
    if input.shape[:1] != grid.shape[:1]:
        raise RuntimeError(
            f"grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but got "
            f"grid with sizes {list(grid.shape)}"
        )
    for d, size in enumerate(input.shape[2:], 2):
        if size <= 0:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input has "
                f"sizes {list(input.shape)} with dimension {d} being empty"
            )
    if input.ndim not in (4, 5) or input.ndim != grid.ndim:
        wanted = "4D" if input.ndim == 4 else "5D"
        raise RuntimeError(
            f"grid_sampler(): expected {wanted} input and grid with same number of dimensions, but got "
            f"input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if input.ndim == 5 and mode == "bicubic":
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if input.dtype != grid.dtype:
        raise RuntimeError(f"expected scalar type {scalar_name(input)} but found {scalar_name(grid)}")


@op(
    "nn.functional.grid_sample(Tensor input, Tensor grid, str mode='bilinear', str padding_mode='zeros', "
    "bool? align_corners=None) -> Tensor",
    variants="f",
    grad_name="GridSampler2DBackward0",
)
def grid_sample(input, grid, *, mode, padding_mode, align_corners):
    """(N, C, ...) at positions in [-1, 1] given by a grid (N, ..., dims)."""
    _check_grid(input, grid, mode, padding_mode)
    wide = [v.astype(jnp.float32) if v.dtype.itemsize == 2 else v for v in (input, grid)]
    sample = functools.partial(_sampled, mode=mode, padding_mode=padding_mode, align_corners=bool(align_corners))
    return jax.vmap(sample)(*wide).astype(input.dtype)


def _centred(n: int, dtype) -> np.ndarray:
    """`torch.linspace(-1, 1, n)`, each step in one rounding as there."""
    if n == 1:
        return np.zeros(1, dtype)
    step, i = float(dtype.type(2) / dtype.type(n - 1)), np.arange(n)
    return np.where(i < n // 2, -1 + step * i, 1 - step * (n - 1 - i)).astype(dtype)


@op(
    "nn.functional.affine_grid(Tensor theta, int[] size, bool? align_corners=None) -> Tensor",
    variants="f",
    grad="linear",
    grad_name="AffineGridGeneratorBackward0",
)
def affine_grid(theta, *, size, align_corners):
    """Positions for `grid_sample` of a batch of affine maps (N, 2, 3) or (N, 3, 4)."""
    if not is_floating(theta):
        raise ValueError(f"Expected theta to have floating point type, but got torch.{theta.dtype}")
    dims = len(size) - 2
    if dims not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {list(size)}"
        )
    if theta.ndim != 3 or theta.shape[1:] != (dims, dims + 1):
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size "
            f"{tuple(size)}. Got torch.Size({list(theta.shape)})."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {list(size)}")
    real = jnp.float32 if theta.dtype.itemsize == 2 else theta.dtype
    axes = []
    for d, n in enumerate(reversed(size[2:])):
        line = _centred(n, np.dtype(real))
        line = line if align_corners else line * (n - 1) / n
        axes.append(
            jnp.broadcast_to(
                jnp.asarray(line, real).reshape([-1 if k == dims - 1 - d else 1 for k in range(dims)]), size[2:]
            )
        )
    base = jnp.stack([*axes, jnp.ones(size[2:], real)], -1)
    grid = jnp.einsum("pk,ndk->npd", base.reshape(-1, dims + 1), theta.astype(real), precision=lax.Precision.HIGHEST)
    return grid.reshape(theta.shape[0], *size[2:], dims).astype(theta.dtype)
