"""Bessel and Airy functions from integrals and series, in float64; like PyTorch's they have no derivative.

Trapezoidal sums over a period, or over a doubly exponential decay, converge so fast that a few dozen points give full
precision (PyTorch's J and Y have 6 to 9 digits). It needs no tables and costs a sum of that many terms an element,
which is right for functions so rarely used.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from jaxtorch._ops.pointwise import COMPLEX, elementwise, reject

_EULER = 0.5772156649015329
# Bessel's integral over a quarter of the period: J0(x) is the mean of cos(x sin t). 40 points serve up to x = 25, where
# the asymptotic series takes over.
_POINTS = 40
_FAR = 25.0
_ANGLES = (np.arange(_POINTS) + 0.5) * (np.pi / 2 / _POINTS)
_SINES = np.sin(_ANGLES)
# Neumann's series: Y0 = 2/pi (ln(x/2) + gamma) J0 - 4/pi sum (-1)^k J_2k / k, the sum folded into weights of the points
_Y_WEIGHTS = sum((-1.0) ** k / k * np.cos(2 * k * _ANGLES) for k in range(1, 31)) * (-4 / np.pi)


def _mean(terms):
    return jnp.sum(terms, axis=-1) / _POINTS


def _asymptotic(x, order: int):
    """(J, Y) of order 0 or 1 for large `x` by Hankel's expansion."""
    mu, terms = 4.0 * order * order, [1.0]
    for k in range(1, 24):
        terms.append(terms[-1] * (mu - (2 * k - 1) ** 2) / (k * 8.0))
    even = sum((-1.0) ** (k // 2) * terms[k] * x ** -float(k) for k in range(0, 24, 2))
    odd = sum((-1.0) ** (k // 2) * terms[k] * x ** -float(k) for k in range(1, 24, 2))
    sine, cosine = jnp.sin(x), jnp.cos(x)
    # the phase x - pi/4, or x - 3 pi/4, without rounding x
    c, s = (cosine + sine, sine - cosine) if order == 0 else (sine - cosine, -(sine + cosine))
    scale = jnp.sqrt(1 / (jnp.pi * x))
    return scale * (even * c - odd * s), scale * (even * s + odd * c)


def _near(x):
    return jnp.minimum(x, _FAR)[..., None]


def _j(x, order: int):
    size = jnp.abs(x)
    close = _near(size)
    near = _mean(jnp.cos(close * _SINES)) if order == 0 else _mean(_SINES * jnp.sin(close * _SINES))
    value = jnp.where(size < _FAR, near, _asymptotic(jnp.maximum(size, _FAR), order)[0])
    return jnp.sign(x) * value if order else value


def _y(x, order: int):
    close = _near(x)
    log = jnp.log(jnp.minimum(x, _FAR) / 2) + _EULER
    cosines, sines = jnp.cos(close * _SINES), _SINES * jnp.sin(close * _SINES)
    if order == 0:
        near = 2 / np.pi * log * _mean(cosines) + _mean(_Y_WEIGHTS * cosines)
    else:  # -Y0'
        near = 2 / np.pi * (log * _mean(sines) - _mean(cosines) / jnp.minimum(x, _FAR)) + _mean(_Y_WEIGHTS * sines)
    value = jnp.where(x < _FAR, near, _asymptotic(jnp.maximum(x, _FAR), order)[1])
    return jnp.where(x == 0, -jnp.inf, jnp.where(x < 0, jnp.nan, value))


# K(x) is the integral of exp(-x cosh t) cosh(order t); the step shrinks as the peak narrows
_STEPS = np.arange(140)
_TRAPEZOID = np.where(_STEPS == 0, 0.5, 1.0)


def _scaled_k(x, order: float):
    """exp(x) K(x) for x > 0."""
    step = 0.25 / jnp.sqrt(1 + x / 10)[..., None]
    t = step * _STEPS
    decay = jnp.exp(-2 * x[..., None] * jnp.sinh(t / 2) ** 2)
    return jnp.sum(_TRAPEZOID * decay * jnp.where(decay > 0, jnp.cosh(order * t), 0), axis=-1) * step[..., 0]


def _k(x, order: int, scaled: bool):
    tiny = x < 1e-10  # there the sum would need more points than it has
    safe = jnp.where(tiny, 1.0, jnp.where(jnp.isinf(x), 1e3, x))
    value = _scaled_k(safe, order)
    value = value if scaled else value * jnp.exp(-safe)
    limit = -jnp.log(x / 2) - _EULER if order == 0 else 1 / x
    value = jnp.where(tiny, limit, jnp.where(jnp.isinf(x), 0, value))
    return jnp.where(x == 0, jnp.inf, jnp.where(x < 0, jnp.nan, value))


def _airy(x):
    right, left = jnp.maximum(x, 2.0), jnp.minimum(x, -7.0)
    zeta = 2 / 3 * right * jnp.sqrt(right)
    far_right = jnp.sqrt(right / 3) / jnp.pi * _scaled_k(zeta, 1 / 3) * jnp.exp(-zeta)
    return jnp.where(x > 2, far_right, jnp.where(x < -7, _airy_left(left), _airy_series(jnp.clip(x, -7.0, 2.0))))


def _airy_series(x):
    cube, f, g = x**3, jnp.ones_like(x), x
    total = 0.355028053887817239 * f - 0.258819403792806798 * g
    for k in range(1, 40):
        f = f * cube / ((3 * k) * (3 * k - 1))
        g = g * cube / ((3 * k) * (3 * k + 1))
        total = total + 0.355028053887817239 * f - 0.258819403792806798 * g
    return total


def _airy_left(x):
    size = -x
    zeta = 2 / 3 * size * jnp.sqrt(size)
    terms = [1.0]
    for k in range(1, 20):
        terms.append(terms[-1] * (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216 * k * (2 * k - 1)))
    even = sum((-1.0) ** (k // 2) * terms[k] * zeta ** -float(k) for k in range(0, 20, 2))
    odd = sum((-1.0) ** (k // 2) * terms[k] * zeta ** -float(k) for k in range(1, 20, 2))
    phase = zeta - jnp.pi / 4
    return (even * jnp.cos(phase) + odd * jnp.sin(phase)) / (math.sqrt(math.pi) * size**0.25)


def _spherical_j0(x):
    value = jnp.sin(x) / jnp.where(x == 0, 1, x)
    return jnp.where(x == 0, 1, jnp.where(jnp.isinf(x), 0, value))


def _in_double(name: str, fn: Callable) -> None:
    def computed(input):
        reject(input, f"{name}_cpu", COMPLEX)
        return fn(input.astype(jnp.float64)).astype(input.dtype)

    elementwise(f"special.{name}(Tensor input) -> Tensor", promote="int_to_float", grad="none", variants="fo")(computed)


for _order in (0, 1):
    _in_double(f"bessel_j{_order}", lambda x, order=_order: _j(x, order))
    _in_double(f"bessel_y{_order}", lambda x, order=_order: _y(x, order))
    _in_double(f"modified_bessel_k{_order}", lambda x, order=_order: _k(x, order, False))
    _in_double(f"scaled_modified_bessel_k{_order}", lambda x, order=_order: _k(x, order, True))
_in_double("airy_ai", _airy)
_in_double("spherical_bessel_j0", _spherical_j0)
