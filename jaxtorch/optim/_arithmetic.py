"""PyTorch's elementwise formulas on JAX arrays, for the rules of the optimizers.

Numbers arrive as 0-d float64 arrays and take the dtype of the array they meet, as Python numbers do in PyTorch. The
half types are computed in float32 and rounded after each formula, since PyTorch stores after each of them; the
rounding is explicit because XLA is free to drop a conversion there and back.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

_HALF = {"float16": (5, 10), "bfloat16": (8, 7)}


def _wide(x: Any) -> Any:
    return x.astype(jnp.float32) if x.dtype.name in _HALF else x


def _like(number: Any, x: Any) -> Any:
    return jnp.asarray(number).astype(x.dtype)


def _rounded(x: Any, like: Any) -> Any:
    bits = _HALF.get(like.dtype.name)
    if bits is None:
        return x
    rounded = lax.reduce_precision(x, *bits)
    if like.dtype == jnp.float16:  # `reduce_precision` flushes subnormals, and squared gradients often are some
        rounded = jnp.where(jnp.abs(x) < 2.0**-14, jnp.round(x * 2.0**24) * 2.0**-24, rounded)
    return rounded.astype(like.dtype)


def scale(x: Any, number: Any) -> Any:
    """x * number"""
    w = _wide(x)
    return _rounded(w * _like(number, w), x)


def over(x: Any, number: Any) -> Any:
    """x / number"""
    w = _wide(x)
    return _rounded(w / _like(number, w), x)


def plus(x: Any, number: Any) -> Any:
    """x + number"""
    w = _wide(x)
    return _rounded(w + _like(number, w), x)


def mul(x: Any, y: Any) -> Any:
    """x * y"""
    return _rounded(_wide(x) * _wide(y), x)


def div(x: Any, y: Any) -> Any:
    """x / y"""
    return _rounded(_wide(x) / _wide(y), x)


def sqrt(x: Any) -> Any:
    """The square root."""
    return _rounded(jnp.sqrt(_wide(x)), x)


def add(x: Any, y: Any, alpha: Any = 1) -> Any:
    """x + alpha * y; PyTorch takes `alpha` in the dtype of x."""
    w = _wide(x)
    return _rounded(w + _like(_like(alpha, x), w) * _wide(y), x)


def lerp(x: Any, y: Any, weight: Any) -> Any:
    """x moved towards y by `weight`; from the nearer end, as PyTorch does."""
    a, b = _wide(x), _wide(y)
    w = _like(weight, a)
    return _rounded(jnp.where(w < 0.5, a + w * (b - a), b - (b - a) * (1 - w)), x)


def addcmul(x: Any, y: Any, z: Any, value: Any = 1) -> Any:
    """x + value * y * z"""
    w = _wide(x)
    return _rounded(w + _like(value, w) * _wide(y) * _wide(z), x)


def addcdiv(x: Any, y: Any, z: Any, value: Any = 1) -> Any:
    """x + value * (y / z)"""
    w = _wide(x)
    return _rounded(w + _like(value, w) * (_wide(y) / _wide(z)), x)


def count(step: Any) -> Any:
    """A step count as the double Python makes of it."""
    return step.astype(jnp.float64)
