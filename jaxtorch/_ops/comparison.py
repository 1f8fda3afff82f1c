"""Comparisons and logic: results are bools, nothing is differentiable."""

from __future__ import annotations

import jax.numpy as jnp

from jaxtorch._ops.pointwise import COMPLEX, elementwise, is_integral, reject, scalar_name

# ----- Order -----


def _compare(name: str, fn, ordered: bool, aliases: tuple[str, ...]) -> None:
    def compared(input, other):
        if ordered:
            reject(input, f"{name}_cpu", COMPLEX)
        return fn(input, other)

    elementwise(
        f"{name}(Tensor input, Tensor|Scalar other) -> Tensor",
        promote="bool",
        grad="none",
        variants="fmio",
        aliases=aliases,
    )(compared)


_compare("eq", jnp.equal, False, ())
_compare("ne", jnp.not_equal, False, ("not_equal",))
_compare("lt", jnp.less, True, ("less",))
_compare("le", jnp.less_equal, True, ("less_equal",))
_compare("gt", jnp.greater, True, ("greater",))
_compare("ge", jnp.greater_equal, True, ("greater_equal",))


@elementwise(
    "isclose(Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor",
    grad="none",
)
def isclose(input, other, *, rtol, atol, equal_nan):
    if input.dtype != other.dtype:
        raise RuntimeError(f"{scalar_name(input)} did not match {scalar_name(other)}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    a, b = input, other
    same = a == b
    if is_integral(a):
        if rtol == 0 and atol == 0:
            return same
        a, b = a.astype(jnp.float64), b.astype(jnp.float64)
    elif equal_nan:
        same = same | (jnp.isnan(a) & jnp.isnan(b))
    distance = jnp.abs(a - b)
    near = jnp.isfinite(distance) & (distance <= atol + jnp.abs(rtol * b))
    return same | near


# ----- Logic on truth values -----

for _name, _fn in (("logical_and", jnp.logical_and), ("logical_or", jnp.logical_or), ("logical_xor", jnp.logical_xor)):
    elementwise(f"{_name}(Tensor input, Tensor other) -> Tensor", grad="none", variants="fmio")(
        lambda input, other, fn=_fn: fn(input != 0, other != 0)
    )


@elementwise("logical_not(Tensor input) -> Tensor", grad="none", variants="fmio")
def logical_not(input):
    return input == 0
