"""Logarithms of sums of exponentials, elementwise."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from jaxtorch._ops.pointwise import BOOL, COMPLEX, INTEGRAL, elementwise, is_complex, reject


@elementwise("logaddexp(Tensor input, Tensor other) -> Tensor", promote="default", variants="fmo")
def logaddexp(input, other):
    reject(input, "logaddexp_cpu", BOOL, INTEGRAL)
    return _logaddexp(*jnp.broadcast_arrays(input, other))


@jax.custom_jvp
def _logaddexp(x, y):
    return complex_logaddexp(x, y) if is_complex(x) else jnp.logaddexp(x, y)


@_logaddexp.defjvp
def _logaddexp_jvp(primals, tangents):
    # JAX's weights are those of a tie where both are the same infinity, PyTorch's are NaN
    (x, y), (dx, dy) = primals, tangents
    return _logaddexp(x, y), dx / (1 + jnp.exp(y - x)) + dy / (1 + jnp.exp(x - y))


def _exp_where(wanted, x):
    return jnp.exp(jnp.where(wanted, x, 0))  # elsewhere it may overflow, and give NaN as its derivative


def complex_logaddexp(x, y):
    """PyTorch's: the angle is that of the larger summand and a little, which need not lie between -pi and pi."""
    swap = x.real >= y.real
    small, large = jnp.where(swap, y, x), jnp.where(swap, x, y)
    endless = jnp.isinf(small.real) & (small.real == large.real)
    gap = jnp.where(endless, 0, small - large)
    ends = jnp.where(small.real < 0, small, jnp.log(_exp_where(endless, small) + _exp_where(endless, large)))
    total = jnp.where(endless, ends, jnp.log1p(jnp.exp(gap)) + large)
    return jnp.where(jnp.isnan(x) | jnp.isnan(y), jnp.asarray(complex("nan+nanj"), x.dtype), total)


@elementwise("logaddexp2(Tensor input, Tensor other) -> Tensor", promote="default", variants="fmo")
def logaddexp2(input, other):
    reject(input, "logaddexp2_cpu", BOOL, INTEGRAL, COMPLEX)
    return jnp.logaddexp2(input, other)
