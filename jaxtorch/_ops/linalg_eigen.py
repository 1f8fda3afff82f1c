"""Eigenvalues, eigenvectors and singular values.

Eigenvectors and singular vectors are fixed up to a factor of modulus 1: LAPACK's choice may differ from PyTorch's.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._ops.layouts import columns
from jaxtorch._ops.linalg_common import (
    adjoint,
    check_no_nan,
    diagonal,
    mirrored,
    require_floating,
    require_kernel,
    require_matrix,
    require_square,
)
from jaxtorch._ops.table import op


def _differences(values):
    """`L_j - L_i`, 1 on the diagonal."""
    return values[..., None, :] - values[..., :, None] + jnp.eye(values.shape[-1], dtype=values.dtype)


def _hollow(x):
    """The matrices with zeros on their diagonals."""
    return jnp.where(jnp.eye(x.shape[-1], dtype=bool), jnp.zeros((), x.dtype), x)


def _inverse(x):
    """1 / x, and 0 where x is 0: on diagonals, and where equal values leave their vectors open.

    JAX's rules add 1 there and subtract it again, which costs second derivatives most of their digits in float32.
    """
    nothing = x == 0
    return jnp.where(nothing, 0, 1 / jnp.where(nothing, 1, x))


# ----- General matrices -----


def _complex(x):
    return x.astype(from_numpy_dtype(x.dtype).to_complex().numpy_dtype)


@jax.custom_jvp
def eigen(x):
    """Eigenvalues and normalised eigenvectors."""
    values, vectors = lax.linalg.eig(x, compute_left_eigenvectors=False)
    return values, vectors


@eigen.defjvp
def _eigen_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    values, vectors = eigen(x)
    inner = jnp.linalg.solve(vectors, _complex(dx) @ vectors)
    turned = vectors @ (_hollow(inner) / _differences(values))
    along = jnp.real(jnp.sum(jnp.conj(vectors) * turned, -2, keepdims=True)).astype(vectors.dtype)
    return (values, vectors), (diagonal(inner), turned - vectors * along)  # without `along`: they stay normalised


def _check_finite(A):
    return jnp.isfinite(A), RuntimeError, "torch.linalg.eig: input tensor should not contain infs or NaNs."


def _require_eigen(A, name: str) -> None:
    require_square(A, name)
    kind = from_numpy_dtype(A.dtype)
    if kind.category < dtypes.FLOATING:
        raise RuntimeError(f"Unknown Complex ScalarType for {kind.scalar_name}")


@op(
    "linalg.eig(Tensor input) -> (Tensor eigenvalues, Tensor eigenvectors)",
    variants="fo",
    saves="result",
    grad_name="LinalgEigBackward0",
    check=_check_finite,
    check_now=True,
    layout=(None, columns),
)
def linalg_eig(input):
    _require_eigen(input, "linalg.eig")
    if not input.size:
        return _complex(input[..., 0] if input.shape[-1] else jnp.zeros(input.shape[:-1], input.dtype)), _complex(input)
    return eigen(input)


@op(
    "linalg.eigvals(Tensor input) -> Tensor",
    variants="fo",
    saves=(),
    grad_name="LinalgEigBackward0",
    check=_check_finite,
    check_now=True,
)
def linalg_eigvals(input):
    _require_eigen(input, "linalg.eigvals")
    return eigen(input)[0] if input.size else _complex(jnp.zeros(input.shape[:-1], input.dtype))


# ----- Hermitian matrices -----


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _hermitian(x, lower: bool):
    return mirrored(x, not lower)


@_hermitian.defjvp
def _hermitian_jvp(lower, primals, tangents):
    # Gradients are hermitian, whichever triangle is read.
    (x,), (dx,) = primals, tangents
    return _hermitian(x, lower), (dx + adjoint(dx)) / 2


def hermitian_eigen(x, lower: bool = True):
    """Eigenvalues in ascending order and eigenvectors of hermitian matrices, of which one triangle is read."""
    if not x.size:
        return jnp.zeros(x.shape[:-1], jnp.real(x).dtype), x
    return _eigh(_hermitian(x, lower))


@jax.custom_jvp
def _eigh(x):
    vectors, values = lax.linalg.eigh(x, symmetrize_input=False)
    return values, vectors


@_eigh.defjvp
def _eigh_jvp(primals, tangents):
    values, vectors = _eigh(*primals)
    inner = adjoint(vectors) @ tangents[0] @ vectors
    gaps = _inverse(values[..., None, :] - values[..., :, None]).astype(vectors.dtype)
    return (values, vectors), (jnp.real(diagonal(inner)), vectors @ (gaps * inner))


def _require_hermitian(A, UPLO: str, name: str) -> bool:
    require_square(A, name)
    if UPLO.upper() not in ("L", "U") or UPLO not in ("L", "U", "l", "u"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    require_kernel(A, "linalg_eigh_cpu")
    return UPLO.upper() == "L"


@op(
    "linalg.eigh(Tensor input, str UPLO='L') -> (Tensor eigenvalues, Tensor eigenvectors)",
    variants="fo",
    saves="result",
    grad_name="LinalgEighBackward0",
    layout=(None, columns),
)
def linalg_eigh(input, *, UPLO):
    return hermitian_eigen(input, _require_hermitian(input, UPLO, "linalg.eigh"))


@op("linalg.eigvalsh(Tensor input, str UPLO='L') -> Tensor", variants="fo", saves=(), grad_name="LinalgEighBackward0")
def linalg_eigvalsh(input, *, UPLO):
    return hermitian_eigen(input, _require_hermitian(input, UPLO, "linalg.eigvalsh"))[0]


# ----- Singular values -----


@jax.custom_jvp
def _full_svd(x):
    u, s, vh = lax.linalg.svd(x, full_matrices=True)
    return u, s, vh


@_full_svd.defjvp
def _full_svd_jvp(primals, tangents):
    # The vectors beyond the smaller size are arbitrary: like PyTorch, say that they do not move.
    u, s, vh = _full_svd(*primals)
    du, ds, dvh = jax.jvp(_reduced_svd, primals, tangents)[1]
    du = jnp.concatenate([du, jnp.zeros_like(u[..., du.shape[-1] :])], -1)
    return (u, s, vh), (du, ds, jnp.concatenate([dvh, jnp.zeros_like(vh[..., dvh.shape[-2] :, :])], -2))


@jax.custom_jvp
def _reduced_svd(x):
    u, s, vh = lax.linalg.svd(x, full_matrices=False)
    return u, s, vh


@_reduced_svd.defjvp
def _reduced_svd_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    u, s, vh = _reduced_svd(x)
    uh, v, row = adjoint(u), adjoint(vh), s[..., None, :]
    column = s[..., :, None]
    inner = uh @ dx @ v
    gaps = _inverse((row + column) * (row - column)).astype(x.dtype)
    right, left = inner * row, column * inner
    inverse = _inverse(s)[..., None, :].astype(x.dtype)
    phase = (inner - adjoint(inner)) / 2 * jnp.eye(s.shape[-1], dtype=x.dtype) * inverse
    du = u @ (gaps * (right + adjoint(right)) + phase)
    dv = v @ (gaps * (left + adjoint(left)))
    height, width = x.shape[-2:]
    if height > width:  # out of the space of the vectors there are
        du = du + (dx @ v - u @ (uh @ dx @ v)) * inverse
    elif width > height:
        dv = dv + (adjoint(dx) @ u - v @ (vh @ adjoint(dx) @ u)) * inverse
    return (u, s, vh), (du, jnp.real(diagonal(inner)), adjoint(dv))


def singular(x, full_matrices: bool = False):
    """U, the singular values in descending order, and V^H."""
    rows, columns = x.shape[-2:]
    if not x.size:
        small = min(rows, columns)
        u, v = (rows, rows if full_matrices else small), (columns if full_matrices else small, columns)
        return (
            jnp.broadcast_to(jnp.eye(*u, dtype=x.dtype), (*x.shape[:-2], *u)),
            jnp.zeros((*x.shape[:-2], small), jnp.real(x).dtype),
            jnp.broadcast_to(jnp.eye(*v, dtype=x.dtype), (*x.shape[:-2], *v)),
        )
    return _full_svd(x) if full_matrices and rows != columns else _reduced_svd(x)


def singular_values(x):
    """The singular values alone, in descending order."""
    if not x.size:
        return jnp.zeros((*x.shape[:-2], min(x.shape[-2:])), jnp.real(x).dtype)
    return lax.linalg.svd(x, compute_uv=False)


def _require_svd(A, driver) -> None:
    require_matrix(A, "linalg.svd")
    require_floating(A, "linalg.svd", low_precision=False)
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


@op(
    "linalg.svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)",
    variants="fo",
    saves="result",
    grad_name="LinalgSvdBackward0",
    check=check_no_nan,
    check_now=True,
    layout=(columns, None, columns),
)
def linalg_svd(A, *, full_matrices, driver):
    _require_svd(A, driver)
    return singular(A, full_matrices)


@op(
    "linalg.svdvals(Tensor A, *, str? driver=None) -> Tensor",
    variants="fo",
    saves=(),
    grad_name="LinalgSvdBackward0",
    check=check_no_nan,
    check_now=True,
)
def linalg_svdvals(A, *, driver):
    _require_svd(A, driver)
    return singular_values(A)


@op(
    "svd(Tensor input, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)",
    variants="fmo",
    saves="result",
    grad_name="LinalgSvdBackward0",
    check=check_no_nan,
    check_now=True,
    layout=(columns, None, None),
)
def svd(input, *, some, compute_uv):
    require_matrix(input, "linalg.svd")
    require_floating(input, "linalg.svd", low_precision=False)
    if compute_uv:
        u, s, vh = singular(input, not some)
        return u, s, adjoint(vh)
    rows, columns = input.shape[-2:]
    return (
        jnp.zeros((*input.shape[:-2], rows, rows), input.dtype),
        singular_values(input),
        jnp.zeros((*input.shape[:-2], columns, columns), input.dtype),
    )
