"""Losses of nn.functional. All take `reduction` ("none", "mean", "sum"); wrappers translate the legacy arguments.

`_mse_loss`, `_l1_loss`, `_smooth_l1_loss`, `_huber_loss`, `_binary_cross_entropy`, `_bce_with_logits`, `_kl_div`,
`_poisson_nll_loss`, `_gaussian_nll_loss`, `_soft_margin_loss`, `_hinge_embedding_loss`, `_margin_ranking_loss`,
`_cosine_embedding_loss`, `_triplet_margin_loss`, and in `loss_classes` those over class numbers.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.table import op


def check_reduction(reduction: str) -> None:
    """ValueError as PyTorch gives for an unknown reduction."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def reduced(loss, reduction: str):
    """The loss, its mean or its sum."""
    check_reduction(reduction)
    return loss if reduction == "none" else jnp.mean(loss) if reduction == "mean" else jnp.sum(loss)


def _constant(x, value: float):
    return jnp.asarray(value, x.dtype)


@op("_mse_loss(Tensor input, Tensor target, *, str reduction) -> Tensor", promote="default", variants="f",
    grad_name="MseLossBackward0")
def _mse_loss(input, target, *, reduction):
    return reduced(jnp.square(input - target), reduction)


@op("_l1_loss(Tensor input, Tensor target, *, str reduction) -> Tensor", promote="default", variants="f",
    grad_name="MeanBackward0")
def _l1_loss(input, target, *, reduction):
    return reduced(jnp.abs(input - target), reduction)


@op("_smooth_l1_loss(Tensor input, Tensor target, *, str reduction, float beta) -> Tensor", promote="default", variants="f",
    grad_name="SmoothL1LossBackward0")
def _smooth_l1_loss(input, target, *, reduction, beta):
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    away = jnp.abs(input - target)
    if beta == 0:
        return reduced(away, reduction)
    limit = _constant(away, beta)
    return reduced(jnp.where(away < limit, 0.5 * jnp.square(away) / limit, away - 0.5 * limit), reduction)


@op("_huber_loss(Tensor input, Tensor target, *, str reduction, float delta) -> Tensor", promote="default", variants="f",
    grad_name="HuberLossBackward0")
def _huber_loss(input, target, *, reduction, delta):
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    away, limit = jnp.abs(input - target), _constant(input, delta)
    return reduced(jnp.where(away <= limit, 0.5 * jnp.square(away), limit * (away - 0.5 * limit)), reduction)


def _probabilities(input, target, weight, **statics):
    inside = (input >= 0) & (input <= 1)
    return inside, RuntimeError, "all elements of input should be between 0 and 1"


@op("_binary_cross_entropy(Tensor input, Tensor target, Tensor? weight, *, str reduction) -> Tensor", promote="default",
    variants="f", check=_probabilities, grad_name="BinaryCrossEntropyBackward0")
def _binary_cross_entropy(input, target, weight, *, reduction):
    if input.shape != target.shape:
        raise ValueError(f"Using a target size ({_size(target)}) that is different to the input size ({_size(input)}) is "
                         f"deprecated. Please ensure they have the same size.")
    # PyTorch holds the logarithms above -100, and the gradient's denominator above 1e-12.
    loss = (target - 1) * _clamped_log(1 - input) - target * _clamped_log(input)
    return reduced(loss if weight is None else loss * weight, reduction)


def _size(x) -> str:
    return f"torch.Size({list(x.shape)})"


def _clamped_log(x):
    safe = jnp.where(x > 0, x, 1)
    return jnp.where(x > 0, jnp.maximum(jnp.log(safe), _constant(x, -100)), _constant(x, -100))


@op("_bce_with_logits(Tensor input, Tensor target, Tensor? weight, Tensor? pos_weight, *, str reduction) -> Tensor",
    promote="default", variants="f", grad_name="BinaryCrossEntropyWithLogitsBackward0")
def _bce_with_logits(input, target, weight, pos_weight, *, reduction):
    if input.shape != target.shape:
        raise ValueError(f"Target size ({_size(target)}) must be the same as input size ({_size(input)})")
    log_sigmoid = jnp.minimum(input, 0) - jnp.log1p(jnp.exp(-jnp.abs(input)))
    if pos_weight is None:
        loss = (1 - target) * input - log_sigmoid
    else:
        loss = (1 - target) * input - ((pos_weight - 1) * target + 1) * log_sigmoid
    return reduced(loss if weight is None else loss * weight, reduction)


@op("_kl_div(Tensor input, Tensor target, *, str reduction, bool log_target) -> Tensor", promote="default", variants="f",
    grad_name="SumBackward0")
def _kl_div(input, target, *, reduction, log_target):
    if log_target:
        loss = jnp.exp(target) * (target - input)
    else:
        positive = target > 0
        entropy = jnp.where(positive, target * jnp.log(jnp.where(positive, target, 1)), 0)
        loss = entropy - target * input
    if reduction == "batchmean":
        return jnp.sum(loss) / (input.shape[0] if input.ndim else 1)
    return reduced(loss, reduction)


@op("_poisson_nll_loss(Tensor input, Tensor target, *, bool log_input, bool full, float eps, str reduction) -> Tensor",
    promote="default", variants="f", grad_name="MeanBackward0")
def _poisson_nll_loss(input, target, *, log_input, full, eps, reduction):
    if log_input:
        loss = jnp.exp(input) - target * input
    else:
        loss = input - target * jnp.log(input + _constant(input, eps))
    if full:
        above = jnp.where(target > 1, target, 2)
        stirling = above * jnp.log(above) - above + 0.5 * jnp.log(2 * math.pi * above)
        loss = loss + jnp.where(target > 1, stirling, 0)
    return reduced(loss, reduction)


@op("_gaussian_nll_loss(Tensor input, Tensor target, Tensor var, *, bool full, float eps, str reduction) -> Tensor",
    promote="default", variants="f", grad_name="MeanBackward0")
def _gaussian_nll_loss(input, target, var, *, full, eps, reduction):
    held = jnp.where(var < eps, _constant(var, eps), var)
    # PyTorch clamps the variance without telling autograd: its gradient passes everywhere.
    held = var + lax.stop_gradient(held - var)
    loss = 0.5 * (jnp.log(held) + jnp.square(input - target) / held)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


@op("_soft_margin_loss(Tensor input, Tensor target, *, str reduction) -> Tensor", promote="default", variants="f",
    grad_name="SoftMarginLossBackward0")
def _soft_margin_loss(input, target, *, reduction):
    return reduced(jnp.log1p(jnp.exp(-target * input)), reduction)


@op("_hinge_embedding_loss(Tensor input, Tensor target, *, float margin, str reduction) -> Tensor", promote="default",
    variants="f", grad_name="MeanBackward0")
def _hinge_embedding_loss(input, target, *, margin, reduction):
    below = _constant(input, margin) - input
    far = jnp.where(target == -1, jnp.where(below > 0, below, 0), 0)
    return reduced(far + jnp.where(target == 1, input, 0), reduction)


@op("_margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, *, float margin, str reduction) -> Tensor",
    promote="default", variants="f", grad_name="MeanBackward0")
def _margin_ranking_loss(input1, input2, target, *, margin, reduction):
    below = -target * (input1 - input2) + _constant(input1, margin)
    return reduced(jnp.where(below >= 0, below, 0), reduction)


@op("_cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, *, float margin, str reduction) -> Tensor",
    promote="default", variants="f", grad_name="MeanBackward0")
def _cosine_embedding_loss(input1, input2, target, *, margin, reduction):
    tiny = _constant(input1, 1e-12)
    product = jnp.sum(input1 * input2, -1)
    sizes = (jnp.sum(jnp.square(input1), -1) + tiny) * (jnp.sum(jnp.square(input2), -1) + tiny)
    cosine = product / jnp.sqrt(sizes)
    apart = cosine - _constant(cosine, margin)
    loss = jnp.where(target == 1, 1 - cosine, 0) + jnp.where(target == -1, jnp.where(apart >= 0, apart, 0), 0)
    return reduced(loss, reduction)


@op("_triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, *, float margin, float p, float eps, bool swap, "
    "str reduction) -> Tensor", promote="default", variants="f", grad_name="MeanBackward0")
def _triplet_margin_loss(anchor, positive, negative, *, margin, p, eps, swap, reduction):
    near, far = _distance(anchor, positive, p, eps), _distance(anchor, negative, p, eps)
    if swap:
        far = jnp.minimum(far, _distance(positive, negative, p, eps))
    below = _constant(near, margin) + near - far
    return reduced(jnp.where(below >= 0, below, 0), reduction)


def _distance(a, b, p: float, eps: float):
    away = jnp.abs(a - b + _constant(a, eps))
    if p == 2:
        return jnp.sqrt(jnp.sum(jnp.square(away), -1))
    if p == math.inf:
        return jnp.max(away, -1)
    return jnp.sum(away ** p, -1) ** (1 / p)
