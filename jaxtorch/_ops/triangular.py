"""Triangles of matrices: tril, triu and the indices of their elements."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from jaxtorch._base import dtypes
from jaxtorch._ops.table import op


def _require_matrix(x, name: str) -> None:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


@op("tril(Tensor input, int diagonal=0) -> Tensor", grad="linear", variants="fmio")
def tril(input, *, diagonal):
    _require_matrix(input, "tril")
    return jnp.tril(input, diagonal)


@op("triu(Tensor input, int diagonal=0) -> Tensor", grad="linear", variants="fmio")
def triu(input, *, diagonal):
    _require_matrix(input, "triu")
    return jnp.triu(input, diagonal)


def _indices(name: str, row: int, col: int, first, count, dtype):
    """Row and column of each element, row by row; `first` and `count` are the columns of each row that belong."""
    for what, size in (("row", row), ("col", col)):
        if size < 0:
            raise RuntimeError(f"{what} must be non-negative, got{size}")
    if dtype.category != dtypes.INTEGRAL:
        raise NotImplementedError(f"\"{name}\" not implemented for '{dtype.scalar_name}'")
    ends = np.cumsum(count)
    total = int(ends[-1]) if row else 0
    if not total:
        return jnp.zeros((2, 0), dtype.numpy_dtype)
    k = jnp.arange(total)
    rows = jnp.searchsorted(jnp.asarray(ends), k, side="right")
    columns = k - jnp.asarray(ends - count - first)[rows]
    return jnp.stack([rows, columns]).astype(dtype.numpy_dtype)


@op("_tril_indices(*, int row, int col, int offset, dtype dtype) -> Tensor", grad="none", variants="")
def _tril_indices(*, row, col, offset, dtype):
    i = np.arange(max(row, 0))
    return _indices("tril_indices", row, col, np.zeros_like(i), np.clip(i + offset + 1, 0, max(col, 0)), dtype)


@op("_triu_indices(*, int row, int col, int offset, dtype dtype) -> Tensor", grad="none", variants="")
def _triu_indices(*, row, col, offset, dtype):
    first = np.clip(np.arange(max(row, 0)) + offset, 0, max(col, 0))
    return _indices("triu_indices", row, col, first, max(col, 0) - first, dtype)
