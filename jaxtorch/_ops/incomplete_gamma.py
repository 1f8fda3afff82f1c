"""The regularised incomplete gamma functions: JAX's, and Temme's uniform expansion where its series would not end."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax
from jax.scipy import special as jsp

_LARGE = 2e4  # near x = a JAX's series needs some multiple of sqrt(a) terms, and stops after 2,000

# c0 and c1 of the expansion in 1 / a, as series in eta (DLMF 8.12); the next term is below 1e-10 from _LARGE on
_C0 = (-1 / 3, 1 / 12, -2 / 135, 1 / 864, 1 / 2835, -139 / 777600, 1 / 25515)
_C1 = (-1 / 540, -1 / 288, 25 / 12096, -223 / 1088640)


def incomplete_gamma(a, x, *, upper: bool):
    """Q(a, x) if `upper`, else P(a, x) = 1 - Q(a, x)."""
    series = jsp.gammaincc if upper else jsp.gammainc
    near = (a > _LARGE) & (jnp.abs(x - a) < 0.1 * a)
    edge = jnp.isinf(a) | near
    value = jnp.where(near, _temme(jnp.where(near, a, 1), jnp.where(near, x, 1), upper), 1.0 if upper else 0.0)
    value = jnp.where(jnp.isinf(a) & jnp.isinf(x), jnp.nan, value)
    value = jnp.where(jnp.isposinf(a) & ~(x < 0) | near, value, jnp.nan)
    safe_a, safe_x = jnp.where(edge, 1, a), jnp.where(edge, 1, x)
    found = jnp.where(edge, value, series(safe_a, safe_x))
    found = jnp.where(jnp.isnan(a) & jnp.isposinf(x), 0.0 if upper else 1.0, found)  # whatever a is
    return found.astype(jnp.result_type(a, x))


def _temme(a, x, upper: bool):
    a, x = a.astype(jnp.float64), x.astype(jnp.float64)
    distance = (x - a) / a
    eta = jnp.sign(distance) * jnp.sqrt(jnp.maximum(2 * (distance - jnp.log1p(distance)), 0))
    rest = (_polynomial(_C0, eta) + _polynomial(_C1, eta) / a) * jnp.exp(-a * eta * eta / 2)
    rest = rest / jnp.sqrt(2 * math.pi * a)
    tail = lax.erfc((eta if upper else -eta) * jnp.sqrt(a / 2)) / 2
    return tail + rest if upper else tail - rest


def _polynomial(coefficients, x):
    total = jnp.zeros_like(x)
    for c in reversed(coefficients):
        total = total * x + c
    return total
