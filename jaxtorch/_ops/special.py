"""torch.special beyond the pointwise families: error and gamma functions, modified Bessel I, orthogonal polynomials."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special as jsp

from jaxtorch._ops.extreme_values import largest
from jaxtorch._ops.incomplete_gamma import incomplete_gamma
from jaxtorch._ops.pointwise import BOOL, COMPLEX, INTEGRAL, elementwise, reject
from jaxtorch._ops.zeta import zeta

# ----- Modified Bessel functions of the first kind -----


@jax.custom_jvp
def _i0(x):
    return jsp.i0(x)


@_i0.defjvp
def _i0_jvp(primals, tangents):
    # JAX's own derivative is 1 at 0, where it has to be 0
    return _i0(primals[0]), _i1(primals[0]) * tangents[0]


@jax.custom_jvp
def _i1(x):
    return jsp.i1(x)


@_i1.defjvp
def _i1_jvp(primals, tangents):
    (x,) = primals
    out, zero = _i1(x), x == 0
    slope = _i0(x) - out / jnp.where(zero, jnp.ones_like(x), x)
    return out, jnp.where(zero, jnp.asarray(0.5, x.dtype), slope) * tangents[0]


_I = (
    ("i0", _i0, ("special.i0",), "fmio"),
    ("special.i0e", jsp.i0e, (), "fo"),
    ("special.i1", _i1, (), "fo"),
    ("special.i1e", jsp.i1e, (), "fo"),
)
for _name, _fn, _aliases, _variants in _I:
    elementwise(f"{_name}(Tensor input) -> Tensor", promote="int_to_float", variants=_variants, aliases=_aliases)(_fn)
for _name, _fn in (("modified_bessel_i0", jsp.i0), ("modified_bessel_i1", jsp.i1)):
    elementwise(f"special.{_name}(Tensor input) -> Tensor", promote="int_to_float", grad="none", variants="fo")(_fn)


# ----- Normal distribution and error functions -----


def _constant(x, value: float):
    return jnp.asarray(value, x.dtype)


@elementwise("special.ndtr(Tensor input) -> Tensor", promote="int_to_float", variants="fo", grad_name="MulBackward0")
def ndtr(input):
    return _constant(input, 0.5) * lax.erfc(-input * _constant(input, math.sqrt(0.5)))


@elementwise(
    "special.log_ndtr(Tensor input) -> Tensor",
    promote="int_to_float",
    variants="fo",
    saves=("input", "result"),
    grad_name="SpecialLogNdtrBackward0",
)
def log_ndtr(input):
    return _log_ndtr(input)


@jax.custom_jvp
def _log_ndtr(x):
    scaled = x * _constant(x, math.sqrt(0.5))
    tail = jnp.log(jsp.erfcx(-scaled) / 2) - scaled * scaled  # exact far left, where ndtr underflows
    return jnp.where(scaled < -1, jnp.where(jnp.isneginf(x), x, tail), jnp.log1p(-lax.erfc(scaled) / 2))


@_log_ndtr.defjvp
def _log_ndtr_jvp(primals, tangents):
    (x,) = primals
    scaled = x * _constant(x, math.sqrt(0.5))
    return _log_ndtr(x), tangents[0] * _constant(x, math.sqrt(2 / math.pi)) / jsp.erfcx(-scaled)


@elementwise("special.ndtri(Tensor input) -> Tensor", promote="int_to_float", variants="fo", saves="result")
def ndtri(input):
    inside = (input >= 0) & (input <= 1)
    return jnp.where(inside, jsp.ndtri(jnp.where(inside, input, 0.5)), jnp.nan)


@elementwise("special.erfcx(Tensor input) -> Tensor", promote="int_to_float", variants="fo", saves=("input", "result"))
def erfcx(input):
    return _erfcx(input)


@jax.custom_jvp
def _erfcx(x):
    return jsp.erfcx(x)


@_erfcx.defjvp
def _erfcx_jvp(primals, tangents):
    (x,) = primals
    out = _erfcx(x)
    return out, tangents[0] * (2 * x * out - _constant(x, 2 / math.sqrt(math.pi)))


@elementwise("special.entr(Tensor input) -> Tensor", promote="int_to_float", variants="fo")
def entr(input):
    return _entr(input)


@jax.custom_jvp
def _entr(x):
    value = -x * jnp.log(jnp.where(x > 0, x, 1))
    return jnp.where(jnp.isnan(x), x, jnp.where(x > 0, value, jnp.where(x == 0, 0, -jnp.inf)))


@_entr.defjvp
def _entr_jvp(primals, tangents):
    (x,) = primals
    return _entr(x), tangents[0] * (-jnp.log(x) - 1)


# ----- Gamma functions -----


@elementwise(
    "igamma(Tensor input, Tensor other) -> Tensor", promote="default", variants="fmio", aliases=("special.gammainc",)
)
def igamma(input, other):
    reject(input, "igamma_cpu", BOOL, INTEGRAL, COMPLEX)
    return incomplete_gamma(input, other, upper=False)


@elementwise(
    "igammac(Tensor input, Tensor other) -> Tensor", promote="default", variants="fmio", aliases=("special.gammaincc",)
)
def igammac(input, other):
    reject(input, "igammac_cpu", BOOL, INTEGRAL, COMPLEX)
    return incomplete_gamma(input, other, upper=True)


@elementwise("special.zeta(Tensor|Scalar input, Tensor|Scalar other) -> Tensor", promote="int_to_float", variants="fo")
def special_zeta(input, other):
    return zeta(*jnp.broadcast_arrays(input, other))


# ----- Orthogonal polynomials: the degree is an array too, so the recurrence runs to the largest -----


def _recurrence(first: Callable, step: Callable) -> Callable:
    """P0 = 1, P1 = first(x), P(k+1) = step(k, x, Pk, P(k-1)); 0 for a negative degree."""

    def evaluate(x, n):
        # what is no int64 is its least number in C++, a negative degree
        x, n = jnp.broadcast_arrays(x, jnp.where(jnp.abs(n) < 2.0**63, jnp.trunc(n), -1))
        top = largest(n) if n.size else jnp.asarray(0.0, x.dtype)

        def body(state):
            k, now, before, found = state
            following = step(k, x, now, before)
            return k + 1, following, now, jnp.where(n == k + 1, following, found)

        one = jnp.ones_like(x)
        start = first(x)
        found = jnp.where(n == 0, one, jnp.where(n == 1, start, 0))
        k = jnp.asarray(1.0, x.dtype)
        return lax.while_loop(lambda state: state[0] < top, body, (k, start, one, found))[3]

    return evaluate


def _chebyshev(k, x, now, before):
    return 2 * x * now - before


def _shifted(first: Callable) -> Callable:
    inner = _recurrence(first, _chebyshev)
    return lambda x, n: inner(2 * x - 1, n)


_FIRST = {"t": lambda x: x, "u": lambda x: 2 * x, "v": lambda x: 2 * x - 1, "w": lambda x: 2 * x + 1}
_POLYNOMIALS = {
    **{f"chebyshev_polynomial_{kind}": _recurrence(first, _chebyshev) for kind, first in _FIRST.items()},
    **{f"shifted_chebyshev_polynomial_{kind}": _shifted(first) for kind, first in _FIRST.items()},
    "hermite_polynomial_h": _recurrence(lambda x: 2 * x, lambda k, x, now, before: 2 * x * now - 2 * k * before),
    "hermite_polynomial_he": _recurrence(lambda x: x, lambda k, x, now, before: x * now - k * before),
    "laguerre_polynomial_l": _recurrence(
        lambda x: 1 - x, lambda k, x, now, before: ((2 * k + 1 - x) * now - k * before) / (k + 1)
    ),
    "legendre_polynomial_p": _recurrence(
        lambda x: x, lambda k, x, now, before: ((2 * k + 1) * x * now - k * before) / (k + 1)
    ),
}
for _name, _fn in _POLYNOMIALS.items():
    elementwise(
        f"special.{_name}(Tensor|Scalar input, Tensor|Scalar n) -> Tensor",
        promote="int_to_float",
        grad="none",
        variants="fo",
    )(_fn)
