"""Complex numbers: parts in other forms, and numbers from parts. `real` and `imag` are views."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.pointwise import BOOL, elementwise, is_complex, is_floating, reject, scalar_name


@jax.custom_jvp
def unit(z):
    """`z / |z|`, and 0 at 0."""
    size = jnp.abs(z)
    return jnp.where(size == 0, 0, z / jnp.where(size == 0, 1, size))


@unit.defjvp
def _unit_jvp(primals, tangents):
    # JAX's quotient divides by the square of the size, which underflows long before the size does
    (z,), (dz,) = primals, tangents
    direction, size = unit(z), modulus(z)
    turned = jnp.where(size == 0, 0, dz / jnp.where(size == 0, 1, size))
    return direction, turned - direction * jnp.real(jnp.conj(direction) * turned)


@jax.custom_jvp
def modulus(z):
    """The size of complex numbers, with derivative 0 at 0."""
    return jnp.abs(z)


@modulus.defjvp
def _modulus_jvp(primals, tangents):
    (z,), (dz,) = primals, tangents
    return modulus(z), jnp.real(jnp.conj(unit(z)) * dz)


@elementwise("abs(Tensor input) -> Tensor", promote="complex_to_float", variants="fmio", aliases=("absolute",))
def abs_(input):
    reject(input, "abs_cpu", BOOL)
    if not is_complex(input):
        return _abs(input)
    return modulus(input)


@jax.custom_jvp
def _abs(x):
    return jnp.abs(x)


@_abs.defjvp
def _abs_jvp(primals, tangents):
    # at 0 and at NaN the derivative is 0, where JAX's is 1 and -1
    (x,) = primals
    return _abs(x), tangents[0] * ((x > 0).astype(x.dtype) - (x < 0).astype(x.dtype))


@elementwise("angle(Tensor input) -> Tensor", promote="all_to_float", variants="fmo")
def angle(input):
    if is_complex(input):
        zero = input == 0
        safe = jnp.where(zero, 1, input)
        return jnp.where(zero, lax.stop_gradient(jnp.angle(input)), lax.atan2(safe.imag, safe.real))
    return jnp.where(jnp.isnan(input), lax.stop_gradient(input), jnp.where(input < 0, jnp.pi, 0).astype(input.dtype))


@elementwise("_conj_physical(Tensor input) -> Tensor", grad="linear", variants="", grad_name="ConjPhysicalBackward0")
def conj_physical(input):
    return jnp.conj(input) if is_complex(input) else input


elementwise("conj_physical(Tensor input) -> Tensor", grad="linear", variants="i")(conj_physical)


def _pair(x, y, first: str, second: str) -> None:
    if not is_floating(x) or not is_floating(y):
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {scalar_name(x)} and {scalar_name(y)}"
        )
    if x.dtype != y.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {scalar_name(x)} but got scalar type {scalar_name(y)} for second argument"
        )
    if x.dtype == jnp.float16:
        raise NotImplementedError("complex numbers of float16 are not supported by jaxtorch: XLA has no complex32")


@elementwise("complex(Tensor real, Tensor imag) -> Tensor", grad="linear", variants="fo")
def complex_(real, imag):
    _pair(real, imag, "real", "imag")
    return lax.complex(*jnp.broadcast_arrays(real, imag))


@elementwise("polar(Tensor abs, Tensor angle) -> Tensor", variants="fo", saves=("abs", "angle"))
def polar(abs, angle):
    _pair(abs, angle, "abs", "angle")
    return _polar(*jnp.broadcast_arrays(abs, angle))


@jax.custom_jvp
def _polar(radius, angle):
    return lax.complex(radius * jnp.cos(angle), radius * jnp.sin(angle))


@_polar.defjvp
def _polar_jvp(primals, tangents):
    # PyTorch's derivative by the radius is sgn(result): 0 where the radius is, and turned where it is negative
    radius, angle = primals
    out = _polar(radius, angle)
    along = jnp.sign(radius) * tangents[0]
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    turn = radius * tangents[1]
    return out, lax.complex(along * cosine - turn * sine, along * sine + turn * cosine)
