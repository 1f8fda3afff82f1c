"""Solving, inverting, determinants, powers and exponentials of square matrices."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import broadcast_shapes, wrap_dim
from jaxtorch._ops.layouts import columns, inverse_power, inverse_tensor, solutions
from jaxtorch._ops.linalg_common import (
    failures,
    require_floating,
    require_kernel,
    require_same_dtype,
    require_square,
    require_system,
    transposed,
    zero_pivot,
)
from jaxtorch._ops.linalg_lu import plain_solve
from jaxtorch._ops.matmul import product
from jaxtorch._ops.table import op

_SINGULAR = (
    "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."
)
_UNSOLVABLE = "The solver failed because the input matrix is singular."


# ----- Inverse -----


def inverse_of(x):
    """The inverse of square matrices."""
    return plain_solve(x, jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape))


def _checked_inverse(x):
    require_square(x, "linalg.inv")
    require_floating(x, "linalg.inv", low_precision=False)
    return inverse_of(x)


def _factorised(x) -> bool:
    """Whether an LU factorisation of the argument is possible; if not, the op itself says why."""
    kind = from_numpy_dtype(x.dtype)
    return (
        x.ndim >= 2
        and x.shape[-1] == x.shape[-2]
        and x.size > 0
        and kind.category >= dtypes.FLOATING
        and (kind.itemsize >= 4)
    )


def _check_inverse(name: str):
    def check(x, *, check_errors=True):
        if not check_errors or not _factorised(x):
            return []
        return failures(zero_pivot(lax.linalg.lu(x)[0]), x.shape[-1], name, _SINGULAR)

    return check


@op(
    "linalg.inv(Tensor A) -> Tensor",
    variants="fo",
    saves="result",
    grad_name="LinalgInvExBackward0",
    check=_check_inverse("linalg.inv"),
    check_now=True,
    layout=columns,
)
def linalg_inv(A):
    return _checked_inverse(A)


@op(
    "inverse(Tensor input) -> Tensor",
    variants="fmo",
    saves="result",
    grad_name="LinalgInvExBackward0",
    check=_check_inverse("linalg.inv"),
    check_now=True,
    layout=columns,
)
def inverse(input):
    return _checked_inverse(input)


@op(
    "linalg.inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)",
    variants="fo",
    saves="result",
    grad_name="LinalgInvExBackward0",
    check=_check_inverse("linalg.inv_ex"),
    check_now=True,
    layout=(columns, None),
)
def inv_ex(A, *, check_errors):
    return _checked_inverse(A), zero_pivot(lax.linalg.lu(A)[0])


# ----- Solve -----


def _is_vector(a, b) -> bool:
    return b.ndim == 1 or (a.ndim - 1 == b.ndim and b.shape == a.shape[:-1])


def _solve(a, b, left: bool):
    require_floating(a, "linalg.solve", low_precision=False)
    require_same_dtype(a, b, "linalg.solve")
    vector = _is_vector(a, b)
    right = b[..., None] if vector else b
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. "
            "In this case linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    require_system(a, right, left, "linalg.solve")
    if not left:
        return transposed(_solve(transposed(a), transposed(right), True))
    batch = broadcast_shapes(a.shape[:-2], right.shape[:-2])
    x = plain_solve(jnp.broadcast_to(a, (*batch, *a.shape[-2:])), jnp.broadcast_to(right, (*batch, *right.shape[-2:])))
    return x[..., 0] if vector else x


def _check_solve(name: str):
    def check(A, B, *, left, check_errors=True):
        if not check_errors or not _factorised(A):
            return []
        info = zero_pivot(lax.linalg.lu(A)[0])
        return failures((info != 0).astype(jnp.int32), 1, name, _UNSOLVABLE)

    return check


@op(
    "linalg.solve(Tensor A, Tensor B, *, bool left=True) -> Tensor",
    variants="fo",
    saves=("A", "result"),
    grad_name="LinalgSolveExBackward0",
    check=_check_solve("torch.linalg.solve"),
    check_now=True,
    layout=solutions,
)
def linalg_solve(A, B, *, left):
    return _solve(A, B, left)


@op(
    "linalg.solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)",
    variants="fo",
    saves=("A", "result"),
    check=_check_solve("torch.linalg.solve_ex"),
    check_now=True,
    grad_name="LinalgSolveExBackward0",
    layout=(solutions, None),
)
def linalg_solve_ex(A, B, *, left, check_errors):
    return _solve(A, B, left), zero_pivot(lax.linalg.lu(A)[0])


def _solve_triangular(a, b, upper: bool, left: bool, unitriangular: bool, transpose: bool = False):
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return lax.linalg.triangular_solve(
        jnp.broadcast_to(a, (*batch, *a.shape[-2:])),
        jnp.broadcast_to(b, (*batch, *b.shape[-2:])),
        left_side=left,
        lower=not upper,
        transpose_a=transpose,
        unit_diagonal=unitriangular,
    )


@op(
    "linalg.solve_triangular(Tensor input, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> "
    "Tensor",
    variants="fo",
    saves=("input", "result"),
    grad_name="LinalgSolveTriangularBackward0",
    layout=columns,
)
def solve_triangular(input, B, *, upper, left, unitriangular):
    require_system(input, B, left, "linalg.solve_triangular")
    require_kernel(input, "triangular_solve_cpu")
    return _solve_triangular(input, B.astype(input.dtype), upper, left, unitriangular)


@op(
    "triangular_solve(Tensor input, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False) -> "
    "(Tensor solution, Tensor cloned_coefficient)",
    variants="fmo",
    layout=columns,
)
def triangular_solve(input, A, *, upper, transpose, unitriangular):
    for name, x in (("b", input), ("A", A)):
        if x.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has "
                f"{x.ndim} dimensions instead"
            )
    require_square(A, "")
    if A.shape[-1] != input.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for triangular_solve: each A matrix is {A.shape[-2]} by "
            f"{A.shape[-1]} but each b matrix is {input.shape[-2]} by {input.shape[-1]}"
        )
    solution = _solve_triangular(A, input, upper, True, unitriangular, transpose)
    return solution, jnp.broadcast_to(A, (*solution.shape[:-2], *A.shape[-2:]))


# ----- Determinants -----


def _signed(x, name: str):
    require_square(x, name)
    require_floating(x, name, low_precision=False)
    return jnp.linalg.slogdet(x)


@op("linalg.det(Tensor A) -> Tensor", variants="fo", grad_name="LinalgDetBackward0")
def linalg_det(A):
    require_square(A, "linalg.det")
    require_floating(A, "linalg.det", low_precision=False)
    return jnp.linalg.det(A) if A.size else jnp.ones(A.shape[:-2], A.dtype)


@op("det(Tensor input) -> Tensor", grad_name="LinalgDetBackward0")
def det(input):
    return linalg_det(input)


@op("linalg.slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)", variants="fo", grad_name="LinalgSlogdetBackward0")
def linalg_slogdet(A):
    sign, magnitude = _signed(A, "linalg.slogdet")
    return sign, magnitude


@op("slogdet(Tensor input) -> (Tensor sign, Tensor logabsdet)", variants="fmo", grad_name="LinalgSlogdetBackward0")
def slogdet(input):
    return linalg_slogdet(input)


@op("logdet(Tensor input) -> Tensor", grad_name="WhereBackward0")
def logdet(input):
    sign, magnitude = _signed(input, "logdet")
    if jnp.issubdtype(sign.dtype, jnp.complexfloating):
        return jnp.log(sign) + magnitude
    return jnp.where(sign < 0, jnp.nan, magnitude)


# ----- Powers and exponentials -----


def _power(x, n: int):
    if n == 0:
        return jnp.broadcast_to(jnp.eye(x.shape[-1], dtype=x.dtype), x.shape)
    result, square = None, x
    while n:
        if n & 1:
            result = square if result is None else product(result, square)
        n >>= 1
        square = product(square, square) if n else square
    return result


def _check_power(x, *, n):
    return _check_inverse("linalg.inv")(x) if n < 0 else []


def _matrix_power(x, n: int):
    require_square(x, "linalg.matrix_power")
    return _power(_checked_inverse(x), -n) if n < 0 else _power(x, n)


@op(
    "linalg.matrix_power(Tensor input, int n) -> Tensor",
    variants="fo",
    check=_check_power,
    check_now=True,
    grad_name="MmBackward0",
    layout=inverse_power,
)
def linalg_matrix_power(input, *, n):
    return _matrix_power(input, n)


@op(
    "matrix_power(Tensor input, int n) -> Tensor",
    variants="fmo",
    check=_check_power,
    check_now=True,
    grad_name="MmBackward0",
    layout=inverse_power,
)
def matrix_power(input, *, n):
    return _matrix_power(input, n)


# ----- Tensors as matrices -----


def _check_tensorinv(A, *, ind):
    rows = math.prod(A.shape[:ind])
    return _check_inverse("inv")(A.reshape(rows, rows)) if ind > 0 and A.size == rows * rows else []


@op(
    "linalg.tensorinv(Tensor input, int ind=2) -> Tensor",
    variants="fo",
    check=_check_tensorinv,
    check_now=True,
    grad_name="ViewBackward0",
    layout=inverse_tensor,
)
def tensorinv(input, *, ind):
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    first, last = input.shape[:ind], input.shape[ind:]
    if math.prod(first) != math.prod(last):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {math.prod(last)} != {math.prod(first)}"
        )
    return _checked_inverse(input.reshape(math.prod(last), math.prod(first))).reshape(*last, *first)


def _laid_out(A, B, dims):
    if dims is not None:
        moved = [wrap_dim(d, A.ndim) for d in dims]
        A = jnp.transpose(A, [d for d in range(A.ndim) if d not in moved] + moved)
    shape = A.shape[B.ndim :]
    if math.prod(shape) != B.size:
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {math.prod(shape)} != {B.size}"
        )
    return A.reshape(B.size, B.size), shape


def _check_tensorsolve(A, B, *, dims):
    return _check_solve("torch.linalg.solve")(_laid_out(A, B, dims)[0], B, left=True)


@op(
    "linalg.tensorsolve(Tensor input, Tensor other, int[]? dims=None) -> Tensor",
    variants="fo",
    check=_check_tensorsolve,
    check_now=True,
    grad_name="ViewBackward0",
)
def tensorsolve(input, other, *, dims):
    matrix, shape = _laid_out(input, other, dims)
    return _solve(matrix, other.reshape(-1), True).reshape(shape)


# ----- Vandermonde matrices -----


def _powers(x, count: int):
    wide = x.astype(jnp.int64) if jnp.issubdtype(x.dtype, jnp.integer) or x.dtype == jnp.bool_ else x
    ones = jnp.ones((*x.shape, 1), wide.dtype)
    rest = jnp.cumprod(jnp.broadcast_to(wide[..., None], (*x.shape, max(count - 1, 0))), axis=-1)
    return jnp.concatenate([ones, rest], -1)[..., :count]


@op("linalg.vander(Tensor x, *, int? N=None) -> Tensor", variants="f", grad_name="CatBackward0")
def linalg_vander(x, *, N):
    x = jnp.atleast_1d(x)
    count = x.shape[-1] if N is None else N
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    return _powers(x, count)


@op("vander(Tensor x, int? N=None, bool increasing=False) -> Tensor", variants="f", grad_name="FlipBackward0")
def vander(x, *, N, increasing):
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    made = _powers(x, count)
    return made if increasing else made[..., ::-1]
