"""Losses between tensors of one shape. Serves F.mse_loss, l1_loss, smooth_l1_loss, huber_loss, kl_div,
poisson_nll_loss, gaussian_nll_loss, soft_margin_loss, multilabel_soft_margin_loss, binary_cross_entropy and
binary_cross_entropy_with_logits, all of them as they are. `loss_margin.py`, `loss_class.py` and `loss_ctc.py` have the
others.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._base.sizes import Size, broadcast_shapes
from jaxtorch._ops.norm import modulus
from jaxtorch._ops.norm_sums import total
from jaxtorch._ops.pointwise import is_complex, is_floating, is_integral, reject, scalar_name
from jaxtorch._ops.table import op

LEGACY = "bool? size_average=None"


# ----- What the losses share -----


def loss(schema: str, **options: Any) -> Callable[[Callable], Callable]:
    """Declare a loss whose schema has `reduction`, and maybe the deprecated `size_average` and `reduce`."""
    options = {"variants": "f", "promote": "default", **options}
    legacy = "size_average" in schema

    def declare(fn: Callable) -> Callable:
        @functools.wraps(fn)
        def checked(*arrays, reduction, size_average=None, reduce=None, **statics):
            if size_average is not None or reduce is not None:
                reduction = _from_legacy(size_average, reduce)
            return fn(*arrays, reduction=reduction, **statics)

        @functools.wraps(fn)
        def plain(*arrays, reduction, **statics):
            return fn(*arrays, reduction=reduction, **statics)

        op(schema, **options)(checked if legacy else plain)
        return fn

    return declare


def _from_legacy(size_average: bool | None, reduce: bool | None) -> str:
    name = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.",
        UserWarning,
        stacklevel=4,
    )
    return name


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
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({Size(target.shape)}) that is different to the input size ({Size(input.shape)}). "
            "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            UserWarning,
            stacklevel=4,
        )
    shape = broadcast_shapes(input.shape, target.shape)
    return jnp.broadcast_to(input, shape), jnp.broadcast_to(target, shape)


def _weighted(values, weight, like, reduction: str, *, by_weights: bool):
    if weight.shape != like.shape:
        raise ValueError("Weights and input must have the same size.")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    values = values * weight
    if reduction == "mean" and by_weights:
        return total(values) / total(jnp.broadcast_to(weight, weight.shape))
    return reduced(values, reduction)


_TAIL = f"{LEGACY}, bool? reduce=None, str reduction='mean'"
_PAIR = "(Tensor input, Tensor target, "


# ----- Distances -----


@loss(f"nn.functional.mse_loss{_PAIR}{_TAIL}, Tensor? weight=None) -> Tensor", grad_name="MseLossBackward0")
def mse_loss(input, target, weight, *, reduction):
    """The mean squared difference."""
    x, y = _broadcast(input, target)
    if weight is None:
        reject(x, "mse_cpu", BOOL, INTEGRAL, COMPLEX)
        return reduced(jnp.square(x - y), reduction)
    return _weighted(jnp.square(x - y), weight, input, reduction, by_weights=True)


@loss(f"nn.functional.l1_loss{_PAIR}{_TAIL}, Tensor? weight=None) -> Tensor", grad_name="MeanBackward0")
def l1_loss(input, target, weight, *, reduction):
    """The mean absolute difference."""
    x, y = _broadcast(input, target)
    values = modulus(x - y) if is_complex(x) else jnp.abs(x - y)
    if weight is None:
        return reduced(values, reduction)
    return _weighted(values, weight, input, reduction, by_weights=True)


@loss(f"nn.functional.smooth_l1_loss{_PAIR}{_TAIL}, float beta=1.0) -> Tensor", grad_name="SmoothL1LossBackward0")
def smooth_l1_loss(input, target, *, reduction, beta):
    """Squared below `beta`, absolute above."""
    x, y = _broadcast(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return reduced(jnp.abs(x - y), reduction)
    reject(x, "smooth_l1_cpu", BOOL, INTEGRAL, COMPLEX)
    return reduced(_smooth(x - y, beta, 1 / beta, 1.0), reduction)


def _smooth(difference, bound: float, square: float, slope: float):
    size = jnp.abs(difference)
    bound, square, slope = (jnp.asarray(v, size.dtype) for v in (bound, square, slope))
    return jnp.where(size < bound, 0.5 * square * difference * difference, slope * (size - 0.5 * bound))


@loss(
    "nn.functional.huber_loss(Tensor input, Tensor target, str reduction='mean', float delta=1.0, Tensor? weight=None) "
    "-> Tensor",
    grad_name="HuberLossBackward0",
)
def huber_loss(input, target, weight, *, reduction, delta):
    """Squared below `delta`, `delta` times the absolute difference above."""
    x, y = _broadcast(input, target)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    reject(x, "huber_cpu", BOOL, INTEGRAL, COMPLEX)
    values = _smooth(x - y, delta, 1.0, delta)
    return (
        reduced(values, reduction) if weight is None else _weighted(values, weight, input, reduction, by_weights=False)
    )


@loss(f"nn.functional.soft_margin_loss{_PAIR}{_TAIL}) -> Tensor", grad_name="SoftMarginLossBackward0")
def soft_margin_loss(input, target, *, reduction):
    """log(1 + exp(-target * input)) for targets 1 and -1."""
    broadcast_shapes(input.shape, target.shape)
    return reduced(jnp.log1p(jnp.exp(-target * input)), reduction)


# ----- Likelihoods -----


def _entropy_term(target):
    """target * log(target), 0 at 0, with a derivative that is infinite there as PyTorch's."""
    zero = target == 0
    return jnp.where(zero, 0, target * jnp.log(jnp.where(zero, 1, target)))


@loss(f"nn.functional.kl_div{_PAIR}{_TAIL}, bool log_target=False) -> Tensor", grad_name="DivBackward0")
def kl_div(input, target, *, reduction, log_target):
    """The Kullback-Leibler divergence from `target` to log-probabilities `input`."""
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' "
            "divides only by the batch size, and aligns with the KL div math definition.'mean' will be changed to "
            "behave the same as 'batchmean' in the next major release.",
            UserWarning,
            stacklevel=3,
        )
    if is_complex(input):
        raise RuntimeError("kl_div: Complex inputs not supported.")
    if not is_floating(input):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    broadcast_shapes(target.shape, input.shape)
    values = jnp.exp(target) * (target - input) if log_target else _entropy_term(target) - target * input
    if reduction == "batchmean":
        return reduced(values, "sum") / (input.shape[0] if input.ndim else 1)
    return reduced(values, reduction)


@loss(
    "nn.functional.poisson_nll_loss(Tensor input, Tensor target, bool log_input=True, bool full=False, "
    f"{LEGACY}, float eps=1e-08, bool? reduce=None, str reduction='mean') -> Tensor",
    promote="int_to_float",
    grad_name="MeanBackward0",
)
def poisson_nll_loss(input, target, *, log_input, full, eps, reduction):
    """The negative log-likelihood of counts under Poisson rates."""
    check_reduction(reduction)
    broadcast_shapes(target.shape, input.shape)
    values = jnp.exp(input) - target * input if log_input else input - target * jnp.log(input + eps)
    if full:
        large = target > 1
        safe = jnp.where(large, target, 1)
        stirling = safe * jnp.log(safe) - safe + 0.5 * jnp.log(2 * math.pi * safe)
        values = values + jnp.where(large, stirling, 0)
    return reduced(values, reduction)


def _variance_check(input, target, var, *, full, eps, reduction):
    return var >= 0, "var has negative entry/entries", ValueError


@loss(
    "nn.functional.gaussian_nll_loss(Tensor input, Tensor target, Tensor|Scalar var, bool full=False, float eps=1e-06, "
    "str reduction='mean') -> Tensor",
    grad_name="MeanBackward0",
    check=_variance_check,
)
def gaussian_nll_loss(input, target, var, *, full, eps, reduction):
    """The negative log-likelihood under normal distributions of these variances."""
    if var.shape != input.shape and var.ndim:
        if input.shape[:-1] == var.shape:
            var = var[..., None]
        elif input.ndim != var.ndim or sum(b for a, b in zip(input.shape, var.shape, strict=True) if a != b) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    # The gradient passes the clamp, as PyTorch clamps outside the graph.
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


def _probability_check(input, target, weight, *, reduction, size_average, reduce):
    return [
        ((input >= 0) & (input <= 1), "all elements of input should be between 0 and 1", RuntimeError),
        ((target >= 0) & (target <= 1), "all elements of target should be between 0 and 1", RuntimeError),
    ]


@loss(
    f"nn.functional.binary_cross_entropy{_PAIR}Tensor? weight=None, {_TAIL}) -> Tensor",
    promote=None,
    grad_name="BinaryCrossEntropyBackward0",
    check=_probability_check,
)
def binary_cross_entropy(input, target, weight, *, reduction):
    """The cross entropy of probabilities; logarithms are at least -100."""
    check_reduction(reduction)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({Size(target.shape)}) that is different to the input size "
            f"({Size(input.shape)}) is deprecated. Please ensure they have the same size."
        )
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
    f"nn.functional.binary_cross_entropy_with_logits{_PAIR}Tensor? weight=None, {_TAIL}, Tensor? pos_weight=None) "
    "-> Tensor",
    promote=None,
    grad_name="BinaryCrossEntropyWithLogitsBackward0",
)
def binary_cross_entropy_with_logits(input, target, weight, pos_weight, *, reduction):
    """The cross entropy of sigmoid(input)."""
    if input.shape != target.shape:
        raise ValueError(f"Target size ({Size(target.shape)}) must be the same as input size ({Size(input.shape)})")
    check_reduction(reduction)
    reject(input, "log_sigmoid_cpu", BOOL, INTEGRAL, COMPLEX)
    if is_integral(target):
        raise RuntimeError(
            f"result type {scalar_name(input)} can't be cast to the desired output type {scalar_name(target)}"
        )
    given = [a for a in (input, target, weight, pos_weight) if a is not None]
    out = jnp.result_type(*[a.dtype for a in given])
    wide = jnp.float32 if out in (jnp.float16, jnp.bfloat16) else out
    x, y, weight, pos_weight = (a if a is None else a.astype(wide) for a in (input, target, weight, pos_weight))
    logs = log_sigmoid(x)
    if pos_weight is not None:
        broadcast_shapes(pos_weight.shape, y.shape)
        logs = ((pos_weight - 1) * y + 1) * logs
    values = (1 - y) * x - logs
    if weight is not None:
        broadcast_shapes(values.shape, weight.shape)
        values = values * weight
    return reduced(values, reduction).astype(out)


@loss(
    f"nn.functional.multilabel_soft_margin_loss{_PAIR}Tensor? weight=None, {_TAIL}) -> Tensor",
    grad_name="MeanBackward0",
)
def multilabel_soft_margin_loss(input, target, weight, *, reduction):
    """The mean over the classes of the cross entropies of sigmoid(input)."""
    values = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    if weight is not None:
        values = values * weight
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    return reduced(values.sum(input.ndim - 1) / input.shape[-1], reduction)
