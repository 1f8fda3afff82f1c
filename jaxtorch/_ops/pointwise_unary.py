"""Elementwise functions of one tensor: trivial ones are rows, the rest decorated functions."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._ops import zeta
from jaxtorch._ops.complex import unit
from jaxtorch._ops.pointwise import (
    BOOL,
    COMPLEX,
    INTEGRAL,
    elementwise,
    is_complex,
    is_integral,
    reject,
)

_LN2 = math.log(2.0)


def _constant(x, value: float):
    """A Python float in the dtype of `x`."""
    return jnp.asarray(value, x.dtype)


# ----- Exact at powers of two, as PyTorch is; XLA's own exp2 and log2 are off by an ulp there -----


@jax.custom_jvp
def _exp2(x):
    return jnp.exp(x * _constant(x, _LN2)) if is_complex(x) else lax.pow(_constant(x, 2.0), x)


@_exp2.defjvp
def _exp2_jvp(primals, tangents):
    out = _exp2(primals[0])
    return out, tangents[0] * out * _constant(out, _LN2)


@jax.custom_jvp
def _log2(x):
    if is_complex(x):
        return jnp.log(x) * _constant(x, 1 / _LN2)
    mantissa, exponent = jnp.frexp(x)
    low = mantissa < _constant(x, math.sqrt(0.5))
    mantissa = jnp.where(low, 2 * mantissa, mantissa)
    return jnp.where(low, exponent - 1, exponent).astype(x.dtype) + jnp.log(mantissa) * _constant(x, 1 / _LN2)


@_log2.defjvp
def _log2_jvp(primals, tangents):
    (x,) = primals
    return _log2(x), tangents[0] / (x * _constant(x, _LN2))


# ----- PyTorch's values at poles and branch points -----


@jax.custom_jvp
def _digamma(x):
    return jnp.where(x == 0, -jnp.copysign(jnp.asarray(jnp.inf, x.dtype), x), lax.digamma(x))


@_digamma.defjvp
def _digamma_jvp(primals, tangents):
    (x,) = primals
    return _digamma(x), tangents[0] * trigamma(x)


@jax.custom_jvp
def trigamma(x):
    """The derivative of digamma, left of zero by reflection."""
    left = x < 0.5
    right = jnp.where(left, 1 - x, x)
    value = jnp.where(jnp.isposinf(right), 0, lax.polygamma(jnp.ones_like(right), right))
    sine = jnp.sin(_constant(x, math.pi) * x)
    return jnp.where(left, _constant(x, math.pi**2) / (sine * sine) - value, value)


@trigamma.defjvp
def _trigamma_jvp(primals, tangents):
    (x,) = primals
    return trigamma(x), tangents[0] * zeta.polygamma(2, x)


@jax.custom_jvp
def _lgamma(x):
    return lax.lgamma(x)


@_lgamma.defjvp
def _lgamma_jvp(primals, tangents):
    return _lgamma(*primals), tangents[0] * _digamma(primals[0])


@jax.custom_jvp
def _acosh(x):
    return jnp.arccosh(x)


@_acosh.defjvp
def _acosh_jvp(primals, tangents):
    # JAX's sqrt(x * x - 1) has the wrong sign for complex numbers left of zero
    (x,) = primals
    return _acosh(x), tangents[0] / (jnp.sqrt(x - 1) * jnp.sqrt(x + 1))


def _reciprocal(x):
    return _constant(x, 1.0) / x


def _log1p(x):
    if not is_complex(x):
        return jnp.log1p(x)
    # Near 0 by the real logarithm: of 1 + x, few or no digits of x are left.
    near = (jnp.abs(x.real) < 0.5) & (jnp.abs(x.imag) < 0.5)
    z = jnp.where(near, x, 0)
    a, b = z.real, z.imag
    close = lax.complex(jnp.log1p(a * (2 + a) + b * b) / 2, jnp.arctan2(b, 1 + a))
    return jnp.where(near, close, jnp.log(1 + jnp.where(near, 0, x)))


def _rsqrt(x):
    return lax.rsqrt(x)


def _sigmoid(x):
    return jax.nn.sigmoid(x)


def _sinc(x):
    return jnp.sinc(x)


def _deg2rad(x):
    return x * _constant(x, math.pi / 180)


def _rad2deg(x):
    return x * _constant(x, 180 / math.pi)


# name, function, what PyTorch saves for backward, further names
_INT_TO_FLOAT = (
    ("acos", jnp.arccos, "input", ("arccos",)),
    ("acosh", _acosh, "input", ("arccosh",)),
    ("asin", jnp.arcsin, "input", ("arcsin",)),
    ("asinh", jnp.arcsinh, "input", ("arcsinh",)),
    ("atan", jnp.arctan, "input", ("arctan",)),
    ("atanh", jnp.arctanh, "input", ("arctanh",)),
    ("cos", jnp.cos, "input", ()),
    ("cosh", jnp.cosh, "input", ()),
    ("sin", jnp.sin, "input", ()),
    ("sinh", jnp.sinh, "input", ()),
    ("tan", jnp.tan, "result", ()),
    ("tanh", jnp.tanh, "result", ("nn.functional.tanh",)),
    ("exp", jnp.exp, "result", ()),
    ("exp2", _exp2, "result", ("special.exp2",)),
    ("expm1", jnp.expm1, "result", ("special.expm1",)),
    ("log", jnp.log, "input", ()),
    ("log2", _log2, "input", ()),
    ("log10", jnp.log10, "input", ()),
    ("log1p", _log1p, "input", ("special.log1p",)),
    ("sqrt", jnp.sqrt, "result", ()),
    ("rsqrt", _rsqrt, "result", ()),
    ("reciprocal", _reciprocal, "result", ()),
    ("sigmoid", _sigmoid, "result", ("special.expit", "nn.functional.sigmoid")),
    ("erf", lax.erf, "input", ("special.erf",)),
    ("erfc", lax.erfc, "input", ("special.erfc",)),
    ("erfinv", lax.erf_inv, "input", ("special.erfinv",)),
    ("lgamma", _lgamma, "input", ("special.gammaln",)),
    ("digamma", _digamma, "input", ("special.digamma", "special.psi")),
    ("sinc", _sinc, "input", ("special.sinc",)),
)
for _name, _fn, _saves, _aliases in _INT_TO_FLOAT:
    elementwise(
        f"{_name}(Tensor input) -> Tensor", promote="int_to_float", saves=_saves, variants="fmio", aliases=_aliases
    )(_fn)
for _name, _fn in (("deg2rad", _deg2rad), ("rad2deg", _rad2deg)):
    elementwise(f"{_name}(Tensor input) -> Tensor", promote="int_to_float", grad="linear", variants="fmio")(_fn)


# ----- Rounding: the derivative is zero, integers stay as they are -----


def _rounding(name: str, fn, aliases: tuple[str, ...] = ()) -> None:
    def rounded(x):
        reject(x, f"{name}_vml_cpu", BOOL)
        if is_complex(x):
            raise NotImplementedError(f"{name} is not supported for complex inputs")
        return x if is_integral(x) else lax.stop_gradient(fn(x))

    elementwise(f"{name}(Tensor input) -> Tensor", promote="default", grad="linear", variants="fmio", aliases=aliases)(
        rounded
    )


_rounding("ceil", jnp.ceil)
_rounding("floor", jnp.floor)
_rounding("trunc", jnp.trunc, ("fix",))


@elementwise(
    "round(Tensor input, *, int decimals=0) -> Tensor",
    promote="default",
    grad="linear",
    variants="fmio",
)
def round_(input, *, decimals):
    reject(input, "round_cpu" if decimals else "round_vml_cpu", BOOL, COMPLEX, *((INTEGRAL,) if decimals else ()))
    if is_integral(input):
        return input
    x = lax.stop_gradient(input)
    if decimals == 0:
        return jnp.round(x)
    scale = _constant(x, 10.0 ** abs(decimals))
    return jnp.round(x * scale) / scale if decimals > 0 else jnp.round(x / scale) * scale


@elementwise(
    "special.round(Tensor input, *, int decimals=0) -> Tensor", promote="default", grad="linear", variants="fo"
)
def special_round(input, *, decimals):
    reject(input, "round_cpu" if decimals else "round_vml_cpu", INTEGRAL)
    return round_(input, decimals=decimals)


@elementwise("frac(Tensor input) -> Tensor", promote="default", grad="linear", variants="fmio")
def frac(input):
    reject(input, "frac_cpu", BOOL, INTEGRAL, COMPLEX)
    return input - lax.stop_gradient(jnp.trunc(input))


# ----- Signs -----


@elementwise("neg(Tensor input) -> Tensor", promote="default", grad="linear", variants="fmio", aliases=("negative",))
def neg(input):
    if input.dtype == bool:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert "
            "a mask, use the `~` or `logical_not()` operator instead."
        )
    return -input


@elementwise("sign(Tensor input) -> Tensor", promote="default", grad="linear", variants="fmio")
def sign(input):
    if is_complex(input):
        raise NotImplementedError(
            "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."
        )
    return _sign(input)


def _sign(x):
    if is_integral(x):
        return x if x.dtype == bool else jnp.sign(x)
    # XLA keeps NaN; PyTorch compares twice and gives 0
    return (jnp.where(x > 0, 1, 0) - jnp.where(x < 0, 1, 0)).astype(x.dtype)


@elementwise("sgn(Tensor input) -> Tensor", promote="default", variants="fmio")
def sgn(input):
    return unit(input) if is_complex(input) else _sign(input)


@elementwise("signbit(Tensor input) -> Tensor", promote="bool", grad="none", variants="fmo")
def signbit(input):
    if is_complex(input):
        raise NotImplementedError("signbit is not implemented for complex tensors.")
    return (
        input < 0
        if is_integral(input) and input.dtype != bool
        else jnp.signbit(input)
        if not is_integral(input)
        else jnp.zeros_like(input)
    )


# ----- Powers -----


@elementwise("square(Tensor input) -> Tensor", promote="bool_to_long", variants="fmio")
def square(input):
    return lax.integer_pow(input, 2)


# ----- With parameters -----


@elementwise(
    "logit(Tensor input, float? eps=None) -> Tensor",
    promote="int_to_float",
    variants="fmio",
    aliases=("special.logit",),
)
def logit(input, *, eps):
    reject(input, "logit_cpu", COMPLEX)
    if eps is None:
        return _logit(input)
    x = input
    low, high = _constant(x, eps), _constant(x, 1) - _constant(x, eps)
    return _logit(jnp.where(x < low, low, jnp.where(x > high, high, x)))


@jax.custom_jvp
def _logit(x):
    return jnp.log(x / (1 - x))


@_logit.defjvp
def _logit_jvp(primals, tangents):
    (x,) = primals
    slope = 1 / (x * (1 - x))
    return _logit(x), tangents[0] * jnp.where((x < 0) | (x > 1), jnp.nan, slope)


@elementwise(
    "nan_to_num(Tensor input, float? nan=0.0, float? posinf=None, float? neginf=None) -> Tensor", variants="fmio"
)
def nan_to_num(input, *, nan, posinf, neginf):
    x = input
    if is_integral(x):
        return x
    if is_complex(x):
        return lax.complex(*(nan_to_num(part, nan=nan, posinf=posinf, neginf=neginf) for part in (x.real, x.imag)))
    limits = jnp.finfo(x.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf
    x = jnp.where(jnp.isnan(x), jnp.asarray(0.0 if nan is None else nan, x.dtype), x)
    x = jnp.where(x == jnp.inf, jnp.asarray(high, x.dtype), x)
    return jnp.where(x == -jnp.inf, jnp.asarray(low, x.dtype), x)


@elementwise("frexp(Tensor input) -> (Tensor mantissa, Tensor exponent)", variants="fmo")
def frexp(input):
    if is_integral(input) or is_complex(input):
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    wide = input.astype(jnp.float32) if from_numpy_dtype(input.dtype).itemsize < 4 else input
    mantissa, exponent = jnp.frexp(lax.stop_gradient(wide))
    # the mantissa as a multiple of the input, so that its derivative is 2**-exponent
    scale = _exp2(-exponent.astype(wide.dtype))
    finite = jnp.isfinite(wide)
    along = jnp.where(finite, wide, 0) * lax.stop_gradient(scale)
    mantissa = jnp.where(finite, mantissa + along - lax.stop_gradient(along), wide)
    return mantissa.astype(input.dtype), jnp.where(finite, exponent, 0).astype(jnp.int32)


@elementwise(
    "polygamma(int n, Tensor input) -> Tensor", promote="int_to_float", variants="fo", aliases=("special.polygamma",)
)
@elementwise("polygamma.method(Tensor input, int n) -> Tensor", promote="int_to_float", variants="mi")
def polygamma(input, *, n):
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return _polygamma(n, input)


def _polygamma(n: int, x):
    if n < 2:
        return _digamma(x) if n == 0 else trigamma(x)
    return zeta.polygamma(n, x)


@elementwise(
    "mvlgamma(Tensor input, int p) -> Tensor",
    promote="int_to_float",
    variants="fmio",
    aliases=("special.multigammaln",),
)
def mvlgamma(input, *, p):
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    halves = [_constant(input, -0.5 * j) for j in range(p)]
    return sum((_lgamma(input + h) for h in halves), _constant(input, p * (p - 1) / 4 * math.log(math.pi)))


# ----- Questions about a value -----


def _isnan(x):
    return jnp.zeros(x.shape, bool) if is_integral(x) else jnp.isnan(x)


def _isinf(x):
    return jnp.zeros(x.shape, bool) if is_integral(x) else jnp.isinf(x)


def _isfinite(x):
    return jnp.ones(x.shape, bool) if is_integral(x) else jnp.isfinite(x)


def _isreal(x):
    return x.imag == 0 if is_complex(x) else jnp.ones(x.shape, bool)


for _name, _fn in (("isnan", _isnan), ("isinf", _isinf), ("isfinite", _isfinite), ("isreal", _isreal)):
    elementwise(f"{_name}(Tensor input) -> Tensor", grad="none")(_fn)


def _is_infinity(name: str, value: float):
    def question(x):
        if is_complex(x):
            raise RuntimeError(f"{name} does not support complex inputs.")
        return jnp.zeros(x.shape, bool) if is_integral(x) else x == _constant(x, value)

    return question


for _name, _value in (("isposinf", math.inf), ("isneginf", -math.inf)):
    elementwise(f"{_name}(Tensor input) -> Tensor", grad="none", variants="fmo")(_is_infinity(_name, _value))
