"""Pseudo-inverses, ranks, condition numbers and least squares, which rest on singular values."""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.checks import dtype_name
from jaxtorch._ops.extreme_values import largest
from jaxtorch._ops.layouts import least_squares
from jaxtorch._ops.linalg_common import adjoint, check_no_nan, check_spectral, failures, require_matrix, require_square
from jaxtorch._ops.linalg_eigen import hermitian_eigen, singular, singular_values
from jaxtorch._ops.linalg_norms import matrix_norm
from jaxtorch._ops.linalg_solve import inverse_of
from jaxtorch._ops.table import op

# ----- Tolerances -----


def _given(tolerance, dtype):
    return None if tolerance is None else jnp.asarray(tolerance).astype(dtype)


def _tolerances(x, atol, rtol, real):
    """Absolute and relative tolerance: eps times the larger size, unless an absolute one is given."""
    default = jnp.asarray(jnp.finfo(real).eps * max(x.shape[-2:]), real)
    zero = jnp.zeros((), real)
    absolute, relative = _given(atol, real), _given(rtol, real)
    if relative is None:
        relative = default if absolute is None else jnp.where(absolute > 0, zero, default)
    return zero if absolute is None else absolute, relative


def _threshold(values, atol, rtol):
    """What singular values must exceed."""
    return jnp.maximum(atol, rtol * largest(jnp.abs(values), -1, initial=0))


# ----- Pseudo-inverse -----


@functools.partial(jax.custom_jvp, nondiff_argnums=(3,))
def pseudo_inverse(x, atol, rtol, hermitian: bool):
    """The Moore-Penrose inverse; smaller singular values count as zero."""
    if hermitian:
        values, vectors = hermitian_eigen(x)
        left, right = vectors, adjoint(vectors)
    else:
        left, values, right = singular(x)
    kept = jnp.abs(values) > _threshold(values, atol, rtol)[..., None]
    inverted = jnp.where(kept, 1 / jnp.where(kept, values, 1), 0).astype(x.dtype)
    return (adjoint(right) * inverted[..., None, :]) @ adjoint(left)


@pseudo_inverse.defjvp
def _pseudo_inverse_jvp(hermitian, primals, tangents):
    # Golub and Pereyra's formula, which needs no derivative of singular vectors and holds while the rank does
    (x, atol, rtol), (dx, _, _) = primals, tangents
    p = pseudo_inverse(x, atol, rtol, hermitian)
    ph, dxh = adjoint(p), adjoint(dx)
    outside = dxh - (dxh @ x) @ p
    inside = dxh @ ph
    return p, p @ (ph @ outside) + (inside - p @ (x @ inside)) @ p - p @ dx @ p


def _pinv(x, atol, rtol, hermitian: bool):
    kind = from_numpy_dtype(x.dtype)
    if x.ndim < 2 or kind.category < dtypes.FLOATING:
        raise RuntimeError(
            f"linalg.pinv({kind.scalar_name}{{{list(x.shape)}}}): expected a tensor with 2 or more "
            f"dimensions of float, double, cfloat or cdouble types"
        )
    if hermitian:
        require_square(x, "linalg.eigh")
    if not x.size:
        return jnp.zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
    atol, rtol = _tolerances(x, atol, rtol, jnp.real(x).dtype)
    return pseudo_inverse(x, atol, rtol, hermitian)


def _check_values(input, *tolerances, hermitian=False, **_):
    return [] if hermitian else check_no_nan(input)


@op(
    "linalg.pinv(Tensor input, *, Tensor|Scalar? atol=None, Tensor|Scalar? rtol=None, bool hermitian=False) -> Tensor",
    variants="fo",
    saves=("input", "result"),
    grad_name="LinalgPinvBackward0",
    check=_check_values,
    check_now=True,
)
def linalg_pinv(input, atol, rtol, *, hermitian):
    return _pinv(input, atol, rtol, hermitian)


@op(
    "linalg.pinv.rcond(Tensor input, Tensor|Scalar rcond, bool hermitian=False) -> Tensor",
    variants="fo",
    saves=("input", "result"),
    grad_name="LinalgPinvBackward0",
    check=_check_values,
    check_now=True,
)
def linalg_pinv_rcond(input, rcond, *, hermitian):
    return _pinv(input, jnp.zeros((), jnp.float32), rcond, hermitian)


@op(
    "pinverse(Tensor input, float rcond=1e-15) -> Tensor",
    saves=("input", "result"),
    grad_name="LinalgPinvBackward0",
    check=_check_values,
    check_now=True,
)
def pinverse(input, *, rcond):
    return _pinv(input, 0.0, rcond, False)


# ----- Rank -----


def _rank(x, atol, rtol, hermitian: bool):
    require_matrix(x, "torch.linalg.matrix_rank", "input")
    if from_numpy_dtype(x.dtype).category < dtypes.FLOATING:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if hermitian:
        require_square(x, "linalg.eigh")
    values = jnp.abs(hermitian_eigen(x)[0]) if hermitian else singular_values(x)
    atol, rtol = _tolerances(x, atol, rtol, values.dtype) if x.size else (0.0, 0.0)
    return (values > _threshold(values, atol, rtol)[..., None]).sum(-1, dtype=jnp.int64)


@op(
    "linalg.matrix_rank(Tensor input, *, Tensor|Scalar? atol=None, Tensor|Scalar? rtol=None, bool hermitian=False) -> "
    "Tensor",
    grad="none",
    variants="fo",
    check=_check_values,
    check_now=True,
)
def matrix_rank(input, atol, rtol, *, hermitian):
    return _rank(input, atol, rtol, hermitian)


@op(
    "linalg.matrix_rank.tol(Tensor input, Tensor|Scalar tol, bool hermitian=False) -> Tensor",
    grad="none",
    variants="fo",
    check=_check_values,
    check_now=True,
)
def matrix_rank_tol(input, tol, *, hermitian):
    return _rank(input, tol, jnp.zeros((), jnp.float32), hermitian)


# ----- Condition number -----


def _check_cond(input, *, p):
    return check_spectral(input, 2 if p is None else p, None)


@op(
    "linalg.cond(Tensor input, any p=None) -> Tensor",
    variants="fo",
    grad_name="SqueezeBackward1",
    check=_check_cond,
    check_now=True,
)
def cond(input, *, p):
    if input.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    real = jnp.real(input).dtype
    if not input.size:
        return jnp.zeros(input.shape[:-2], real)
    if p is None or p in (2, -2):
        values = singular_values_of(input)
        largest, smallest = values[..., 0], values[..., -1]
        return smallest / largest if p == -2 else largest / smallest
    if p not in (1, -1, math.inf, -math.inf, "fro", "nuc"):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    require_square(input, f"linalg.cond(ord={p if isinstance(p, str) else format(p, 'g')})")
    inverse = inverse_of(input)
    found = matrix_norm(input, p, (-2, -1), False) * matrix_norm(inverse, p, (-2, -1), False)
    return jnp.where(jnp.isfinite(inverse).all((-2, -1)), found, jnp.inf)  # where it is singular


def singular_values_of(x):
    """Singular values, after the check of the dtype that `svd` makes."""
    if from_numpy_dtype(x.dtype).category < dtypes.FLOATING:
        raise RuntimeError(f"linalg.svd: Expected a floating point or complex tensor as input. Got {dtype_name(x)}")
    return singular_values(x)


# ----- Least squares -----

_NOT_FULL_RANK = (
    "The least squares solution could not be computed because the input matrix does not have full rank "
    "(error code: {})."
)


def _check_lstsq_arguments(a, b, driver: str) -> None:
    name = "torch.linalg.lstsq"
    if a.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if not b.ndim:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype "
            f"{dtype_name(a)} and other's dtype {dtype_name(b)}"
        )
    kind = from_numpy_dtype(a.dtype)
    if kind.category < dtypes.FLOATING or kind.itemsize < 4:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if driver not in ("gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")


def _is_vector(a, b) -> bool:
    return b.ndim == 1 or (a.ndim - 1 == b.ndim and b.shape == a.shape[:-1])


def _check_full_rank(input, b, *, rcond, driver):
    if driver != "gels" or input.ndim < 2 or not input.size:
        return []
    rank, full = _rank(input, None, None, False), min(input.shape[-2:])
    return failures(jnp.where(rank < full, rank + 1, 0), full, "torch.linalg.lstsq", _NOT_FULL_RANK)


@op(
    "linalg.lstsq(Tensor input, Tensor b, float? rcond=None, *, str? driver=None) -> (Tensor solution, Tensor "
    "residuals, Tensor rank, Tensor singular_values)",
    variants="fo",
    saves=("input", "b", "result"),
    check=_check_full_rank,
    check_now=True,
    grad_name="LinalgLstsqBackward0",
    layout=(least_squares, None, None, None),
)
def lstsq(input, b, *, rcond, driver):
    """Least squares by the pseudo-inverse, whatever the driver.

    Differs from PyTorch: residuals are given for rank-deficient matrices too, since shapes cannot depend on values.
    """
    driver = driver or "gelsy"
    _check_lstsq_arguments(input, b, driver)
    vector = _is_vector(input, b)
    right = b[..., None] if vector else b
    if right.shape[-2] != input.shape[-2]:
        raise RuntimeError(f"torch.linalg.lstsq: input.size(-2) should match other.size({-1 if vector else -2})")
    rows, columns = input.shape[-2:]
    real = jnp.real(input).dtype
    batch = broadcast_shapes(input.shape[:-2], right.shape[:-2])
    a = jnp.broadcast_to(input, (*batch, rows, columns))
    right = jnp.broadcast_to(right, (*batch, *right.shape[-2:]))
    relative = jnp.asarray(jnp.finfo(real).eps * max(rows, columns) if rcond is None else rcond, real)
    if driver == "gels":
        relative = jnp.zeros((), real)
    solution = (
        pseudo_inverse(a, jnp.zeros((), real), relative, False) @ right
        if a.size
        else jnp.zeros((*batch, columns, right.shape[-1]), a.dtype)
    )
    residuals = jnp.zeros((0,), real)
    if rows > columns and driver != "gelsy":
        left = a @ solution - right
        residuals = jnp.sum(jnp.real(left * jnp.conj(left)), -2)
    values = singular_values(jax.lax.stop_gradient(a))
    rank = (values > _threshold(values, 0.0, relative)[..., None]).sum(-1, dtype=jnp.int64)
    return (
        solution[..., 0] if vector else solution,
        residuals,
        jnp.zeros((0,), jnp.int64) if driver == "gels" else rank,
        values if driver in ("gelsd", "gelss") else jnp.zeros((0,), real),
    )
