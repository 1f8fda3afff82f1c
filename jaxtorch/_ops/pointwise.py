"""What the pointwise families share: their declaration, PyTorch's broadcasting and dtype errors, small helpers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jaxtorch._base.dtypes import BOOL, COMPLEX, FLOATING, INTEGRAL, from_numpy_dtype
from jaxtorch._base.modes import defaults
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.table import op

__all__ = (
    "BOOL",
    "COMPLEX",
    "FLOATING",
    "INTEGRAL",
    "category",
    "default_float",
    "elementwise",
    "is_complex",
    "is_floating",
    "is_integral",
    "no_derivative",
    "opmath",
    "reject",
    "scalar_name",
)


def elementwise(schema: str, **options: Any) -> Callable[[Callable], Callable]:
    """`op(..., pointwise=True)` whose function broadcasts its arguments with PyTorch's error."""
    declare = op(schema, pointwise=True, **options)

    def decorate(fn: Callable) -> Callable:
        @functools.wraps(fn)
        def checked(*arrays, **statics):
            broadcast_shapes(*[a.shape for a in arrays if a is not None])
            return fn(*arrays, **statics)

        declare(checked)
        return fn

    return decorate


def category(x) -> int:
    """BOOL, INTEGRAL, FLOATING or COMPLEX."""
    return from_numpy_dtype(x.dtype).category


def is_floating(x) -> bool:
    return category(x) == FLOATING


def is_complex(x) -> bool:
    return category(x) == COMPLEX


def is_integral(x) -> bool:
    """Integers and bools."""
    return category(x) <= INTEGRAL


def scalar_name(x) -> str:
    """PyTorch's name of the element type in error messages."""
    return from_numpy_dtype(x.dtype).scalar_name


def default_float(x):
    """Integers and bools as the default float dtype."""
    return x.astype(defaults.dtype.numpy_dtype) if is_integral(x) else x


def reject(x, kernel: str, *categories: int) -> None:
    """PyTorch's error for a kernel that does not take these categories of dtypes."""
    if category(x) in categories:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_name(x)}'")


def no_derivative(name: str) -> Callable[[Callable], Callable]:
    """The result requires grad as in PyTorch, but going backward through it raises."""

    def decorate(fn: Callable) -> Callable:
        wrapped = jax.custom_jvp(fn)

        @wrapped.defjvp
        def raising(primals, tangents):
            raise NotImplementedError(f"derivative for aten::{name} is not implemented")

        return wrapped

    return decorate


def opmath(fn: Callable) -> Callable:
    """For ops without promotion: float16 and bfloat16 compute in float32 and are rounded once, to the first's dtype."""

    @functools.wraps(fn)
    def wide(first, *rest, **statics):
        if first.dtype not in (jnp.float16, jnp.bfloat16):
            return fn(first, *rest, **statics)
        arrays = [
            a.astype(jnp.float32) if a is not None and a.dtype in (jnp.float16, jnp.bfloat16) else a
            for a in (first, *rest)
        ]
        out = fn(*arrays, **statics)
        return jax.tree.map(lambda o: o.astype(first.dtype) if o.dtype == jnp.float32 else o, out)

    return wide
