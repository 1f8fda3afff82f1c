"""Cholesky factors and solving with them."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.checks import dtype_name
from jaxtorch._ops.layouts import columns
from jaxtorch._ops.linalg_common import (
    adjoint,
    failures,
    mirrored,
    require_floating,
    require_matrix,
    require_square,
)
from jaxtorch._ops.table import op

_NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading "
    "minor of order {} is not positive-definite)."
)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _lower(x, upper: bool):
    return lax.linalg.cholesky(mirrored(x, upper), symmetrize_input=False)


@_lower.defjvp
def _lower_jvp(upper, primals, tangents):
    # PyTorch's derivative: of both triangles, whichever is read, so that gradients are symmetric.
    (x,), (dx,) = primals, tangents
    low = _lower(x, upper)
    half = lax.linalg.triangular_solve(low, dx, left_side=True, lower=True)
    inner = lax.linalg.triangular_solve(low, half, left_side=False, lower=True, transpose_a=True, conjugate_a=True)
    return low, low @ ((jnp.tril(inner) + adjoint(jnp.triu(inner, 1))) / 2)


def factor(x, upper: bool):
    """The Cholesky factor; nan where the matrix is not positive definite."""
    low = _lower(x, upper)
    return adjoint(low) if upper else low


def _failing_minor(x, upper: bool):
    """LAPACK's code: the order of the first leading minor that is not positive, or 0. Slow, so only after a failure."""
    n = x.shape[-1]

    def step(k, state):
        a, info = state
        column = lax.dynamic_index_in_dim(a, k, -1, keepdims=False)
        pivot = jnp.real(lax.dynamic_index_in_dim(column, k, -1, keepdims=True))
        bad = ~(pivot[..., 0] > 0)
        info = jnp.where((info == 0) & bad, k + 1, info).astype(jnp.int32)
        column = column / jnp.sqrt(jnp.where(pivot > 0, pivot, 1)).astype(a.dtype)
        return a - column[..., :, None] * jnp.conj(column)[..., None, :], info

    return lax.fori_loop(0, n, step, (mirrored(x, upper), jnp.zeros(x.shape[:-2], jnp.int32)))[1]


def _info(x, low, upper: bool):
    failed = jnp.isnan(low).any()
    none = jnp.zeros(x.shape[:-2], jnp.int32)
    if not x.size:
        return none
    return lax.cond(failed, lambda a: _failing_minor(a, upper), lambda a: none, lax.stop_gradient(x))


def _check(name: str):
    def check(input, *, upper, check_errors=True):
        if not check_errors or input.ndim < 2 or not input.size:
            return []
        return failures(_info(input, factor(input, upper), upper), input.shape[-1], name, _NOT_POSITIVE)

    return check


def _checked_factor(x, upper: bool, name: str):
    require_square(x, name)
    require_floating(x, name, low_precision=False)
    return factor(x, upper)


@op(
    "linalg.cholesky(Tensor input, *, bool upper=False) -> Tensor",
    variants="fo",
    saves="result",
    grad_name="LinalgCholeskyExBackward0",
    check=_check("linalg.cholesky"),
    check_now=True,
    layout=columns,
)
def linalg_cholesky(input, *, upper):
    return _checked_factor(input, upper, "linalg.cholesky")


@op(
    "cholesky(Tensor input, bool upper=False) -> Tensor",
    variants="fmo",
    saves="result",
    check=_check("cholesky"),
    check_now=True,
    layout=columns,
)
def cholesky(input, *, upper):
    return _checked_factor(input, upper, "cholesky")


@op(
    "linalg.cholesky_ex(Tensor input, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)",
    variants="fo",
    saves="result",
    grad_name="LinalgCholeskyExBackward0",
    check=_check("linalg.cholesky_ex"),
    check_now=True,
    layout=(columns, None),
)
def linalg_cholesky_ex(input, *, upper, check_errors):
    low = _checked_factor(input, upper, "linalg.cholesky")
    return low, _info(input, low, upper)


def _solve_both(low, b, upper: bool):
    """X of `L L^H X = B`, or `U^H U X = B`."""
    fixed = lax.stop_gradient(low)

    def solve(_, right):
        half = lax.linalg.triangular_solve(
            fixed, right, left_side=True, lower=not upper, transpose_a=upper, conjugate_a=upper
        )
        return lax.linalg.triangular_solve(
            fixed, half, left_side=True, lower=not upper, transpose_a=not upper, conjugate_a=not upper
        )

    def product(right):
        whole = adjoint(low) @ low if upper else low @ adjoint(low)
        return whole @ right

    # PyTorch's gradient is that of the whole factor, its other triangle too, though the solution reads only one.
    return lax.custom_linear_solve(product, b, solve, lambda _, right: jnp.conj(solve(_, jnp.conj(right))))


@op("cholesky_solve(Tensor input, Tensor input2, bool upper=False) -> Tensor", variants="fmo", layout=columns)
def cholesky_solve(input, input2, *, upper):
    for name, x in (("b", input), ("u", input2)):
        if x.ndim < 2:
            raise RuntimeError(f"{name} should have at least 2 dimensions, but has {x.ndim} dimensions instead")
    if input.dtype != input2.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {dtype_name(input)} and A of "
            f"type {dtype_name(input2)} instead."
        )
    require_square(input2, "cholesky_solve")
    if input2.shape[-1] != input.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {input2.shape[-2]} by "
            f"{input2.shape[-1]} but each b matrix is {input.shape[-2]} by {input.shape[-1]}"
        )
    batch = broadcast_shapes(input.shape[:-2], input2.shape[:-2])
    low, right = (jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (input2, input))
    return _solve_both(low, right, upper)


@op("cholesky_inverse(Tensor input, bool upper=False) -> Tensor", variants="fmo", layout=columns)
def cholesky_inverse(input, *, upper):
    require_matrix(input, "cholesky_inverse")
    require_square(input, "cholesky_inverse")
    return _solve_both(input, jnp.broadcast_to(jnp.eye(input.shape[-1], dtype=input.dtype), input.shape), upper)
