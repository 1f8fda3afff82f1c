"""The exponential of square matrices."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._ops.extreme_values import largest
from jaxtorch._ops.linalg_common import require_floating, require_square
from jaxtorch._ops.table import op

_TERMS = [1 / math.factorial(k) for k in range(19)]
_NORM = 1.09  # up to here what comes after the 18th term is below float64's rounding
_SQUARINGS = {True: 48, False: 32}  # at most, in float64 and in float32


def _series(a):
    # Horner's scheme in the cube, seven products. Not jax.scipy.linalg.expm: its rational approximation solves with
    # a denominator that is badly conditioned where the norm is large, which cost float32 two to three digits.
    square = a @ a
    cube = square @ a
    one = jnp.eye(a.shape[-1], dtype=a.dtype)

    def block(k):
        return _TERMS[k] * one + _TERMS[k + 1] * a + _TERMS[k + 2] * square

    result = block(15) + _TERMS[18] * cube
    for k in (12, 9, 6, 3, 0):
        result = block(k) + cube @ result
    return result


def _exponential(a):
    most = _SQUARINGS[np.finfo(a.dtype).bits == 64]
    norm = lax.stop_gradient(largest(jnp.sum(jnp.abs(a), axis=-2), axis=-1))
    wanted = jnp.ceil(jnp.log2(jnp.maximum(norm / _NORM, 1)))
    times = jnp.where(jnp.isfinite(wanted), jnp.clip(wanted, 0, most), 0).astype(jnp.int32)[..., None, None]
    last = largest(times)

    def once_more(x, i):
        return lax.cond(i < last, lambda x: jnp.where(i < times, x @ x, x), lambda x: x, x), None

    scale = jnp.exp2(-times.astype(norm.dtype))
    return lax.scan(once_more, _series(a * scale), jnp.arange(most))[0]


@op("linalg.matrix_exp(Tensor input) -> Tensor", variants="f", grad_name="LinalgMatrixExpBackward0")
def linalg_matrix_exp(input):
    require_square(input, "linalg.matrix_exp")
    require_floating(input, "linalg.matrix_exp")
    if not input.size:
        return input
    if from_numpy_dtype(input.dtype) in dtypes.LOW_PRECISION:
        return _exponential(input.astype(jnp.float32)).astype(input.dtype)
    return _exponential(input)


@op("matrix_exp(Tensor input) -> Tensor", grad_name="LinalgMatrixExpBackward0")
def matrix_exp(input):
    return linalg_matrix_exp(input)
