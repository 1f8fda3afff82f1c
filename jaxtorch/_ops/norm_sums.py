"""Sums over rows, columns and channels as products with ones, broadcasts whose transposes they are, and row maxima.

On CPU, products of matrices are the quickest sums over rows or columns: 2 to 3 times as fast as the engine's own
reductions where dimensions are short (3072x64: 15 against 31 microseconds). XLA makes the outer products with ones
plain broadcasts again.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

# Products add up one element after the other: a million of them leave five digits.
_LONGEST = 1 << 14


def _by_product(x) -> bool:
    return jax.default_backend() == "cpu" and x.dtype in (jnp.float32, jnp.float64) and x.size > 0


def _outer(a, b):
    return lax.dot_general(a, b, (((), ()), ((), ())))


def row_sum(x):
    """(rows, columns) -> (rows,)"""
    if _by_product(x) and x.shape[1] <= _LONGEST:
        return x @ jnp.ones(x.shape[1], x.dtype)
    return x.sum(1)


def over_columns(v, columns: int):
    """(rows,) -> (rows, columns)"""
    if not _by_product(v):
        return jnp.broadcast_to(v[:, None], (v.shape[0], columns))
    return _outer(v, jnp.ones(columns, v.dtype))


def column_sum(x):
    """(rows, columns) -> (columns,)"""
    return jnp.ones(x.shape[0], x.dtype) @ x if _by_product(x) else x.sum(0)


def over_rows(v, rows: int):
    """(columns,) -> (rows, columns)"""
    if not _by_product(v):
        return jnp.broadcast_to(v, (rows, v.shape[0]))
    return _outer(jnp.ones(rows, v.dtype), v)


def channel_sum(x):
    """(N, C, *) -> (C,)"""
    # The engine's reductions are quicker than products here: batch norm of 32x64x32x32 1.3 times.
    return x.sum(tuple(i for i in range(x.ndim) if i != 1))


def over_channels(v, shape: tuple[int, ...]):
    """(C,) -> (N, C, *)"""
    if math.prod(shape[2:]) == 1:
        return over_rows(v, shape[0]).reshape(shape)
    return lax.broadcast_in_dim(v, shape, (1,))


def total(x):
    """The sum of everything, as a scalar."""
    return jnp.ones(x.size, x.dtype) @ x.reshape(-1) if x.size >= 4096 and _by_product(x) else x.sum()


def row_max(x):
    """The largest elements of the last dimension; a NaN among them may be left out."""
    return x.max(-1)
