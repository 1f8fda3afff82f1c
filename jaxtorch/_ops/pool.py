"""Max poolings. Serves F.max_pool{1,2,3}d, F.max_pool{1,2,3}d_with_indices and the adaptive ones.

F.max_pool2d(..., return_indices) calls `max_pool2d` or, with indices, `nn.functional.max_pool2d_with_indices`;
F.adaptive_max_pool2d(..., return_indices) likewise `_adaptive_max_pool2d` or
`nn.functional.adaptive_max_pool2d_with_indices`. The gradient goes to the first largest element of a window.
"""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.pointwise import reject
from jaxtorch._ops.pool_windows import Windows, adjoint, covered, output_size, padded, piece, spread
from jaxtorch._ops.table import op

_COUNTS = {1: "one int", 2: "two ints", 3: "three ints"}
_MOST_PIECES = 64  # larger windows are gathered


# ----- Checks shared by the poolings -----


def sized(name: str, argument: str, values, n: int) -> tuple[int, ...]:
    """One or `n` numbers as `n`, with the poolings' error."""
    values = tuple(values)
    if len(values) not in (1, n):
        raise RuntimeError(f"{name}: {argument} must either be a single int, or a tuple of {_COUNTS[n]}")
    return values * n if len(values) == 1 else values


def check_1d_rank(x, name: str) -> None:
    """The error of the 1-D poolings that PyTorch makes of 2-D ones."""
    if x.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {x.ndim}-dimensional tensor for argument #1 'self' "
            f"(while checking arguments for {name})"
        )


def check_rank(x, n: int, name: str = "") -> None:
    """PyTorch's error for an input that is no batch of `n`-D planes, or an empty one."""
    if x.ndim in (n + 1, n + 2) and 0 not in x.shape[x.ndim - n - 1 :]:
        return
    if n == 1:
        raise RuntimeError(
            f"{name}: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, "
            f"but got:{list(x.shape)}"
        )
    if n == 3 and x.ndim in (4, 5) and name.startswith("max"):
        raise RuntimeError(
            "max_pool3d_with_indices_out_cpu_template(): Expected input's non-batch dimensions to have positive "
            f"length, but input has a shape of {list(x.shape)} and non-batch dimension 0 has length zero!"
        )
    if x.ndim not in (n + 1, n + 2) or n == 3:
        raise RuntimeError(f"non-empty {n + 1}D or {n + 2}D (batch mode) tensor expected for input")
    raise RuntimeError(
        f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(x.shape)}"
    )


def windows_over(name: str, x, n: int, kernel_size, stride, padding, dilation, ceil_mode: bool) -> Windows:
    """The windows of a pooling, with PyTorch's errors; in one dimension those about the rank are the caller's."""
    size = sized(name, "kernel_size", kernel_size, n)
    step = sized(name, "stride", stride, n) if stride else size
    pads, gaps = sized(name, "padding", padding, n), sized(name, "dilation", dilation, n)
    if (n == 3 or name == "max_pool2d") and x.ndim not in (n + 1, n + 2):
        check_rank(x, n, name)
    if any(s == 0 for s in step):
        raise RuntimeError("stride should not be zero")
    for p, k, d in zip(pads, size, gaps, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} "
                f"and dilation={d}"
            )
    for argument, short, values in (("stride", "d", step), ("dilation", "dilation", gaps)):
        if any(v <= 0 for v in values):
            shown = zip("THW"[3 - max(n, 2) :], (1, *values) if n == 1 else values, strict=True)
            raise RuntimeError(
                f"{argument} should be greater than zero, but got "
                + " ".join(f"{short}{side}: {v}" for side, v in shown)
            )
    if n > 1:
        check_rank(x, n, name)
    plane = x.shape[x.ndim - n :]
    out = tuple(output_size(*each, ceil_mode) for each in zip(plane, size, step, pads, gaps, strict=True))
    if any(o < 1 for o in out):
        lead = (x.shape[x.ndim - n - 1], *(1,) * (n == 1))  # PyTorch makes 1-D ones 2-D
        given, made = ("x".join(map(str, (*lead, *sizes))) for sizes in (plane, out))
        raise RuntimeError(f"Given input size: ({given}). Calculated output size: ({made}). Output size is too small")
    return Windows(size, step, pads, gaps, out)


# ----- The largest element of each window -----


def _lowest(dtype):
    return -jnp.inf if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype).min


def _better(candidate, best):
    return (candidate > best) | (candidate != candidate)  # a later NaN replaces an earlier one, as in PyTorch


def _choose(x, w: Windows):
    """The number of the chosen offset, for each window."""
    inside = covered(w, x.shape[x.ndim - len(w.size) :])
    x = padded(x, w, _lowest(x.dtype))
    best = piece(x, w.offsets[0], w)
    chosen = jnp.where(inside[0], 0, -1).astype(jnp.int32) if not inside[0].all() else jnp.zeros(best.shape, jnp.int32)
    chosen = jnp.broadcast_to(chosen, best.shape)
    for number, offset in enumerate(w.offsets[1:], 1):
        candidate = piece(x, offset, w)
        take = _better(candidate, best)
        if not inside[0].all():  # a window of -inf alone is won by its first element that is no padding
            take = inside[number] & (take | (chosen < 0))
        best = jnp.where(take, candidate, best)
        chosen = jnp.where(take, np.int32(number), chosen)
    return chosen


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _largest(x, w: Windows):
    x = padded(x, w, _lowest(x.dtype))
    best = piece(x, w.offsets[0], w)
    for offset in w.offsets[1:]:
        candidate = piece(x, offset, w)
        best = jnp.where(_better(candidate, best), candidate, best)
    return best


@_largest.defjvp
def _largest_jvp(w, primals, tangents):
    (x,), (dx,) = primals, tangents
    out, chosen, plane = _largest(x, w), _choose(x, w), x.shape[x.ndim - len(w.size) :]
    return out, adjoint(lambda ct: spread(ct, w, plane, chosen), out, dx)


def _flat_positions(chosen, w: Windows, plane):
    """Offset numbers as positions in the flattened plane."""
    places = np.array(w.offsets, np.int64)
    steps = [math.prod(plane[i + 1 :]) for i in range(len(plane))]
    starts = sum(
        np.asarray((np.arange(o) * s - p) * step, np.int64).reshape((-1,) + (1,) * (len(plane) - 1 - i))
        for i, (o, s, p, step) in enumerate(zip(w.out, w.stride, w.padding, steps, strict=True))
    )
    return jnp.asarray(places @ np.array(steps, np.int64))[chosen] + starts


def largest_of(x, w: Windows, with_indices: bool = False):
    """The largest element of each window, and with indices its position in the flattened plane."""
    n = len(w.size)
    if math.prod(w.size) > _MOST_PIECES:
        places = [
            np.arange(o)[:, None] * s - p + np.arange(k) * d
            for o, s, p, k, d in zip(w.out, w.stride, w.padding, w.size, w.dilation, strict=True)
        ]
        limits = x.shape[x.ndim - n :]
        return gathered_max(
            x, [(at, (at >= 0) & (at < size)) for at, size in zip(places, limits, strict=True)], with_indices
        )
    out = _largest(x, w)
    if not with_indices:
        return out
    return out, _flat_positions(_choose(jax.lax.stop_gradient(x), w), w, x.shape[x.ndim - n :])


def gathered_max(x, places, with_indices: bool):
    """The largest element of windows given by (positions, whether each counts) of shape (windows, size) a dimension."""
    n = len(places)
    plane, lead = x.shape[x.ndim - n :], x.shape[: x.ndim - n]
    if 0 in lead:
        values = jnp.zeros((*lead, *(at.shape[0] for at, _ in places)), x.dtype)
        return (values, values.astype(jnp.int64)) if with_indices else values
    flat, counts = np.zeros((), np.int64), np.ones((), bool)
    for (at, valid), size in zip(places, plane, strict=True):  # (windows..., elements...)
        grow = (..., *(None,) * 2)
        flat = flat[grow] * size + np.clip(at, 0, size - 1)
        counts = counts[grow] & valid
    order = [*range(0, 2 * n, 2), *range(1, 2 * n, 2)]
    out = tuple(at.shape[0] for at, _ in places)
    flat, counts = (a.transpose(order).reshape(*out, -1) for a in (flat, counts))
    whole = x.reshape(*lead, math.prod(plane))
    windows = jnp.where(counts, whole[..., flat], jnp.asarray(_lowest(x.dtype), x.dtype))
    best = jnp.argmax(jax.lax.stop_gradient(windows), -1, keepdims=True)
    best = jnp.where(
        jnp.take_along_axis(jnp.broadcast_to(counts, windows.shape), best, -1), best, counts.argmax(-1)[..., None]
    )
    indices = jnp.take_along_axis(jnp.broadcast_to(jnp.asarray(flat), windows.shape), best, -1)[..., 0]
    values = jnp.take_along_axis(whole, indices.reshape(*lead, -1), -1).reshape(indices.shape)
    return (values, indices) if with_indices else values


def _pool(name: str, x, n: int, with_indices: bool, kernel_size, stride, padding, dilation, ceil_mode: bool):
    if n == 1 and with_indices:
        check_1d_rank(x, name)
    if n == 1:
        check_rank(x, n, name)
    if n == 1 and not with_indices:
        _check_1d(x, kernel_size, stride, padding, dilation, ceil_mode)
        reject(x, "max_pool1d_impl", BOOL, INTEGRAL, COMPLEX)
    reject(x, f"max_pool{n}d", BOOL, COMPLEX)
    return largest_of(x, windows_over(name, x, n, kernel_size, stride, padding, dilation, ceil_mode), with_indices)


def _check_1d(x, kernel_size, stride, padding, dilation, ceil_mode: bool) -> None:
    (k,), (p,), (d,) = kernel_size, padding, dilation
    (s,) = stride or kernel_size
    if k <= 0:
        raise RuntimeError(f"max_pool1d() kernel_size must be greater than zero, but got {k}")
    if s <= 0:
        raise RuntimeError(f"max_pool1d() stride must be greater than zero, but got {s}")
    if p < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {p}")
    if p > k // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={p} and kernel_size={k}"
        )
    if d <= 0:
        raise RuntimeError(f"max_pool1d() dilation must be greater than zero, but got {d}")
    count = output_size(x.shape[-1], k, s, p, d, ceil_mode)
    if count <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {count}")


def _declare(n: int) -> None:
    name = f"max_pool{n}d"
    params = (
        f"(Tensor input, int[{n}] kernel_size, int[{n}]? stride=None, int[{n}] padding=0, int[{n}] dilation=1, "
        "bool ceil_mode=False"
    )
    grad_name = f"MaxPool{n}DWithIndicesBackward0" if n > 1 else "SqueezeBackward1"

    def pull(cotangent, x, *, wanted, kernel_size, stride, padding, dilation, ceil_mode):
        if math.prod(sized(name, "kernel_size", kernel_size, n)) > _MOST_PIECES:
            return None
        w = windows_over(name, x, n, kernel_size, stride, padding, dilation, ceil_mode)
        return (spread(cotangent, w, x.shape[x.ndim - n :], _choose(x, w)),)

    @op(f"{name}{params}) -> Tensor", variants="f", grad_name=grad_name, layout=channels_of_first, pull=pull)
    def max_pool(input, *, kernel_size, stride, padding, dilation, ceil_mode):
        """The largest element of each window."""
        return _pool(name, input, n, False, kernel_size, stride, padding, dilation, ceil_mode)

    @op(
        f"nn.functional.{name}_with_indices{params}, bool return_indices=False) -> (Tensor, Tensor)",
        variants="f",
        grad_name=grad_name,
        layout=channels_of_first,
    )
    def with_indices(input, *, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
        """The largest element of each window, and its position in the flattened plane."""
        return _pool(name, input, n, True, kernel_size, stride, padding, dilation, ceil_mode)


for _n in (1, 2, 3):
    _declare(_n)


# ----- Adaptive: a given number of windows -----


def adaptive_size(name: str, x, output_size, n: int) -> tuple[int, ...]:
    """The wanted sizes of the output; None keeps the input's."""
    given = (output_size,) * n if isinstance(output_size, int) or output_size is None else tuple(output_size)
    if n == 1 and len(given) != 1:
        raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(given)})")
    if len(given) != n:
        internal = "internal error: output_size.size() must be" if "max" in name else "output_size must be"
        raise RuntimeError(f"{name}{'()' if 'max' in name else ''}: {internal} {n}")
    return tuple(size if o is None else int(o) for o, size in zip(given, x.shape[x.ndim - n :], strict=False))


def check_adaptive(name: str, x, output_size, n: int, colon: str = "") -> None:
    """PyTorch's errors for the input of an adaptive pooling."""
    if n > 1 and isinstance(output_size, tuple) and x.ndim <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    if n == 1:
        check_1d_rank(x, name)
    elif x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got{colon} {list(x.shape)}")
    for dim in range(x.ndim - n if "avg" in name and n < 3 else 1, x.ndim):
        if x.shape[dim] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has "
                f"sizes {list(x.shape)} with dimension {dim} being empty"
            )


def adaptive_places(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(positions, whether each counts) of `count` windows that cover `size` elements."""
    start = np.arange(count) * size // count
    stop = -(-(np.arange(1, count + 1) * size) // count)
    at = start[:, None] + np.arange((stop - start).max(initial=1))
    return at, at < stop[:, None]


def uniform(plane, out) -> Windows | None:
    """The windows of an adaptive pooling when they are all alike."""
    if any(o == 0 or size % o for size, o in zip(plane, out, strict=True)):
        return None
    size = tuple(p // o for p, o in zip(plane, out, strict=True))
    return Windows(size, size, (0,) * len(size), (1,) * len(size), tuple(out))


def _adaptive_max(name: str, x, output_size, n: int, with_indices: bool):
    check_adaptive(name, x, output_size, n, ":")
    reject(x, "adaptive_max_pool3d_cpu" if n == 3 else "adaptive_max_pool2d", BOOL, INTEGRAL, COMPLEX)
    plane, out = x.shape[x.ndim - n :], adaptive_size(name, x, output_size, n)
    for o in out:
        if o < 0:
            shape = [*x.shape[: x.ndim - n], *((1, *out) if n == 1 else out)]
            raise RuntimeError(f"Trying to create tensor with negative dimension {o}: {shape}")
    if 0 in out:
        none = jnp.zeros((*x.shape[: x.ndim - n], *out), x.dtype)
        return (none, none.astype(jnp.int64)) if with_indices else none
    w = uniform(plane, out)
    if w is not None:
        return largest_of(x, w, with_indices)
    return gathered_max(x, [adaptive_places(*each) for each in zip(plane, out, strict=True)], with_indices)


def _declare_adaptive(n: int) -> None:
    name = f"adaptive_max_pool{n}d"
    grad_name = f"AdaptiveMaxPool{n}DBackward0" if n > 1 else "SqueezeBackward1"

    @op(
        f"nn.functional.{name}_with_indices(Tensor input, any output_size, bool return_indices=False) "
        "-> (Tensor, Tensor)",
        variants="f",
        grad_name=grad_name,
        layout=channels_of_first if n == 2 else None,
        aliases=("adaptive_max_pool1d",) if n == 1 else (),
    )
    def with_indices(input, *, output_size, return_indices):
        """The largest element of each of `output_size` windows, and its position in the flattened plane."""
        return _adaptive_max(name, input, output_size, n, True)

    @op(
        f"_{name}(Tensor input, any output_size) -> Tensor",
        variants="f",
        grad_name=grad_name,
        layout=channels_of_first if n == 2 else None,
    )
    def adaptive_max_pool(input, *, output_size):
        return _adaptive_max(name, input, output_size, n, False)


for _n in (1, 2, 3):
    _declare_adaptive(_n)
