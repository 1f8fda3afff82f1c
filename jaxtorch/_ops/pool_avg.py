"""Average and power-average poolings. Serves F.avg_pool{1,2,3}d, F.adaptive_avg_pool{1,2,3}d and F.lp_pool{1,2,3}d.

Sums of windows are made one dimension after the other, and averages by division, as PyTorch does.
"""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.norm import magnitude
from jaxtorch._ops.pointwise import is_integral, opmath, reject
from jaxtorch._ops.pool import (
    adaptive_places,
    adaptive_size,
    check_1d_rank,
    check_adaptive,
    check_rank,
    largest_of,
    uniform,
    windows_over,
)
from jaxtorch._ops.pool_windows import Windows, adjoint, padded, piece, spread
from jaxtorch._ops.table import op

_MOST_PIECES = 64


# ----- Sums -----


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _strided_sum(x, w: Windows):
    x = padded(x, w, 0)
    return sum((piece(x, offset, w) for offset in w.offsets[1:]), piece(x, w.offsets[0], w))


@_strided_sum.defjvp
def _strided_sum_jvp(w, primals, tangents):
    (x,), (dx,) = primals, tangents
    out, plane = _strided_sum(x, w), x.shape[x.ndim - len(w.size) :]
    return out, adjoint(lambda ct: spread(ct, w, plane), out, dx)


def _sum_last(x, w: Windows):
    """The sums of windows over the last dimension."""
    (k,), (s,), (p,), _, (o,) = w
    if k == s and not p and o * k <= x.shape[-1]:
        return x[..., : o * k].reshape(*x.shape[:-1], o, k).sum(-1, dtype=x.dtype)
    if k <= _MOST_PIECES:
        return _strided_sum(x, w)
    covered = padded(x, w, 0)
    lead = (1,) * (x.ndim - 1)
    return lax.reduce_window(covered, np.zeros((), x.dtype), lax.add, (*lead, k), (*lead, s), "valid")


def _window_sums(x, w: Windows):
    n = len(w.size)
    if (
        w.stride == w.size
        and not any(w.padding)
        and all(o * k <= size for o, k, size in zip(w.out, w.size, x.shape[x.ndim - n :], strict=True))
    ):
        return _block_sums(x, w)
    for axis in range(n):
        one = Windows(*[(values[axis],) for values in w])
        x = jnp.moveaxis(_sum_last(jnp.moveaxis(x, x.ndim - n + axis, -1), one), -1, x.ndim - n + axis)
    return x


def _block_sums(x, w: Windows):
    """Windows that touch and don't overlap: one reduction."""
    n = len(w.size)
    lead = x.shape[: x.ndim - n]
    x = x[(..., *(slice(o * k) for o, k in zip(w.out, w.size, strict=True)))]
    blocks = x.reshape(*lead, *[m for pair in zip(w.out, w.size, strict=True) for m in pair])
    return blocks.sum(tuple(range(len(lead) + 1, blocks.ndim, 2)), dtype=x.dtype)


def _divisor(w: Windows, plane, count_include_pad: bool) -> np.ndarray:
    """How many elements each window counts."""
    counts = np.ones((), np.int64)
    for size, k, s, p, _, o in zip(plane, *w, strict=True):
        start = np.arange(o) * s - p
        stop = np.minimum(start + k, size + p)
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, size)
        counts = counts[..., None] * (stop - start)
    return counts


def _divided(total, counts: np.ndarray):
    if is_integral(total):
        return lax.div(total, jnp.broadcast_to(jnp.asarray(counts, total.dtype), total.shape))
    counts = counts.reshape(-1)[0] if (counts == counts.reshape(-1)[:1]).all() and counts.size else counts
    return total / jnp.asarray(counts, total.dtype)


# ----- The ops -----


@opmath
def _average(x, *, w: Windows, count_include_pad: bool, divisor_override: int | None):
    plane = x.shape[x.ndim - len(w.size) :]
    counts = _divisor(w, plane, count_include_pad) if divisor_override is None else np.array(divisor_override)
    return _divided(_window_sums(x, w), counts)


def _avg_pool(name: str, x, n: int, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override=None):
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if n == 1:
        check_1d_rank(x, name)
    if n == 2 and x.ndim < 3:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-x.ndim}, {x.ndim - 1}], but got -3)")
    if n == 1:
        check_rank(x, n, name)
    plane = x.shape[x.ndim - n :]
    if (
        n == 3
        and min(padding) >= 0
        and x.ndim in (4, 5)
        and any(
            size + 2 * p < k for size, p, k in zip(plane, padding, kernel_size * (4 - len(kernel_size)), strict=False)
        )
    ):
        sizes = [
            " ".join(f"{prefix}{side}: {v}" for side, v in zip("THW", values * (4 - len(values)), strict=False))
            for prefix, values in (("", plane), ("k", kernel_size))
        ]
        raise RuntimeError(f"input image ({sizes[0]}) smaller than kernel size ({sizes[1]})")
    w = windows_over(name, x, n, kernel_size, stride, padding, (1,) * n, ceil_mode)
    reject(x, f"avg_pool{max(n, 2)}d", BOOL, COMPLEX)
    return _average(x, w=w, count_include_pad=count_include_pad, divisor_override=divisor_override)


def _declare_avg(n: int) -> None:
    name = f"avg_pool{n}d"
    params = (
        f"(Tensor input, int[{n}] kernel_size, int[{n}]? stride=None, int[{n}] padding=0, bool ceil_mode=False, "
        "bool count_include_pad=True"
    )
    if n == 1:

        @op(
            f"{name}{params}) -> Tensor",
            variants="f",
            grad="linear",
            aliases=(f"nn.functional.{name}",),
            grad_name="SqueezeBackward1",
        )
        def avg_pool1d(input, *, kernel_size, stride, padding, ceil_mode, count_include_pad):
            """The average of each window."""
            return _avg_pool(name, input, n, kernel_size, stride, padding, ceil_mode, count_include_pad)
    else:

        @op(
            f"nn.functional.{name}{params}, int? divisor_override=None) -> Tensor",
            variants="fo",
            grad="linear",
            grad_name=f"AvgPool{n}DBackward0",
            layout=channels_of_first if n == 2 else None,
        )
        def avg_pool(input, *, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
            """The average of each window; `divisor_override` replaces the number of elements."""
            return _avg_pool(
                name, input, n, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
            )


for _n in (1, 2, 3):
    _declare_avg(_n)


@opmath
def _adaptive_average(x, *, out: tuple[int, ...]):
    n = len(out)
    plane = x.shape[x.ndim - n :]
    w = uniform(plane, out)
    if w is not None:
        return _divided(_block_sums(x, w), np.array(math.prod(w.size)))
    for axis, (size, count) in enumerate(zip(plane, out, strict=True)):
        at, valid = adaptive_places(size, count)
        dim = x.ndim - n + axis
        windows = jnp.moveaxis(x, dim, -1)[..., np.minimum(at, size - 1)]
        sums = jnp.where(valid, windows, jnp.zeros((), x.dtype)).sum(-1)
        x = jnp.moveaxis(sums / jnp.asarray(valid.sum(-1), x.dtype), -1, dim)
    return x


def adaptive_average(name: str, x, output_size, n: int):
    """The averages of `output_size` windows that cover the input."""
    check_adaptive(name, x, output_size, n)
    out = adaptive_size(name, x, output_size, n)
    if any(o < 0 for o in out):
        # PyTorch leaves out a space in three dimensions
        shown = f"{out[0]}, {out[1]},{out[2]}" if n == 3 else ", ".join(map(str, (1, *out) if n == 1 else out))
        raise RuntimeError(
            f"adaptive_avg_pool{max(n, 2)}d: elements of output_size must be greater than or equal to 0 but "
            f"received {{{shown}}}"
        )
    reject(x, "adaptive_avg_pool3d_cpu" if n == 3 else "adaptive_avg_pool2d", BOOL, INTEGRAL, COMPLEX)
    return _adaptive_average(x, out=out)


@op(
    "adaptive_avg_pool1d(Tensor input, int[] output_size) -> Tensor",
    variants="f",
    grad="linear",
    aliases=("nn.functional.adaptive_avg_pool1d",),
    grad_name="SqueezeBackward1",
)
def adaptive_avg_pool1d(input, *, output_size):
    """The average of each of `output_size` windows."""
    return adaptive_average("adaptive_avg_pool1d", input, output_size, 1)


def _declare_adaptive(n: int) -> None:
    name = f"adaptive_avg_pool{n}d"

    @op(
        f"nn.functional.{name}(Tensor input, any output_size) -> Tensor",
        variants="f",
        grad="linear",
        grad_name=f"AdaptiveAvgPool{n}DBackward0",
        layout=channels_of_first if n == 2 else None,
    )
    def adaptive_avg_pool(input, *, output_size):
        """The average of each of `output_size` windows; None keeps a size."""
        return adaptive_average(name, input, output_size, n)


for _n in (2, 3):
    _declare_adaptive(_n)


# ----- Power averages -----


def _lp_pool(name: str, x, n: int, norm_type: float, kernel_size, stride, ceil_mode: bool):
    if n == 1:
        check_rank(x, n, "max_pool1d")
    w = windows_over(name.replace("lp", "avg"), x, n, kernel_size, stride, (0,) * n, (1,) * n, ceil_mode)
    if math.isinf(norm_type):
        sign = math.copysign(1, norm_type)
        return sign * largest_of(sign * magnitude(x), w)
    return _power_average(x, w=w, norm_type=norm_type)


@opmath
def _power_average(x, *, w: Windows, norm_type: float):
    mean = _divided(_window_sums(jnp.power(x, norm_type), w), _divisor(w, x.shape[x.ndim - len(w.size) :], True))
    # sign(mean) * relu(abs(mean)) in PyTorch: no gradient at 0.
    mean = jnp.where(mean == 0, lax.stop_gradient(mean), mean)
    return jnp.power(mean * math.prod(w.size), 1.0 / norm_type)


def _declare_lp(n: int) -> None:
    name = f"lp_pool{n}d"

    @op(
        f"_{name}(Tensor input, float norm_type, int[{n}] kernel_size, int[{n}]? stride=None, bool ceil_mode=False) "
        "-> Tensor",
        variants="f",
        grad_name="PowBackward0",
        layout=channels_of_first if n == 2 else None,
    )
    def lp_pool(input, *, norm_type, kernel_size, stride, ceil_mode):
        return _lp_pool(name, input, n, norm_type, kernel_size, stride, ceil_mode)


for _n in (1, 2, 3):
    _declare_lp(_n)
