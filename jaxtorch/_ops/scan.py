"""Running sums, products and extremes along a dimension; differences and integrals."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax.numpy as jnp
from jax import lax

from jaxtorch._base.sizes import wrap_dim, wrap_dims
from jaxtorch._ops.logaddexp import complex_logaddexp
from jaxtorch._ops.pointwise import BOOL, COMPLEX, INTEGRAL, default_float, is_integral, opmath, reject
from jaxtorch._ops.table import op

# XLA's CPU cumsum of 1000 x 1000 takes 2.8 to 4.1 ms, a loop over rows of lanes 0.3 to 0.7 ms (PyTorch 0.9 to 1.4); a
# tree is quicker only where a row is one element or two. Small ones are not worth the loop's compilation.
_SMALL = 4096


def _prefix(combine: Callable, leaves: tuple, dim: int):
    """Inclusive scan of an associative function over tuples of arrays: a loop on CPU, a tree elsewhere."""
    rows = tuple(jnp.moveaxis(x, dim, 0) for x in leaves)
    length, lanes = rows[0].shape[0], math.prod(rows[0].shape[1:])
    if length < 2 or lanes == 0:
        return leaves

    def loop(*rows):
        def step(carry, row):
            carry = combine(carry, row)
            return carry, carry

        first = tuple(x[0] for x in rows)
        rest = lax.scan(step, first, tuple(x[1:] for x in rows))[1]
        return tuple(jnp.concatenate([f[None], r]) for f, r in zip(first, rest, strict=True))

    def tree(*rows):
        return tuple(lax.associative_scan(combine, rows))

    if lanes < 4 and length > 1024:
        done = tree(*rows)
    else:
        done = lax.platform_dependent(*rows, cpu=loop, default=tree)
    return tuple(jnp.moveaxis(x, 0, dim) for x in done)


# ----- Sums and products -----


@opmath
def _cumsum(x, *, dim):
    return lax.cumsum(x, axis=dim) if x.size <= _SMALL else _prefix(lambda a, b: (a[0] + b[0],), (x,), dim)[0]


@opmath
def _cumprod(x, *, dim):
    return _prefix(lambda a, b: (a[0] * b[0],), (x,), dim)[0]


def _running(fn, input, dim: int, dtype):
    dim = wrap_dim(dim, input.ndim)
    x = (
        input.astype(dtype.numpy_dtype)
        if dtype is not None
        else (input.astype(jnp.int64) if is_integral(input) else input)
    )
    return x if x.ndim == 0 or x.size == 0 else fn(x, dim=dim)


@op("cumsum(Tensor input, int dim, *, dtype? dtype=None) -> Tensor", grad="linear", variants="fmio")
def cumsum(input, *, dim, dtype):
    return _running(_cumsum, input, dim, dtype)


@op("cumprod(Tensor input, int dim, *, dtype? dtype=None) -> Tensor", variants="fmio", saves=("input", "result"))
def cumprod(input, *, dim, dtype):
    return _running(_cumprod, input, dim, dtype)


@op("logcumsumexp(Tensor input, int dim) -> Tensor", variants="fmo", saves=("input", "result"))
def logcumsumexp(input, *, dim):
    dim = wrap_dim(dim, input.ndim)
    if input.ndim == 0 or input.size == 0:
        return input
    reject(input, "logcumsumexp_out_cpu", BOOL, INTEGRAL)
    return _logcumsumexp(input, dim=dim)


@opmath
def _logcumsumexp(x, *, dim):
    add = complex_logaddexp if jnp.issubdtype(x.dtype, jnp.complexfloating) else jnp.logaddexp
    return _prefix(lambda a, b: (add(a[0], b[0]),), (x,), dim)[0]


# ----- Extremes: a later equal element takes over, NaN stays -----


def _running_extreme(name: str, largest: bool) -> None:
    @op(f"{name}(Tensor input, int dim) -> (Tensor values, Tensor indices)", variants="fmo", saves=())
    def extreme(input, *, dim):
        reject(input, f"{name}_cpu", COMPLEX)
        dim = wrap_dim(dim, input.ndim)
        if input.ndim == 0 or input.size == 0:
            return input, jnp.zeros(input.shape, jnp.int64)
        x = lax.stop_gradient(input)
        (best,) = _prefix(lambda a, b: ((lax.max if largest else lax.min)(a[0], b[0]),), (x,), dim)
        # two loops over one array each; a loop over (value, index) takes ten times as long
        hit = (x == best) | (x != x)
        places = jnp.where(hit, lax.broadcasted_iota(jnp.int32, x.shape, dim), 0)
        index = _prefix(lambda a, b: (lax.max(a[0], b[0]),), (places,), dim)[0].astype(jnp.int64)
        return jnp.take_along_axis(input, index, axis=dim, mode="promise_in_bounds"), index


_running_extreme("cummax", True)
_running_extreme("cummin", False)


# ----- Differences -----


@op(
    "diff(Tensor input, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor",
    grad="linear",
    variants="fmo",
    grad_name="SubBackward0",
)
def diff(input, prepend, append, *, n, dim):
    if input.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    if n == 0:  # what would be prepended or appended is not
        return input
    dim = wrap_dim(dim, input.ndim)
    parts = [p for p in (prepend, input, append) if p is not None]
    for p in parts:
        if p.ndim != input.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
        if any(p.shape[d] != input.shape[d] for d in range(input.ndim) if d != dim):
            raise RuntimeError(
                "diff expects the shape of tensor to prepend or append to match that of input except along the "
                "differencing dimension"
            )
    x = jnp.concatenate(parts, axis=dim)
    for _ in range(min(n, x.shape[dim])):
        upper, lower = (lax.slice_in_dim(x, start, x.shape[dim] - 1 + start, axis=dim) for start in (1, 0))
        x = upper != lower if x.dtype == bool else upper - lower
    return x


# ----- Integrals -----


def _strips(y, x, dx, dim: int):
    """The area under each pair of neighbours along `dim`, and `dim` counted from the front."""
    if y.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    dim = wrap_dim(dim, y.ndim)
    if y.dtype == bool:
        raise RuntimeError("trapezoid: received a bool input for `y`, but bool is not supported")
    upper, lower = (lax.slice_in_dim(y, start, y.shape[dim] - 1 + start, axis=dim) for start in (1, 0))
    if x is not None:
        return default_float((upper + lower) * _widths(y, x, dim)) / 2, dim
    step = 1.0 if dx is None else dx
    total = upper + lower
    total = total.astype(jnp.float32) if is_integral(total) else total
    return total * jnp.asarray(step / 2, total.dtype), dim


def _widths(y, x, dim: int):
    if x.dtype == bool:
        raise RuntimeError("trapezoid: received a bool input for `x`, but bool is not supported")
    if x.ndim == 1 and y.ndim != 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError("trapezoid: There must be one `x` value for each sample point")
        return (x[1:] - x[:-1]).reshape((-1,) + (1,) * (y.ndim - 1 - dim))
    x = x.reshape((1,) * (y.ndim - x.ndim) + x.shape)
    last = x.shape[dim] - 1
    return lax.slice_in_dim(x, 1, last + 1, axis=dim) - lax.slice_in_dim(x, 0, last, axis=dim)


def _integral(name: str, finish) -> None:
    @op(
        f"{name}(Tensor y, Tensor? x=None, *, float? dx=None, int dim=-1) -> Tensor",
        variants="f",
        grad_name="MulBackward0",
    )
    def integral(y, x, *, dx, dim):
        if x is not None and dx is not None:
            raise RuntimeError(f"{name} received both x and dx, but only one of them may be given")
        strips, dim = _strips(y, x, dx, dim)
        return finish(strips, dim)


_integral("trapezoid", lambda strips, dim: jnp.sum(strips, axis=dim))
_integral("trapz", lambda strips, dim: jnp.sum(strips, axis=dim))
_integral("cumulative_trapezoid", lambda strips, dim: _cumsum(strips, dim=dim) if strips.size else strips)


# ----- Numerical gradient -----


@op(
    "gradient.tensors(Tensor input, *, Tensor[] spacing, int[]? dim=None, int edge_order=1) -> Tensor[]",
    variants="f",
    grad_name="CopySlices",
)
def gradient_tensors(input, spacing, *, dim, edge_order):
    dims = _gradient_dims(input, dim, edge_order)
    _spacing_fits(len(spacing), len(dims), dim)
    return tuple(
        _slopes(input, d, points[1:] - points[:-1], edge_order) for d, points in zip(dims, spacing, strict=True)
    )


@op(
    "gradient(Tensor input, *, any? spacing=None, int[]? dim=None, int edge_order=1) -> Tensor[]",
    variants="f",
    grad_name="CopySlices",
)
def gradient(input, *, spacing, dim, edge_order):
    dims = _gradient_dims(input, dim, edge_order)
    spacing = 1 if spacing is None else spacing
    steps = tuple(spacing) if isinstance(spacing, (tuple, list)) else (spacing,) * len(dims)
    _spacing_fits(len(steps), len(dims), dim)
    return tuple(_even_slopes(input, d, step, edge_order) for d, step in zip(dims, steps, strict=True))


def _spacing_fits(given: int, dims: int, dim) -> None:
    if given == dims:
        return
    if dim is None:
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = "
            f"{dims}', since dim argument was not given, but got a list of length {given}"
        )
    raise RuntimeError(
        "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the "
        f"same length, but got a spacing argument of length {given} and a dim argument of length {dims}."
    )


def _gradient_dims(x, dim, edge_order: int) -> tuple[int, ...]:
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    dims = tuple(range(x.ndim)) if dim is None else wrap_dims(dim, x.ndim)
    for d in dims:
        if x.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    return dims


def _even_slopes(x, dim: int, step, edge_order: int):
    """`_slopes` for neighbours at equal distances; the middle one of three does not count, be it infinite or nan."""
    y = jnp.moveaxis(x.astype(jnp.float32) if is_integral(x) else x, dim, -1)
    step = jnp.asarray(step, jnp.result_type(y.dtype, jnp.complex64) if isinstance(step, complex) else y.dtype)
    inside = (y[..., 2:] - y[..., :-2]) / step / 2
    if edge_order == 1:
        first, last = y[..., 1:2] - y[..., :1], y[..., -1:] - y[..., -2:-1]
    else:
        first = -1.5 * y[..., :1] + 2 * y[..., 1:2] - 0.5 * y[..., 2:3]
        last = 0.5 * y[..., -3:-2] - 2 * y[..., -2:-1] + 1.5 * y[..., -1:]
    return jnp.moveaxis(jnp.concatenate([first / step, inside, last / step], axis=-1), -1, dim)


def _slopes(x, dim: int, gaps, edge_order: int):
    """Second order differences inside, one-sided ones of `edge_order` at both ends; `gaps` between neighbours."""
    y = jnp.moveaxis(x.astype(jnp.float32) if is_integral(x) else x, dim, -1)
    gaps = gaps.astype(jnp.float32) if is_integral(gaps) else gaps
    y = y.astype(jnp.result_type(y.dtype, gaps.dtype))
    gaps = gaps if jnp.iscomplexobj(gaps) else gaps.astype(jnp.real(y).dtype)
    step = (y[..., 1:] - y[..., :-1]) / gaps
    before, after = gaps[:-1], gaps[1:]
    inside = (step[..., :-1] * after + step[..., 1:] * before) / (before + after)
    first, last = step[..., :1], step[..., -1:]
    if edge_order == 2:  # a straight line through the nearest two
        first, last = 2 * first - inside[..., :1], 2 * last - inside[..., -1:]
    return jnp.moveaxis(jnp.concatenate([first, inside, last], axis=-1), -1, dim)
