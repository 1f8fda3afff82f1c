"""Norms of matrices. Norms of vectors are in `norms.py`."""

from __future__ import annotations

import math

import jax.numpy as jnp

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import LOW_PRECISION, from_numpy_dtype
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.checks import dtype_name
from jaxtorch._ops.extreme_values import largest, smallest
from jaxtorch._ops.linalg_common import check_spectral, require_matrix
from jaxtorch._ops.linalg_eigen import singular_values
from jaxtorch._ops.norms import order_zero, vector_norm
from jaxtorch._ops.table import op


def _as(x, dtype, name: str):
    """`x` in the dtype asked for; PyTorch's errors where that cannot be."""
    kind = from_numpy_dtype(x.dtype)
    if kind.category < dtypes.FLOATING:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {kind.scalar_name}")
    if dtype is None:
        return x
    if dtype.category < dtypes.FLOATING:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {dtype.scalar_name}")
    if kind.is_complex != dtype.is_complex:
        what = "complex for complex" if kind.is_complex else "real for real"
        raise RuntimeError(f"{name}: dtype should be {what} inputs, but got {dtype.scalar_name}")
    if kind.itemsize > dtype.itemsize:
        raise RuntimeError(
            f"{name}: the dtype of the input ({kind.scalar_name}) should be convertible without "
            f"narrowing to the specified dtype ({dtype.scalar_name})"
        )
    return x.astype(dtype.numpy_dtype)


def _largest(x, axis: int, keepdim: bool):
    # `initial` would share the derivative where everything is 0
    return largest(x, axis, keepdim) if x.shape[axis] else x.sum(axis, keepdims=keepdim)


def matrix_norm(x, ord, dim: tuple[int, int], keepdim: bool):
    """A norm of the matrices that two dimensions make."""
    rows, columns = (wrap_dim(d, x.ndim) for d in dim)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return vector_norm(x, ord=2.0, dim=(rows, columns), keepdim=keepdim)
    if ord in (2, -2, "nuc"):
        values = singular_values(jnp.moveaxis(x, (rows, columns), (-2, -1)))
        if ord == -2 and not values.shape[-1]:
            raise IndexError("amin(): Expected reduction dim -1 to have non-zero size.")
        reduced = values.sum(-1) if ord == "nuc" else _largest(values, -1, False) if ord == 2 else smallest(values, -1)
        return jnp.expand_dims(reduced, tuple(sorted((rows, columns)))) if keepdim else reduced
    summed, kept = (columns, rows) if abs(ord) == math.inf else (rows, columns)
    sums = vector_norm(x, ord=1.0, dim=(summed,), keepdim=True)
    if ord > 0:
        out = _largest(sums, kept, True)
    elif sums.shape[kept]:
        out = smallest(sums, kept, True)
    else:
        raise IndexError(f"amin(): Expected reduction dim {dim[0] if kept == rows else dim[1]} to have non-zero size.")
    return out if keepdim else jnp.squeeze(out, (rows, columns))


def _checked_matrix_norm(input, ord, dim, keepdim: bool, dtype):
    name = "linalg.matrix_norm"
    require_matrix(input, name)
    if len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    if isinstance(ord, complex):
        raise RuntimeError(f"{name}: Expected a non-complex scalar as the order of norm.")
    known = ord in ("fro", "nuc") if isinstance(ord, str) else abs(ord) in (1, 2, math.inf)
    if not known:
        raise RuntimeError(f"{name}: Order {ord if isinstance(ord, str) else format(ord, 'g')} not supported.")
    x = _as(input, dtype, name)
    kind = from_numpy_dtype(x.dtype)
    if kind in LOW_PRECISION and ord not in (2, -2, "nuc"):
        return matrix_norm(x.astype(jnp.float32), ord, dim, keepdim).astype(x.dtype)
    if kind in LOW_PRECISION:
        raise RuntimeError(f"linalg.svd: Low precision dtypes not supported. Got {dtype_name(x)}")
    return matrix_norm(x, ord, dim, keepdim)


def _check_norm(input, *, ord, dim, **_):
    return check_spectral(input, ord, dim) if dim is not None or input.ndim == 2 else []


@op(
    "linalg.matrix_norm(Tensor input, any ord='fro', int[] dim=[-2, -1], bool keepdim=False, *, dtype? dtype=None) -> "
    "Tensor",
    variants="fo",
    saves=("input", "result"),
    grad_name="LinalgVectorNormBackward0",
    check=_check_norm,
    check_now=True,
)
def linalg_matrix_norm(input, *, ord, dim, keepdim, dtype):
    return _checked_matrix_norm(input, ord, dim, keepdim, dtype)


@op(
    "linalg.norm(Tensor input, any ord=None, int[1]? dim=None, bool keepdim=False, *, dtype? dtype=None) -> Tensor",
    variants="fo",
    saves=("input", "result"),
    grad_name="LinalgVectorNormBackward0",
    undefined=order_zero,
    check=_check_norm,
    check_now=True,
)
def linalg_norm(input, *, ord, dim, keepdim, dtype):
    if dim is not None and len(dim) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}")
    if isinstance(ord, str):
        return _checked_matrix_norm(input, ord, (-2, -1) if dim is None else dim, keepdim, dtype)
    if ord is not None and dim is None and input.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {input.ndim}D."
        )
    if ord is not None and (len(dim) == 2 if dim is not None else input.ndim == 2):
        return _checked_matrix_norm(input, ord, (0, 1) if dim is None else dim, keepdim, dtype)
    x = _as(input, dtype, "linalg.vector_norm")
    return vector_norm(x, ord=2.0 if ord is None else float(ord), dim=dim, keepdim=keepdim)
