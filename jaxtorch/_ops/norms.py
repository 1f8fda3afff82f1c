"""Vector norms and distances. The derivative is 0 at the zero vector, as PyTorch has it."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.complex import modulus
from jaxtorch._ops.extreme_values import largest, smallest
from jaxtorch._ops.linalg_common import check_spectral
from jaxtorch._ops.norm import root_of_squares
from jaxtorch._ops.pointwise import is_complex, is_integral, opmath, scalar_name
from jaxtorch._ops.reduce import axes
from jaxtorch._ops.table import op


@jax.custom_jvp
def _size(x):
    return jnp.abs(x)


@_size.defjvp
def _size_jvp(primals, tangents):
    # sign(0) is 0, where JAX's derivative of abs is 1
    (x,) = primals
    return _size(x), tangents[0] * jnp.sign(x)


def _power(x, exponent: float):
    """`x ** exponent` of a number that is not negative, with derivative 0 at 0."""
    zero = x == 0
    at_zero = 0 if exponent > 0 else jnp.inf
    safe = jnp.where(zero, 1, x)
    raised = jnp.sqrt(safe) if exponent == 0.5 else lax.pow(safe, jnp.asarray(exponent, x.dtype))
    return jnp.where(zero, at_zero, raised)


@opmath
def vector_norm(x, *, ord, dim, keepdim):
    """The `ord`-norm of any float tensor, over all of it or along dimensions."""
    dims = axes(dim, x.ndim)
    if x.size == 0 and (ord < 0 or math.isinf(ord)) and (dim is None or any(x.shape[d] == 0 for d in dims)):
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {ord:g} norm on an empty tensor because the "
            "operation does not have an identity"
        )
    if ord == 2:
        square = x.real * x.real + x.imag * x.imag if is_complex(x) else x * x
        return root_of_squares(jnp.sum(square, axis=dims, keepdims=keepdim))
    if ord == 0:
        return jnp.sum(x != 0, axis=dims, keepdims=keepdim).astype(jnp.real(x).dtype)
    size = modulus(x) if is_complex(x) else _size(x)
    if math.isinf(ord):
        return (largest if ord > 0 else smallest)(size, dims, keepdim)
    if ord == 1:
        return jnp.sum(size, axis=dims, keepdims=keepdim)
    return _power(jnp.sum(_power(size, ord), axis=dims, keepdims=keepdim), 1 / ord)


def _checked(name: str, input, dtype):
    if is_integral(input):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {scalar_name(input)}")
    return input if dtype is None else input.astype(dtype.numpy_dtype)


def order_zero(avals, statics) -> bool:
    """Norms of order 0 count elements: PyTorch gives their inputs no gradient."""
    order = statics.get("ord", statics.get("p"))
    return isinstance(order, (int, float)) and order == 0


@op(
    "linalg.vector_norm(Tensor input, float ord=2, int[]? dim=None, bool keepdim=False, *, dtype? dtype=None) -> "
    "Tensor",
    variants="fo",
    saves=("input", "result"),
    grad_name="LinalgVectorNormBackward0",
    undefined=order_zero,
)
def linalg_vector_norm(input, *, ord, dim, keepdim, dtype):
    return vector_norm(_checked("linalg.vector_norm", input, dtype), ord=ord, dim=dim, keepdim=keepdim)


def _dims_of(dim) -> tuple[int, ...] | None:
    return None if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)


def _check_norm(input, *, p, dim, **_):
    return check_spectral(input, p, dim) if p == "nuc" else []


@op(
    "norm(Tensor input, any p='fro', any dim=None, bool keepdim=False, dtype? dtype=None) -> Tensor",
    saves=("input", "result"),
    grad_name="LinalgVectorNormBackward0",
    variants="fmo",
    undefined=order_zero,
    check=_check_norm,
    check_now=True,
)
def norm(input, *, p, dim, keepdim, dtype):
    x = _checked("linalg.vector_norm", input, dtype)
    dims = _dims_of(dim)
    if p == "nuc":
        return _nuclear(x, dims, keepdim)
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
    return vector_norm(x, ord=2.0 if p in ("fro", None) else float(p), dim=dims, keepdim=keepdim)


def _nuclear(x, dims: tuple[int, ...] | None, keepdim: bool):
    name = "linalg.matrix_norm"
    if x.ndim < 2 or (dims is None and x.ndim != 2):
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if dims is not None and len(dims) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dims))}")
    dims = (-2, -1) if dims is None else tuple(wrap_dim(d, x.ndim) for d in dims)
    if dims[0] == dims[1]:
        raise RuntimeError(f"{name}: dims must be different. Got {dims}")
    values = jnp.linalg.svd(jnp.moveaxis(x, dims, (-2, -1)), compute_uv=False)
    total = jnp.sum(values, axis=-1)
    return jnp.expand_dims(total, axes(dims, x.ndim)) if keepdim else total


@op("dist(Tensor input, Tensor other, float p=2) -> Tensor", saves=("input", "other", "result"), promote="default")
def dist(input, other, *, p):
    return vector_norm(input - other, ord=p, dim=None, keepdim=False)


@op("renorm(Tensor input, float p, int dim, float maxnorm) -> Tensor", variants="fmio")
@opmath
def renorm(input, *, p, dim, maxnorm):
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if input.ndim <= 1:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    dim = wrap_dim(dim, input.ndim)
    others = tuple(d for d in range(input.ndim) if d != dim)
    size = vector_norm(input, ord=p, dim=others, keepdim=True)
    limit = jnp.asarray(maxnorm, size.dtype)
    factor = jnp.where(size > limit, limit / (size + jnp.asarray(1e-7, size.dtype)), 1)
    return input * factor.astype(input.dtype)
