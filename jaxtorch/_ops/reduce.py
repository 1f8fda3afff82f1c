"""Sums, products, means, variances, and what follows from them.

`dim` is one dimension or several, None or () for all. Halves compute in float32 and are rounded once.
"""

from __future__ import annotations

import warnings

import jax.numpy as jnp
from jax import lax

from jaxtorch._base.modes import defaults
from jaxtorch._base.sizes import wrap_dims
from jaxtorch._ops.pointwise import is_complex, is_floating, is_integral, opmath, scalar_name
from jaxtorch._ops.table import op


def axes(dim, ndim: int) -> tuple[int, ...]:
    """The dimensions of a reduction, counted from the front."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    dims = wrap_dims((dim,) if isinstance(dim, int) else dim, ndim)
    return dims if ndim else ()


def squeeze(x, dims: tuple[int, ...], keepdim: bool):
    """Drop reduced dimensions of size 1 unless they are kept."""
    return x if keepdim or not x.ndim else lax.squeeze(x, dims)


def _converted(x, dtype):
    """The input in the dtype to sum in; integers and bools sum in int64."""
    if dtype is not None:
        return x.astype(dtype.numpy_dtype)
    return x.astype(jnp.int64) if is_integral(x) else x


# ----- Sums and products -----


@opmath
def _sum(x, *, dim, keepdim):
    return jnp.sum(x, axis=axes(dim, x.ndim), keepdims=keepdim, dtype=x.dtype)


@op("sum(Tensor input, *, dtype? dtype=None) -> Tensor", grad="linear")
def sum_(input, *, dtype):
    return _sum(_converted(input, dtype), dim=None, keepdim=False)


@op(
    "sum.dim_IntList(Tensor input, int[]? dim, bool keepdim=False, *, dtype? dtype=None) -> Tensor",
    grad="linear",
    variants="fmo",
)
def sum_dim(input, *, dim, keepdim, dtype):
    return _sum(_converted(input, dtype), dim=dim, keepdim=keepdim)


@op("nansum(Tensor input, int[]? dim=None, bool keepdim=False, *, dtype? dtype=None) -> Tensor", variants="fmo")
def nansum(input, *, dim, keepdim, dtype):
    if is_complex(input):
        raise RuntimeError("nansum on CPU does not support complex inputs")
    x = _converted(input, dtype)
    return _sum(jnp.where(jnp.isnan(x), 0, x) if is_floating(x) else x, dim=dim, keepdim=keepdim)


@opmath
def _prod(x, *, dim, keepdim):
    return jnp.prod(x, axis=axes(dim, x.ndim), keepdims=keepdim, dtype=x.dtype)


@op("prod(Tensor input, *, dtype? dtype=None) -> Tensor", saves=("input", "result"))
def prod(input, *, dtype):
    return _prod(_converted(input, dtype), dim=None, keepdim=False)


@op(
    "prod.dim(Tensor input, int dim, bool keepdim=False, *, dtype? dtype=None) -> Tensor",
    saves=("input", "result"),
    variants="fmo",
)
def prod_dim(input, *, dim, keepdim, dtype):
    return _prod(_converted(input, dtype), dim=dim, keepdim=keepdim)


# ----- Means -----


def _mean(input, dim, keepdim: bool, dtype):
    x = input if dtype is None else input.astype(dtype.numpy_dtype)
    if is_integral(x):
        which = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {which} dtype must be either a floating point or "
            f"complex dtype. Got: {scalar_name(x)}"
        )
    return _wide_mean(x, dim=dim, keepdim=keepdim)


@opmath
def _wide_mean(x, *, dim, keepdim):
    dims = axes(dim, x.ndim)
    count = _count(x.shape, dims)
    return jnp.sum(x, axis=dims, keepdims=keepdim) / jnp.asarray(count, jnp.real(x).dtype)


def _count(shape: tuple[int, ...], dims: tuple[int, ...]) -> int:
    count = 1
    for d in dims:
        count *= shape[d]
    return count


@op("mean(Tensor input, *, dtype? dtype=None) -> Tensor", grad="linear", variants="fmo")
def mean(input, *, dtype):
    return _mean(input, None, False, dtype)


@op(
    "mean.dim(Tensor input, int[]? dim, bool keepdim=False, *, dtype? dtype=None) -> Tensor",
    grad="linear",
    variants="fmo",
)
def mean_dim(input, *, dim, keepdim, dtype):
    return _mean(input, dim, keepdim, dtype)


@op(
    "nanmean(Tensor input, int[]? dim=None, bool keepdim=False, *, dtype? dtype=None) -> Tensor",
    variants="fmo",
    grad_name="DivBackward0",
)
def nanmean(input, *, dim, keepdim, dtype):
    if is_integral(input):
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {scalar_name(input)}"
        )
    if is_complex(input):
        raise RuntimeError("nansum on CPU does not support complex inputs")
    return _nanmean(_converted(input, dtype), dim=dim, keepdim=keepdim)


@opmath
def _nanmean(x, *, dim, keepdim):
    dims, missing = axes(dim, x.ndim), jnp.isnan(x)
    total = jnp.sum(jnp.where(missing, 0, x), axis=dims, keepdims=keepdim)
    return total / jnp.sum(~missing, axis=dims, keepdims=keepdim).astype(x.dtype)


# ----- Variance -----


def _variance(name: str, x, dim, correction: float | None, keepdim: bool):
    """(variance, mean), each with `keepdim`; the mean is kept complex for complex input."""
    if is_integral(x):
        what = "std and var" if name in ("std", "var") else name
        raise RuntimeError(f"{what} only support floating point and complex dtypes")
    dims = axes(dim, x.ndim)
    freedom = _count(x.shape, dims) - (1 if correction is None else correction)
    if freedom <= 0:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction "
            "factor (input numel divided by output numel).",
            UserWarning,
            stacklevel=2,
        )
    real = jnp.real(x).dtype
    center = jnp.sum(x, axis=dims, keepdims=True) / jnp.asarray(_count(x.shape, dims), real)
    gap = x - center
    square = gap.real * gap.real + gap.imag * gap.imag if is_complex(x) else gap * gap
    total = jnp.sum(square, axis=dims, keepdims=keepdim)
    variance = total / jnp.asarray(max(freedom, 0), real)
    return variance, squeeze(center, dims, keepdim)


def _root(variance):
    """Square root with derivative 0 at 0, as std has."""
    zero = variance == 0
    return jnp.where(zero, 0, jnp.sqrt(jnp.where(zero, 1, variance)))


@opmath
def _var(x, *, dim, correction, keepdim):
    return _variance("var", x, dim, correction, keepdim)[0]


@opmath
def _std(x, *, dim, correction, keepdim):
    return _root(_variance("std", x, dim, correction, keepdim)[0])


@opmath
def _var_mean(x, *, dim, correction, keepdim):
    return _variance("var_mean", x, dim, correction, keepdim)


@opmath
def _std_mean(x, *, dim, correction, keepdim):
    variance, center = _variance("std_mean", x, dim, correction, keepdim)
    return _root(variance), center


def _declare(name: str, fn, returns: str, saves: tuple[str, ...], variants: str) -> None:
    grad_name = "".join(part.capitalize() for part in name.split("_")) + "Backward0"

    # a bool in second place is `unbiased`, not a dimension, so this overload comes first
    @op(
        f"{name}.unbiased(Tensor input, bool unbiased) -> {returns}",
        saves=saves,
        grad_name=grad_name,
        variants=variants.replace("o", ""),
    )
    def whole(input, *, unbiased):
        return fn(input, dim=None, correction=float(unbiased), keepdim=False)

    @op(
        f"{name}(Tensor input, int[]? dim=None, *, float? correction=1, bool keepdim=False) -> {returns}",
        saves=saves,
        grad_name=grad_name,
        variants=variants,
    )
    def corrected(input, *, dim, correction, keepdim):
        return fn(input, dim=dim, correction=correction, keepdim=keepdim)

    @op(
        f"{name}.dim(Tensor input, int[]? dim, bool unbiased=True, bool keepdim=False) -> {returns}",
        saves=saves,
        grad_name=grad_name,
        variants=variants,
    )
    def along(input, *, dim, unbiased, keepdim):
        return fn(input, dim=dim, correction=float(unbiased), keepdim=keepdim)


_declare("var", _var, "Tensor", ("input",), "fmo")
_declare("std", _std, "Tensor", ("input", "result"), "fmo")
_declare("var_mean", _var_mean, "(Tensor, Tensor)", ("input",), "f")
_declare("std_mean", _std_mean, "(Tensor, Tensor)", ("input", "result"), "f")


# ----- Exponentials, counts -----


@op(
    "logsumexp(Tensor input, int[] dim, bool keepdim=False) -> Tensor",
    saves=("input", "result"),
    variants="fmo",
    aliases=("special.logsumexp",),
)
def logsumexp(input, *, dim, keepdim):
    x = input.astype(defaults.dtype.numpy_dtype) if is_integral(input) else input
    return _logsumexp(x, dim=dim, keepdim=keepdim)


@opmath
def _logsumexp(x, *, dim, keepdim):
    dims = axes(dim, x.ndim)
    if _count(x.shape, dims) == 0:
        return jnp.full(
            [1 if d in dims else n for d, n in enumerate(x.shape) if keepdim or d not in dims], -jnp.inf, x.dtype
        )
    top = jnp.max(jnp.real(lax.stop_gradient(x)), axis=dims, keepdims=True)
    top = jnp.where(jnp.isinf(top), 0, top)
    total = jnp.sum(jnp.exp(x - top), axis=dims, keepdims=True)
    return squeeze(jnp.log(total) + top, dims, keepdim)


@op("count_nonzero(Tensor input, int[]? dim=None) -> Tensor", grad="none")
def count_nonzero(input, *, dim):
    return jnp.sum(input != 0, axis=axes(dim, input.ndim), dtype=jnp.int64)


# ----- Truth -----


def _truth(name: str, fn) -> None:
    def reduced(input, dim, keepdim):
        dims = () if dim == () else axes(dim, input.ndim)  # unlike for sums, no dimension means none
        out = fn(input != 0, axis=dims, keepdims=keepdim)
        return out.astype(jnp.uint8) if input.dtype == jnp.uint8 else out  # a relic PyTorch keeps

    @op(f"{name}(Tensor input) -> Tensor", grad="none", variants="fmo")
    def whole(input):
        return reduced(input, None, False)

    @op(f"{name}.dim(Tensor input, int[]? dim=None, bool keepdim=False) -> Tensor", grad="none", variants="fmo")
    def along(input, *, dim, keepdim):
        return reduced(input, dim, keepdim)


_truth("all", jnp.all)
_truth("any", jnp.any)


@op(
    "hash_tensor(Tensor input, int[1]? dim=(), *, bool keepdim=False, int mode=0) -> Tensor",
    grad="none",
    variants="fmo",
)
def hash_tensor(input, *, dim, keepdim, mode):
    """The exclusive or of all elements' bits, as 64-bit floats or integers."""
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    if input.size == 0 and not dim:
        raise RuntimeError(
            "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the "
            "reduction dim with the 'dim' argument."
        )
    for d in axes(dim, input.ndim):
        if not input.shape[d]:
            raise IndexError(f"hash_tensor: Expected reduction dim {d} to have non-zero size.")
    wide = input.astype(jnp.float64 if is_floating(input) else jnp.int64)
    bits, dims = lax.bitcast_convert_type(wide, jnp.uint64), axes(dim, input.ndim)
    # JAX takes several dimensions; its annotation has one.
    found = jnp.bitwise_xor.reduce(bits, axis=dims, keepdims=True)  # type: ignore[arg-type]
    return squeeze(found, dims, keepdim)
