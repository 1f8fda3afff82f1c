"""The cores of the losses between tensors of one shape: nn.functional's mse_loss, l1_loss, smooth_l1_loss,
huber_loss, kl_div, poisson_nll_loss, gaussian_nll_loss, soft_margin_loss, binary_cross_entropy (with_logits).

Their public functions translate legacy arguments, warn about sizes and apply element weights. `loss_margin.py`,
`loss_class.py` and `ctc.py` have the other losses.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.norm import magnitude
from jaxtorch._ops.norm_sums import total
from jaxtorch._ops.pointwise import is_complex, is_floating, is_integral, reject, scalar_name
from jaxtorch._ops.table import op

_PAIR = "(Tensor input, Tensor target, *, str reduction"


# ----- What the losses share -----


def loss(schema: str, **options: Any) -> Callable[[Callable], Callable]:
    """Declare a loss: inputs of different dtypes promote."""
    return op(schema, **{"variants": "f", "promote": "default", "layout": channels_of_first, **options})


def check_reduction(reduction: str) -> None:
    """PyTorch's error for a name that is no reduction."""
    if reduction not in ("none", "mean", "sum", "elementwise_mean"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def reduced(values, reduction: str):
    """The losses as they are, their mean or their sum."""
    check_reduction(reduction)
    if reduction == "none":
        return values
    if reduction == "sum":
        return total(values)
    if is_integral(values):
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
            f"dtype. Got: {scalar_name(values)}"
        )
    return total(values) / values.size if values.size else jnp.full((), jnp.nan, values.dtype)


def _broadcast(input, target):
    shape = broadcast_shapes(input.shape, target.shape)
    return jnp.broadcast_to(input, shape), jnp.broadcast_to(target, shape)


# ----- Distances -----


@loss(f"_mse_loss{_PAIR}) -> Tensor", grad_name="MseLossBackward0")
def mse_loss(input, target, *, reduction):
    x, y = _broadcast(input, target)
    reject(x, "mse_cpu", BOOL, INTEGRAL, COMPLEX)
    return reduced(jnp.square(x - y), reduction)


@loss(f"_l1_loss{_PAIR}) -> Tensor", grad_name="MeanBackward0")
def l1_loss(input, target, *, reduction):
    x, y = _broadcast(input, target)
    return reduced(magnitude(x - y), reduction)


@loss(f"_smooth_l1_loss{_PAIR}, float beta) -> Tensor", grad_name="SmoothL1LossBackward0")
def smooth_l1_loss(input, target, *, reduction, beta):
    x, y = _broadcast(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    reject(x, "smooth_l1_cpu", BOOL, INTEGRAL, COMPLEX)
    return reduced(_smooth(x - y, beta, 1 / beta, 1.0), reduction)


def _smooth(difference, bound: Any, square: Any, slope: Any):
    """Squares below a bound, straight lines above: all three are numbers."""
    size = jnp.abs(difference)
    bound, square, slope = (jnp.asarray(v, size.dtype) for v in (bound, square, slope))
    return jnp.where(size < bound, 0.5 * square * difference * difference, slope * (size - 0.5 * bound))


@loss(f"_huber_loss{_PAIR}, float delta) -> Tensor", grad_name="HuberLossBackward0")
def huber_loss(input, target, *, reduction, delta):
    x, y = _broadcast(input, target)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    reject(x, "huber_cpu", BOOL, INTEGRAL, COMPLEX)
    return reduced(_smooth(x - y, delta, 1.0, delta), reduction)


@jax.custom_jvp
def _logistic(z):
    return z / (z + 1)


@_logistic.defjvp
def _logistic_jvp(primals, tangents):
    (z,), (dz,) = primals, tangents
    return _logistic(z), dz / ((z + 1) * (z + 1))  # JAX's difference of two quotients cancels where z is large


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _log1p_exp(x, largest: float):
    """log(1 + exp(x)), infinite where exp(x) exceeds the dtype's largest number: PyTorch rounds after each step."""
    return jnp.log1p(_exp_up_to(x, largest))


def _exp_up_to(x, largest: float):
    z = jnp.exp(x)
    return jnp.where(z > largest, jnp.inf, z)


@_log1p_exp.defjvp
def _log1p_exp_jvp(largest, primals, tangents):
    (x,), (dx,) = primals, tangents
    return _log1p_exp(x, largest), _logistic(_exp_up_to(x, largest)) * dx


@loss(f"_soft_margin_loss{_PAIR}) -> Tensor", opmath=False, grad_name="SoftMarginLossBackward0")
def soft_margin_loss(input, target, *, reduction):
    broadcast_shapes(input.shape, target.shape)
    if is_integral(input):
        raise RuntimeError(f"result type Float can't be cast to the desired output type {scalar_name(input)}")
    if is_complex(input):
        return reduced(jnp.log1p(jnp.exp(-target * input)), reduction)
    wide = jnp.float32 if input.dtype.itemsize == 2 else input.dtype
    values = _log1p_exp(-target.astype(wide) * input.astype(wide), float(jnp.finfo(input.dtype).max))
    return reduced(values, reduction).astype(input.dtype)


# ----- Likelihoods -----


def _entropy_term(target):
    """target * log(target), 0 at 0."""
    zero = target == 0
    return jnp.where(zero, 0, target * jnp.log(jnp.where(zero, 1, target)))


@loss(f"_kl_div{_PAIR}, bool log_target) -> Tensor", grad_name="DivBackward0")
def kl_div(input, target, *, reduction, log_target):
    if is_complex(input):
        raise RuntimeError("kl_div: Complex inputs not supported.")
    if not is_floating(input):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    broadcast_shapes(target.shape, input.shape)
    values = jnp.exp(target) * (target - input) if log_target else _entropy_term(target) - target * input
    return reduced(values, reduction)


@loss(
    f"_poisson_nll_loss{_PAIR}, bool log_input, bool full, float eps) -> Tensor",
    promote="int_to_float",
    grad_name="MeanBackward0",
)
def poisson_nll_loss(input, target, *, log_input, full, eps, reduction):
    check_reduction(reduction)
    broadcast_shapes(target.shape, input.shape)
    values = jnp.exp(input) - target * input if log_input else input - target * jnp.log(input + eps)
    if full:
        # Masked after the logarithm, as PyTorch does: its derivative is NaN for targets that are not above zero.
        stirling = target * jnp.log(target) - target + 0.5 * jnp.log(2 * math.pi * target)
        values = values + jnp.where(target > 1, stirling, 0)
    return reduced(values, reduction)


def _variance_check(input, target, var, **statics):
    return var >= 0, ValueError, "var has negative entry/entries"


@loss(
    "_gaussian_nll_loss(Tensor input, Tensor target, Tensor var, *, str reduction, bool full, float eps) -> Tensor",
    grad_name="MeanBackward0",
    check=_variance_check,
)
def gaussian_nll_loss(input, target, var, *, full, eps, reduction):
    # The gradient passes the clamp, as PyTorch clamps outside the graph.
    broadcast_shapes(broadcast_shapes(input.shape, target.shape), var.shape)
    held = lax.stop_gradient(var)
    var = jnp.maximum(held, jnp.asarray(eps, var.dtype)) + (var - held)
    values = 0.5 * (jnp.log(var) + jnp.square(input - target) / var)
    return reduced(values + 0.5 * math.log(2 * math.pi) if full else values, reduction)


# ----- Two classes -----


def _log_at_least(x, bound: float):
    return jnp.maximum(x, jnp.asarray(bound, x.dtype))


@jax.custom_jvp
def _cross_entropy(x, target):
    return (target - 1) * _log_at_least(jnp.log1p(-x), -100.0) - target * _log_at_least(jnp.log(x), -100.0)


@_cross_entropy.defjvp
def _cross_entropy_jvp(primals, tangents):
    # PyTorch bounds the denominator, so that the gradient at 0 and 1 is large but finite.
    (x, target), (dx, dtarget) = primals, tangents
    of_input = (x - target) / jnp.maximum((1 - x) * x, jnp.asarray(1e-12, x.dtype))
    return _cross_entropy(x, target), of_input * dx + (jnp.log1p(-x) - jnp.log(x)) * dtarget


def _probability_check(input, target, weight, **statics):
    return [
        ((input >= 0) & (input <= 1), RuntimeError, "all elements of input should be between 0 and 1"),
        ((target >= 0) & (target <= 1), RuntimeError, "all elements of target should be between 0 and 1"),
    ]


@loss(
    "_binary_cross_entropy(Tensor input, Tensor target, Tensor? weight, *, str reduction) -> Tensor",
    promote=None,
    grad_name="BinaryCrossEntropyBackward0",
    check=_probability_check,
)
def binary_cross_entropy(input, target, weight, *, reduction):
    check_reduction(reduction)
    reject(input, "binary_cross_entropy", BOOL, INTEGRAL, COMPLEX)
    for other in (target, weight):
        if other is not None and other.dtype != input.dtype:
            raise RuntimeError(f"Found dtype {scalar_name(other)} but expected {scalar_name(input)}")
    wide = [
        a if a is None or a.dtype not in (jnp.float16, jnp.bfloat16) else a.astype(jnp.float32)
        for a in (input, target, weight)
    ]
    values = _cross_entropy(wide[0], wide[1])
    if weight is not None:
        broadcast_shapes(target.shape, weight.shape)
        values = values * wide[2]
    return reduced(values, reduction).astype(input.dtype)


@jax.custom_jvp
def log_sigmoid(x):
    """log(1 / (1 + exp(-x)))"""
    return jnp.minimum(x, 0) - jnp.log1p(jnp.exp(-jnp.abs(x)))


@log_sigmoid.defjvp
def _log_sigmoid_jvp(primals, tangents):
    return log_sigmoid(primals[0]), jax.nn.sigmoid(-primals[0]) * tangents[0]


@loss(
    "_bce_with_logits(Tensor input, Tensor target, Tensor? weight, Tensor? pos_weight, *, str reduction) -> Tensor",
    promote=None,
    grad_name="BinaryCrossEntropyWithLogitsBackward0",
)
def binary_cross_entropy_with_logits(input, target, weight, pos_weight, *, reduction):
    check_reduction(reduction)
    reject(input, "log_sigmoid_cpu", BOOL, INTEGRAL, COMPLEX)
    if is_integral(target):
        raise RuntimeError(
            f"result type {scalar_name(input)} can't be cast to the desired output type {scalar_name(target)}"
        )
    given = [a for a in (input, target, weight, pos_weight) if a is not None]
    out = jnp.result_type(*[a.dtype for a in given])
    wide = jnp.float32 if out in (jnp.float16, jnp.bfloat16) else out
    x, y = input.astype(wide), target.astype(wide)
    weight, pos_weight = (a if a is None else a.astype(wide) for a in (weight, pos_weight))
    logs = log_sigmoid(x)
    if pos_weight is not None:
        broadcast_shapes(pos_weight.shape, y.shape)
        logs = ((pos_weight - 1) * y + 1) * logs
    values = (1 - y) * x - logs
    if weight is not None:
        broadcast_shapes(values.shape, weight.shape)
        values = values * weight
    return reduced(values, reduction).astype(out)
