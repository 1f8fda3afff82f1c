"""Elementwise arithmetic of two tensors, or a tensor and a number."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.pointwise import (
    BOOL,
    COMPLEX,
    FLOATING,
    INTEGRAL,
    default_float,
    elementwise,
    is_complex,
    is_floating,
    is_integral,
    no_derivative,
    reject,
)

_BOOLS_SUB = (
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
    "operator instead."
)
_BOOL_SUB = (
    "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
    "`~` or `logical_not()` operator instead."
)


# ----- Sums and products -----


def _alpha_fits(common, input, other, alpha=None):
    """PyTorch's errors for a multiplier of a higher category than the result."""
    if alpha is None:
        return
    if alpha.dtype.category == BOOL and common.category != BOOL:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if alpha.dtype.category > INTEGRAL >= common.category:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if alpha.dtype.category == COMPLEX != common.category:
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")


def _sub_fits(common, input, other, alpha=None):
    if common.category == BOOL:
        raise RuntimeError(_BOOLS_SUB)
    if BOOL in (input.dtype.category, other.dtype.category):
        raise RuntimeError(_BOOL_SUB)
    _alpha_fits(common, input, other, alpha)


@elementwise(
    "add(Tensor|Scalar input, Tensor|Scalar other, *, Scalar? alpha=1) -> Tensor",
    promote="default",
    grad="linear",
    variants="fmio",
    guard=_alpha_fits,
    fits=("alpha",),
)
def add(input, other, alpha):
    return input + (other if alpha is None else alpha * other)


@elementwise(
    "sub(Tensor|Scalar input, Tensor|Scalar other, *, Scalar? alpha=1) -> Tensor",
    promote="default",
    grad="linear",
    variants="fmio",
    guard=_sub_fits,
    fits=("alpha",),
    aliases=("subtract",),
)
def sub(input, other, alpha):
    return input - (other if alpha is None else alpha * other)


@elementwise(
    "rsub(Tensor input, Tensor|Scalar other, *, Scalar? alpha=1) -> Tensor",
    promote="default",
    grad="linear",
    variants="f",
    guard=_sub_fits,
    fits=("alpha",),
    grad_name="RsubBackward0|RsubBackward1",
)
def rsub(input, other, alpha):
    return sub(other, input, alpha)


@elementwise(
    "mul(Tensor|Scalar input, Tensor|Scalar other) -> Tensor",
    promote="default",
    grad="bilinear",
    variants="fmio",
    aliases=("multiply",),
)
def mul(input, other):
    return input * other


# ----- Division -----


@elementwise(
    "div(Tensor|Scalar input, Tensor|Scalar other) -> Tensor",
    promote="int_to_float",
    variants="fmio",
    aliases=("divide", "true_divide"),
)
def div(input, other):
    return input / other


@elementwise(
    "_rdiv(Tensor input, Tensor|Scalar other) -> Tensor", promote="int_to_float", variants="", grad_name="MulBackward0"
)
def rdiv(input, other):
    """`other / input` by the operator, which PyTorch rounds twice."""
    return (1 / input) * other


def _nonzero(input, other, *, rounding_mode=None):
    """XLA gives -1 for an integer division by zero; PyTorch raises."""
    if not is_integral(input) or not is_integral(other):
        return []
    return [(other != 0, RuntimeError, "ZeroDivisionError")]


def _nonzero_mode(input, other, *, rounding_mode):
    return _nonzero(input, other) if rounding_mode is not None else []


@elementwise(
    "div.mode(Tensor|Scalar input, Tensor|Scalar other, *, str? rounding_mode) -> Tensor",
    promote="default",
    variants="fmio",
    aliases=("divide",),
    check=_nonzero_mode,
)
def div_mode(input, other, *, rounding_mode):
    if rounding_mode is None:
        return default_float(input) / default_float(other)
    if rounding_mode == "floor":
        return lax.stop_gradient(_floor_divide(input, other))
    if rounding_mode == "trunc":
        reject(input, "div_trunc_cpu", BOOL, COMPLEX)
        return (
            lax.div(*jnp.broadcast_arrays(input, other))
            if is_integral(input)
            else lax.stop_gradient(jnp.trunc(input / other))
        )
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


def _floor_divide(x, y):
    reject(x, "div_floor_cpu", BOOL, COMPLEX)
    if is_integral(x):
        return jnp.floor_divide(x, y)
    # Python's way, as PyTorch: from the exact remainder, so that 1 // 0.1 is 9
    mod = lax.rem(*jnp.broadcast_arrays(x, y))
    quotient = (x - mod) / y
    quotient = jnp.where((mod != 0) & ((y < 0) != (mod < 0)), quotient - 1, quotient)
    floor = jnp.floor(quotient)
    floor = jnp.where(quotient - floor > 0.5, floor + 1, floor)
    floor = jnp.where(quotient == 0, jnp.copysign(jnp.zeros_like(quotient), x / y), floor)
    return jnp.where(y == 0, x / y, floor)


@elementwise(
    "floor_divide(Tensor|Scalar input, Tensor|Scalar other) -> Tensor",
    promote="default",
    saves=(),
    variants="fmio",
    check=_nonzero,
)
@no_derivative("floor_divide")
def floor_divide(input, other):
    return _floor_divide(input, other)


@elementwise(
    "remainder(Tensor|Scalar input, Tensor|Scalar other) -> Tensor", promote="default", variants="fmio", check=_nonzero
)
def remainder(input, other):
    reject(input, "remainder_cpu", BOOL, COMPLEX)
    if is_integral(input):
        return jnp.remainder(input, other)
    quotient = lax.stop_gradient(_floor_divide(input, other))
    return _value_of(jnp.remainder(input, other), input - other * quotient)


@elementwise("fmod(Tensor input, Tensor|Scalar other) -> Tensor", promote="default", variants="fmio", check=_nonzero)
def fmod(input, other):
    reject(input, "fmod_cpu", BOOL, COMPLEX)
    if is_integral(input):
        return lax.rem(*jnp.broadcast_arrays(input, other))
    quotient = lax.stop_gradient(jnp.trunc(input / other))
    return _value_of(lax.rem(*jnp.broadcast_arrays(input, other)), input - other * quotient)


@jax.custom_jvp
def _value_of(value, formula):
    """`value`, with the derivative of `formula`."""
    return value


@_value_of.defjvp
def _value_of_jvp(primals, tangents):
    return primals[0], tangents[1]


# ----- Powers -----


@elementwise(
    "pow(Tensor|Scalar input, Tensor|Scalar exponent) -> Tensor",
    promote="default",
    saves=("input", "exponent", "result"),
    variants="fmio",
    grad_name="PowBackward1|PowBackward0",
)
def pow_(input, exponent):
    if is_integral(input):
        reject(input, "pow", BOOL)
        return _integer_pow(*jnp.broadcast_arrays(input, exponent))
    return _pow(*jnp.broadcast_arrays(input, exponent))


def _integer_pow(x, n):
    negative = n < 0
    value = jnp.power(x, jnp.where(negative, 0, n))
    odd = jnp.where(n % 2 == 0, 1, x)
    return jnp.where(negative, jnp.where(x == 1, 1, jnp.where(x == -1, odd, 0)).astype(x.dtype), value)


@jax.custom_jvp
def _pow(x, y):
    return jnp.power(x, y)


@_pow.defjvp
def _pow_jvp(primals, tangents):
    # jnp.power's own derivatives are NaN where PyTorch says 0: at exponent 0, and for log(0) with exponent >= 0
    (x, y), (dx, dy) = primals, tangents
    out = _pow(x, y)
    flat = y == 0
    slope = jnp.where(flat, 0, y * _pow(x, jnp.where(flat, 1, y) - 1))
    grows = (x == 0) & ((y.real >= 0) if is_complex(y) else (y >= 0))
    log = jnp.where(grows, 0, out * jnp.log(jnp.where(grows, 1, x)))
    return out, dx * slope + dy * log


@elementwise(
    "_pow_static(Tensor input, *, any exponent) -> Tensor", promote="default", variants="f", grad_name="PowBackward0"
)
def _pow_static(input, *, exponent):
    """`input ** exponent` for a small integer or 0.5, -0.5: exact and without a call of pow."""
    x = input
    if is_integral(x):
        if isinstance(exponent, float):
            x = default_float(x)
        elif exponent < 0:
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        elif x.dtype == bool:
            x = x.astype(jnp.int64)
    if exponent == 0.5:
        return jnp.sqrt(x)
    if exponent == -0.5:
        return lax.rsqrt(x)
    if exponent != int(exponent):
        raise ValueError(f"not a static exponent: {exponent}")
    return lax.integer_pow(x, int(exponent))


@elementwise(
    "float_power(Tensor|Scalar input, Tensor|Scalar exponent) -> Tensor",
    saves=("input", "exponent", "result"),
    variants="fmio",
)
def float_power(input, exponent):
    wide = jnp.complex128 if is_complex(input) or is_complex(exponent) else jnp.float64
    return _pow(*jnp.broadcast_arrays(input.astype(wide), exponent.astype(wide)))


@elementwise("ldexp(Tensor input, Tensor other) -> Tensor", promote="int_to_float", variants="fmio")
def ldexp(input, other):
    return input * _pow(*jnp.broadcast_arrays(jnp.asarray(2, other.dtype), other))


# ----- Larger and smaller -----


def _no_complex(x, name: str) -> None:
    if is_complex(x):
        raise RuntimeError(f"{name} not implemented for complex tensors.")


@elementwise("maximum(Tensor input, Tensor other) -> Tensor", promote="default", variants="fmo")
def maximum(input, other):
    _no_complex(input, "maximum")
    return _maximum(*jnp.broadcast_arrays(input, other))


@elementwise("minimum(Tensor input, Tensor other) -> Tensor", promote="default", variants="fmo")
def minimum(input, other):
    _no_complex(input, "minimum")
    return _minimum(*jnp.broadcast_arrays(input, other))


def _extreme(fn, loses):
    """A tie gives each half of the gradient, a NaN gives both all of it."""
    extreme = jax.custom_jvp(fn)

    @extreme.defjvp
    def extreme_jvp(primals, tangents):
        (x, y), (dx, dy) = primals, tangents
        if is_integral(x):
            return extreme(x, y), dx
        half = (x == y) * jnp.asarray(0.5, x.dtype)
        return extreme(x, y), (dx * jnp.where(loses(x, y), 0, 1 - half) + dy * jnp.where(loses(y, x), 0, 1 - half))

    return extreme


_maximum = _extreme(lax.max, jnp.less)
_minimum = _extreme(lax.min, jnp.greater)


# for fmax and fmin a tie gives the whole gradient to the first, unlike maximum and minimum


@elementwise("fmax(Tensor input, Tensor other) -> Tensor", promote="default", variants="fmo")
def fmax(input, other):
    _no_complex(input, "fmax")
    return jnp.where((input >= other) | _is_nan(other), *jnp.broadcast_arrays(input, other))


@elementwise("fmin(Tensor input, Tensor other) -> Tensor", promote="default", variants="fmo")
def fmin(input, other):
    _no_complex(input, "fmin")
    return jnp.where((input <= other) | _is_nan(other), *jnp.broadcast_arrays(input, other))


def _is_nan(x):
    return jnp.isnan(x) if is_floating(x) else jnp.zeros(x.shape, bool)


# ----- Angles, logarithms, signs -----


@elementwise(
    "atan2(Tensor input, Tensor other) -> Tensor", promote="int_to_float", variants="fmio", aliases=("arctan2",)
)
def atan2(input, other):
    reject(input, "atan2_cpu", COMPLEX)
    return _atan2(*jnp.broadcast_arrays(input, other))


@jax.custom_jvp
def _atan2(y, x):
    return lax.atan2(y, x)


@_atan2.defjvp
def _atan2_jvp(primals, tangents):
    (y, x), (dy, dx) = primals, tangents
    square = x * x + y * y
    scale = jnp.where(square == 0, 0, 1 / jnp.where(square == 0, 1, square))  # PyTorch gives 0 at the origin
    return _atan2(y, x), scale * (x * dy - y * dx)


@elementwise(
    "hypot(Tensor input, Tensor other) -> Tensor",
    promote="default",
    variants="fmio",
    saves=("input", "other", "result"),
)
def hypot(input, other):
    reject(input, "hypot_cpu", BOOL, INTEGRAL, COMPLEX)
    return _hypot(*jnp.broadcast_arrays(input, other))


@jax.custom_jvp
def _hypot(x, y):
    return jnp.hypot(x, y)


@_hypot.defjvp
def _hypot_jvp(primals, tangents):
    (x, y), (dx, dy) = primals, tangents
    out = _hypot(x, y)
    return out, dx * (x / out) + dy * (y / out)


@elementwise(
    "xlogy(Tensor|Scalar input, Tensor|Scalar other) -> Tensor",
    promote="int_to_float",
    variants="fmio",
    aliases=("special.xlogy",),
)
def xlogy(input, other):
    reject(input, "xlogy_cpu", COMPLEX)
    return _xlogy(*jnp.broadcast_arrays(input, other))


@elementwise(
    "special.xlog1py(Tensor|Scalar input, Tensor|Scalar other) -> Tensor", promote="int_to_float", variants="fo"
)
def xlog1py(input, other):
    reject(input, "xlog1py_cpu", COMPLEX)
    return _xlog1py(*jnp.broadcast_arrays(input, other))


def _xlog(log, offset: int):
    @jax.custom_jvp
    def times_log(x, y):
        return jnp.where(jnp.isnan(y), y, jnp.where(x == 0, 0, x * log(y)))

    @times_log.defjvp
    def times_log_jvp(primals, tangents):
        (x, y), (dx, dy) = primals, tangents
        pole = (x == 0) & (y <= -offset)  # log's value there would make it NaN
        return times_log(x, y), dx * jnp.where(pole, 0, log(jnp.where(pole, 1, y))) + dy * (x / (y + offset))

    return times_log


_xlogy = _xlog(jnp.log, 0)
_xlog1py = _xlog(jnp.log1p, 1)


@elementwise("copysign(Tensor input, Tensor|Scalar other) -> Tensor", promote="int_to_float", variants="fmio")
def copysign(input, other):
    reject(input, "copysign_cpu", COMPLEX)
    return _copysign(*jnp.broadcast_arrays(input, other))


@jax.custom_jvp
def _copysign(x, sign):
    return jnp.copysign(x, sign)


@_copysign.defjvp
def _copysign_jvp(primals, tangents):
    x = primals[0]
    out = _copysign(*primals)
    return out, tangents[0] * jnp.where(x == 0, 0, lax.stop_gradient(out / x))


@elementwise("heaviside(Tensor input, Tensor values) -> Tensor", saves=(), variants="fmio")
@no_derivative("heaviside")
def heaviside(input, values):
    if is_complex(input) or is_complex(values):
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if input.dtype != values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    zero = input == 0
    return jnp.where(zero, values, (input > 0).astype(input.dtype))


@elementwise(
    "nextafter(Tensor input, Tensor other) -> Tensor", promote="default", opmath=False, saves=(), variants="fmio"
)
def nextafter(input, other):
    reject(input, "nextafter_cpu", BOOL, INTEGRAL, COMPLEX)
    return _nextafter(*jnp.broadcast_arrays(input, other))


@jax.custom_jvp
def _nextafter(x, y):
    return jnp.nextafter(x, y)


@_nextafter.defjvp
def _nextafter_jvp(primals, tangents):
    return _nextafter(*primals), jnp.where(primals[0] == primals[1], 0, tangents[0])


@elementwise("gcd(Tensor input, Tensor other) -> Tensor", promote="default", grad="none", variants="fmio")
def gcd(input, other):
    reject(input, "gcd_cpu", BOOL, FLOATING, COMPLEX)
    return jnp.gcd(input, other)


@elementwise("lcm(Tensor input, Tensor other) -> Tensor", promote="default", grad="none", variants="fmio")
def lcm(input, other):
    reject(input, "lcm_cpu", BOOL, FLOATING, COMPLEX)
    return jnp.lcm(input, other)
