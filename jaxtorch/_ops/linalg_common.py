"""What the linear algebra files share: PyTorch's errors about shapes and dtypes, and checks of singular matrices."""

from __future__ import annotations

import math

import jax.numpy as jnp

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._ops.checks import dtype_name


class _LinAlgError(RuntimeError):
    """Raised where a matrix is singular, not positive definite, or an algorithm does not converge."""


_LinAlgError.__module__ = "torch._C"
LinAlgError = _LinAlgError


def transposed(x):
    """The matrices of `x` transposed."""
    return jnp.swapaxes(x, -2, -1)


def adjoint(x):
    """The matrices of `x` transposed and conjugated."""
    return jnp.conj(jnp.swapaxes(x, -2, -1))


def diagonal(x):
    """The diagonals of the matrices of `x`."""
    return jnp.diagonal(x, 0, -2, -1)


def mirrored(x, upper: bool):
    """The hermitian matrix whose one triangle is that of `x`: LAPACK does not look at the other."""
    half = adjoint(jnp.triu(x)) if upper else jnp.tril(x)
    strict = jnp.tril(half, -1)
    on_diagonal = jnp.eye(x.shape[-1], dtype=bool)
    return jnp.where(on_diagonal, jnp.real(half).astype(x.dtype), strict) + adjoint(strict)


# ----- Arguments -----


def require_matrix(x, name: str, argument: str = "A") -> None:
    """At least two dimensions."""
    if x.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")


def require_square(x, name: str, argument: str = "A") -> None:
    """Square matrices."""
    require_matrix(x, name, argument)
    if x.shape[-1] != x.shape[-2]:
        said = f"{name}: {argument}" if name else argument
        raise RuntimeError(
            f"{said} must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} matrices"
        )


def require_floating(x, name: str, low_precision: bool = True) -> None:
    """A floating or complex dtype, float16 and bfloat16 only where the function has them."""
    kind = from_numpy_dtype(x.dtype)
    if kind.category < dtypes.FLOATING:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {kind.scalar_name}")
    if not low_precision and kind in dtypes.LOW_PRECISION:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {kind.scalar_name}")


def require_kernel(x, kernel: str) -> None:
    """A dtype that LAPACK has."""
    kind = from_numpy_dtype(x.dtype)
    if kind.category < dtypes.FLOATING or kind.itemsize < 4:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind.scalar_name}'")


def require_same_dtype(a, b, name: str, first: str = "A", second: str = "B") -> None:
    """Two tensors of one dtype."""
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{name}: Expected {first} and {second} to have the same dtype, but found {first} of type "
            f"{dtype_name(a)} and {second} of type {dtype_name(b)} instead"
        )


def require_system(a, b, left: bool, name: str) -> None:
    """Shapes of an equation AX = B (or XA = B)."""
    require_square(a, name)
    require_matrix(b, name, "B")
    if a.shape[-2 if left else -1] != b.shape[-2 if left else -1]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({a.shape[-2]}x{a.shape[-1]} and {b.shape[-2]}x{b.shape[-1]})"
        )


# ----- Checks inside programs -----

_MOST_CONDITIONS = 64


def failures(info, largest: int, name: str, text: str) -> list[tuple]:
    """LAPACK's error codes as checks: 0 is success, `text` has a place for a code of up to `largest`.

    One condition a code and matrix lets the message name them; for many matrices one condition stands for all.
    """
    batch = info.shape
    count = math.prod(batch)
    if count * largest > _MOST_CONDITIONS:
        return [(info == 0, LinAlgError, f"{name}: {text.format('?')}")]
    flat = info.reshape(-1)
    checks: list[tuple] = []
    for b in range(count):
        where = f"(Batch element {b}): " if batch else ""
        checks.extend(
            (flat[b] != code, LinAlgError, f"{name}: {where}{text.format(code)}") for code in range(1, largest + 1)
        )
    return checks


def check_no_nan(input, **_):
    """The check of what rests on singular values, which LAPACK finds none of where there is a nan."""
    if input.ndim < 2 or not input.size or not jnp.issubdtype(input.dtype, jnp.inexact):
        return []
    text = "The algorithm failed to converge because the input matrix contained non-finite values."
    return failures(jnp.isnan(input).any((-2, -1)).astype(jnp.int32), 1, "linalg.svd", text)


def check_spectral(input, ord, dim):
    """The check of a norm of matrices, where that rests on singular values."""
    dims = (-2, -1) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    if ord not in (2, -2, "nuc") or input.ndim < 2 or len(dims) != 2:
        return []
    return check_no_nan(jnp.moveaxis(input, dims, (-2, -1)))


def zero_pivot(lu):
    """LAPACK's code of an LU factorisation: the first (from 1) zero on the diagonal of U, or 0."""
    zero = diagonal(lu) == 0
    if not zero.shape[-1]:
        return jnp.zeros(lu.shape[:-2], jnp.int32)
    return jnp.where(zero.any(-1), jnp.argmax(zero, -1) + 1, 0).astype(jnp.int32)
