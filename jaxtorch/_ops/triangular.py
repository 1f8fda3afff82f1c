"""Triangles of matrices."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from jaxtorch._base.dtypes import dtype as dtype_t
from jaxtorch._ops.table import op


def _check(input, name: str) -> None:
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


@op("tril(Tensor input, int diagonal=0) -> Tensor", grad="linear", variants="fmio")
def tril(input, *, diagonal):
    """The part of each matrix on and below a diagonal; the rest is zero."""
    _check(input, "tril")
    return jnp.tril(input, diagonal)


@op("triu(Tensor input, int diagonal=0) -> Tensor", grad="linear", variants="fmio")
def triu(input, *, diagonal):
    """The part of each matrix on and above a diagonal; the rest is zero."""
    _check(input, "triu")
    return jnp.triu(input, diagonal)


@op("_triangle_indices(*, int row, int col, int offset, bool upper, dtype dtype) -> Tensor", grad="none", variants="")
def _triangle_indices(*, row: int, col: int, offset: int, upper: bool, dtype: dtype_t):
    where = np.triu_indices(row, offset, col) if upper else np.tril_indices(row, offset, col)
    return jnp.asarray(np.stack(where), dtype.numpy_dtype)
