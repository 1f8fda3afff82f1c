"""The Hurwitz zeta function and the polygamma functions, by Cephes' formulas as in PyTorch.

JAX's own are for positive arguments only, and lose digits in float32.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

# Euler-Maclaurin coefficients: (2k)! / B2k
_COEFFICIENTS = (
    12.0,
    -720.0,
    30240.0,
    -1209600.0,
    47900160.0,
    -1.8924375803183791606e9,
    7.47242496e10,
    -2.950130727918164224e12,
    1.1646782814350067249e14,
    -4.5979787224074726105e15,
    1.8152105401943546773e17,
    -7.1661652561756670113e18,
)
_TERMS = 9
_MOST_STEPS = 100_000  # left of zero the series is summed up to 9, one step for each integer passed


_EPSILON = 1.11022302462515654042e-16


def _series(x, q):
    """The terms (q + k) ** -x until q + k > 9 or they are nothing: sum, last term, its q + k, and which are done."""
    total = jnp.power(q, -x)
    at, last, done = q, jnp.zeros_like(q), jnp.zeros(q.shape, bool)

    def follow(total, last, at, done, goes_on):
        at = jnp.where(goes_on, at + 1, at)
        last = jnp.where(goes_on, jnp.power(at, -x), last)
        total = jnp.where(goes_on, total + last, total)
        return total, last, at, done | (goes_on & (-_EPSILON * total < last) & (last < _EPSILON * total))

    for _ in range(_TERMS):
        total, last, at, done = follow(total, last, at, done, ~done)

    def more(state):
        steps, _, _, at, done = state
        return (steps < _MOST_STEPS) & jnp.any(~done & (at <= _TERMS))

    def step(state):
        steps, total, last, at, done = state
        return steps + 1, *follow(total, last, at, done, ~done & (at <= _TERMS))

    return lax.while_loop(more, step, (0, total, last, at, done))[1:]


def _hurwitz(x, q):
    total, last, at, done = _series(x, q)
    total = jnp.where(done, total, total + last * at / (x - 1) - last / 2)
    factor, k, power = jnp.ones_like(x), 0.0, last
    for c in _COEFFICIENTS:
        factor, power = factor * (x + k), power / at
        term = factor * power / c
        total = jnp.where(done, total, total + term)
        done = done | (jnp.abs(term / total) < _EPSILON)
        factor, power = factor * (x + k + 1), power / at
        k += 2
    return total


@jax.custom_jvp
def zeta(x, q):
    """The sum of (q + k) ** -x over k = 0, 1, ..."""
    pole = (q <= 0) & (q == jnp.floor(q))
    nowhere = (q <= 0) & (x != jnp.floor(x))
    safe = jnp.where(pole | nowhere, 1, q)
    value = _hurwitz(x.astype(jnp.float64), safe.astype(jnp.float64)).astype(x.dtype)  # PyTorch's sums are float64 too
    value = jnp.where(pole, jnp.inf, jnp.where(nowhere, jnp.nan, value))
    return jnp.where(x == 1, jnp.inf, jnp.where(x < 1, jnp.nan, value))


def _zeta_jvp(primals, tangents):
    (x, q), (dx, dq) = primals, tangents
    if not isinstance(dx, SymbolicZero):
        raise NotImplementedError("the derivative for 'zeta: self' is not implemented.")
    out = zeta(x, q)
    return out, jnp.zeros_like(out) if isinstance(dq, SymbolicZero) else dq * (-x * zeta(x + 1, q))


zeta.defjvp(_zeta_jvp, symbolic_zeros=True)


def polygamma(n: int, x):
    """The n-th derivative of digamma, n >= 2."""
    sign = 1.0 if n % 2 else -1.0
    scale = jnp.asarray(sign * math.exp(math.lgamma(n + 1.0)), x.dtype)
    return scale * zeta(jnp.full_like(x, n + 1), x)
