"""LU factors and solving with them."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.layouts import columns, solutions
from jaxtorch._ops.linalg_common import (
    adjoint,
    failures,
    require_kernel,
    require_matrix,
    require_same_dtype,
    require_square,
    require_system,
    zero_pivot,
)
from jaxtorch._ops.table import op

_ZERO_PIVOT = (
    "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want to "
    "perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
)


def _factor(x, pivot: bool, name: str):
    if x.ndim < 2:
        raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(x.shape)} instead")
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    require_kernel(x, "lu_cpu")
    lu, pivots, permutation = lax.linalg.lu(x)
    return lu, pivots + 1, permutation


def _check_factor(name: str):
    def check(A, *, pivot, check_errors=True):
        if not check_errors or not pivot or A.ndim < 2 or not A.size:
            return []
        checks = failures(zero_pivot(lax.linalg.lu(A)[0]), min(A.shape[-2:]), name, _ZERO_PIVOT)
        return [(ok, RuntimeError, message) for ok, _, message in checks]

    return check


@op(
    "linalg.lu_factor(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)",
    variants="fo",
    saves="result",
    grad_name="LinalgLuFactorExBackward0",
    check=_check_factor("torch.linalg.lu_factor"),
    check_now=True,
    layout=(columns, None),
)
def lu_factor(A, *, pivot):
    return _factor(A, pivot, "torch.lu_factor")[:2]


@op(
    "linalg.lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False) -> (Tensor LU, Tensor pivots, Tensor "
    "info)",
    variants="fo",
    saves="result",
    check=_check_factor("torch.linalg.lu_factor_ex"),
    check_now=True,
    grad_name="LinalgLuFactorExBackward0",
    layout=(columns, None, None),
)
def lu_factor_ex(A, *, pivot, check_errors):
    lu, pivots, _ = _factor(A, pivot, "torch.lu_factor")
    return lu, pivots, zero_pivot(lu)


def _unpacked(lu):
    """L with ones on its diagonal and U, both as narrow as the smaller size."""
    rows, columns = lu.shape[-2:]
    small = min(rows, columns)
    low = jnp.tril(lu[..., :, :small], -1) + jnp.eye(rows, small, dtype=lu.dtype)
    return low, jnp.triu(lu[..., :small, :])


def _permutation_matrix(permutation, dtype):
    """P of `A = P L U`, from the rows that LU took."""
    size = permutation.shape[-1]
    return (jnp.arange(size)[:, None] == permutation[..., None, :]).astype(dtype)


@op(
    "linalg.lu(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)",
    variants="fo",
    saves="result",
    grad_name="LinalgLuBackward0",
)
def lu(A, *, pivot):
    made, _, permutation = _factor(A, pivot, "linalg.lu")
    return (_permutation_matrix(permutation, A.dtype), *_unpacked(made))


def _check_pivots(LU_data, LU_pivots, *, unpack_data, unpack_pivots):
    rows = LU_data.shape[-2] if LU_data.ndim > 1 else 1
    return (
        (LU_pivots >= 1) & (LU_pivots <= rows),
        RuntimeError,
        "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the result "
        "of lu_factor?",
    )


@op(
    "lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True) -> (Tensor P, Tensor "
    "L, Tensor U)",
    grad="linear",
    variants="fo",
    check=_check_pivots,
    check_now=True,
)
def lu_unpack(LU_data, LU_pivots, *, unpack_data, unpack_pivots):
    if unpack_pivots and LU_pivots.dtype != jnp.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 "
            "dtype.\nNote: this function is intended to be used with the output produced by "
            "torch.linalg.lu_factor"
        )
    require_matrix(LU_data, "lu_unpack")
    empty = jnp.zeros((0,), LU_data.dtype)
    low, up = _unpacked(LU_data) if unpack_data else (empty, empty)
    if not unpack_pivots:
        return empty, low, up
    permutation = lax.linalg.lu_pivots_to_permutation(LU_pivots - 1, LU_data.shape[-2])
    return _permutation_matrix(permutation, LU_data.dtype), low, up


def solve_factored(lu, permutation, b, left: bool, adjoint_: bool):
    """X of `A X = B` (`X A = B`), where `A = P L U`, or its adjoint."""
    if not left:
        # X A = B is A^H X^H = B^H
        return adjoint(solve_factored(lu, permutation, adjoint(b), True, not adjoint_))
    if not adjoint_:
        b = jnp.take_along_axis(b, permutation[..., :, None], -2)
        half = lax.linalg.triangular_solve(lu, b, left_side=True, lower=True, unit_diagonal=True)
        return lax.linalg.triangular_solve(lu, half, left_side=True, lower=False)
    half = lax.linalg.triangular_solve(lu, b, left_side=True, lower=False, transpose_a=True, conjugate_a=True)
    x = lax.linalg.triangular_solve(
        lu, half, left_side=True, lower=True, unit_diagonal=True, transpose_a=True, conjugate_a=True
    )
    return jnp.take_along_axis(x, jnp.argsort(permutation, -1)[..., :, None], -2)


def _lu_solve(lu, pivots, b, left: bool, adjoint_: bool):
    if pivots.dtype != jnp.int32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    require_square(lu, "torch.linalg.lu_solve")
    require_same_dtype(lu, b, "linalg.lu_solve", "LU")
    require_system(lu, b, left, "linalg.lu_solve")
    if pivots.shape[-1] != lu.shape[-1]:
        raise RuntimeError("linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix")
    if pivots.shape[:-1] != lu.shape[:-2]:
        raise RuntimeError(
            "linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots "
            f"with shape {list(pivots.shape)} instead"
        )
    batch = broadcast_shapes(b.shape[:-2], lu.shape[:-2])
    permutation = lax.linalg.lu_pivots_to_permutation(pivots - 1, lu.shape[-1])
    return solve_factored(
        jnp.broadcast_to(lu, (*batch, *lu.shape[-2:])),
        jnp.broadcast_to(permutation, (*batch, permutation.shape[-1])),
        jnp.broadcast_to(b, (*batch, *b.shape[-2:])),
        left,
        adjoint_,
    )


@op(
    "linalg.lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) -> Tensor",
    variants="fo",
    saves=("LU", "pivots", "result"),
    grad_name="LinalgLuSolveBackward0",
    layout=solutions,
)
def linalg_lu_solve(LU, pivots, B, *, left, adjoint):
    return _lu_solve(LU, pivots, B, left, adjoint)


@op(
    "lu_solve(Tensor input, Tensor LU_data, Tensor LU_pivots) -> Tensor",
    variants="fmo",
    saves=("LU_data", "LU_pivots", "result"),
    grad_name="LinalgLuSolveBackward0",
    layout=columns,
)
def lu_solve(input, LU_data, LU_pivots):
    return _lu_solve(LU_data, LU_pivots, input, True, False)


def plain_solve(a, b):
    """X of `A X = B` for batches of one shape, singular matrices giving inf and nan."""
    lu, _, permutation = lax.linalg.lu(lax.stop_gradient(a))

    def solve(_, right):
        return solve_factored(lu, permutation, right, True, False)

    def solve_transposed(_, right):
        return jnp.conj(solve_factored(lu, permutation, jnp.conj(right), True, True))

    return lax.custom_linear_solve(lambda x: a @ x, b, solve, solve_transposed)
