"""Losses: the legacy arguments, checks of sizes, and losses made of other functions."""

from __future__ import annotations

import warnings
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch.nn import _reduction
from jaxtorch.nn._root import torch
from jaxtorch.nn.functional._ops import internal, table


def _reduction_of(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    if size_average is not None or reduce is not None:
        return _reduction.legacy_get_string(size_average, reduce)
    if reduction == "elementwise_mean":
        return _reduction.REDUCTIONS[_reduction.get_enum(reduction)]
    return reduction


# ----- Classification -----


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The cross entropy of logits (N, C, ...) and class indices (N, ...) or probabilities (N, C, ...)."""
    return internal._cross_entropy(
        input,
        target,
        weight,
        reduction=_reduction_of(size_average, reduce, reduction),
        ignore_index=ignore_index,
        label_smoothing=label_smoothing,
    )


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """Minus the log probabilities (N, C, ...) of the class indices (N, ...)."""
    return internal._nll_loss(
        input, target, weight, reduction=_reduction_of(size_average, reduce, reduction), ignore_index=ignore_index
    )


def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The binary cross entropy of probabilities and targets in [0, 1]."""
    reduction = _reduction_of(size_average, reduce, reduction)
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) "
            f"is deprecated. Please ensure they have the same size."
        )
    return internal._binary_cross_entropy(input, target, weight, reduction=reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """The binary cross entropy of the sigmoid of the input."""
    reduction = _reduction_of(size_average, reduce, reduction)
    if target.size() != input.size():
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    return internal._bce_with_logits(input, target, weight, pos_weight, reduction=reduction)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """A hinge loss over classes: see `torch.nn.MultiMarginLoss`."""
    reduction = _reduction_of(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    return internal._multi_margin_loss(input, target, weight, p=p, margin=margin, reduction=reduction)


def multilabel_margin_loss(
    input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Any:
    """A hinge loss for several classes a sample; targets hold class indices up to the first -1."""
    return internal._multilabel_margin_loss(input, target, reduction=_reduction_of(size_average, reduce, reduction))


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The mean binary cross entropy over classes, from logits."""
    reduction = _reduction_of(size_average, reduce, reduction)
    loss = -(target * table.logsigmoid(input) + (1 - target) * table.logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return _reduced(loss.sum(dim=-1) / input.size(-1), reduction, "{} is not valid")


def soft_margin_loss(
    input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Any:
    """`log(1 + exp(-target * input))` for targets of 1 and -1."""
    return internal._soft_margin_loss(input, target, reduction=_reduction_of(size_average, reduce, reduction))


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """The cross entropy of a linear layer's output: `linear_weight` is (num_classes, ..., in_features).

    `options`, which asks PyTorch to make the logits in pieces, changes nothing here.
    """
    if not 1 <= input.dim() <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    batch, features = tuple(input.shape[:-1]), input.shape[-1]
    classes, *extra = linear_weight.shape[:-1]
    if features != linear_weight.shape[-1]:
        raise RuntimeError(
            f"expected equal input and linear_weight last dimensions (in_features), got {features} and "
            f"{linear_weight.shape[-1]}, respectively"
        )
    if linear_bias is not None and tuple(linear_bias.shape) != (classes, *extra):
        raise RuntimeError(f"expected linear_bias shape {(classes, *extra)}, got {tuple(linear_bias.shape)}")
    if extra and not batch:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires "
            f"batched input, (N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    shape = (*batch, classes, *extra)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if extra:
        linear_weight = linear_weight.reshape(-1, features)
        linear_bias = None if linear_bias is None else linear_bias.reshape(-1)
    logits = table.linear(input, linear_weight, linear_bias).reshape(shape)
    return cross_entropy(
        logits,
        target,
        weight=weight,
        reduction=reduction,
        label_smoothing=label_smoothing,
        ignore_index=-100 if ignore_index is None else ignore_index,
    )


# ----- Regression -----


def _warn_sizes(input: Any, target: Any) -> None:
    if target._aval.shape != input._aval.shape:
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
            f"This will likely lead to incorrect results due to broadcasting. Please ensure they have the "
            f"same size.",
            stacklevel=3,
        )
        broadcast_shapes(input._aval.shape, target._aval.shape)  # PyTorch's error where they do not fit


def _reduced(
    loss: Any, reduction: str, message: str = "Invalid reduction mode: {}. Expected one of 'none', 'mean', 'sum'."
) -> Any:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(message.format(reduction))
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def _weighted(loss: Any, weight: Any, input: Any, reduction: str) -> Any:
    """A loss of elements times weights; the mean is over the weights."""
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")
    loss = loss * weight
    return loss.sum() / weight.sum() if reduction == "mean" else _reduced(loss, reduction)


def mse_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """The squared differences; with weights, the weighted mean of them."""
    _warn_sizes(input, target)
    reduction = _reduction_of(size_average, reduce, reduction)
    if weight is None:
        return internal._mse_loss(input, target, reduction=reduction)
    return _weighted(internal._mse_loss(input, target, reduction="none"), weight, input, reduction)


def l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """The absolute differences; with weights, the weighted mean of them."""
    _warn_sizes(input, target)
    reduction = _reduction_of(size_average, reduce, reduction)
    if weight is None:
        return internal._l1_loss(input, target, reduction=reduction)
    return _weighted(internal._l1_loss(input, target, reduction="none"), weight, input, reduction)


def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """Squared differences over 2 beta below `beta`, absolute ones less beta / 2 above."""
    _warn_sizes(input, target)
    reduction = _reduction_of(size_average, reduce, reduction)
    if beta == 0.0:
        return internal._l1_loss(input, target, reduction=reduction)
    return internal._smooth_l1_loss(input, target, reduction=reduction, beta=beta)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """Half squared differences below `delta`, `delta * (|difference| - delta / 2)` above."""
    _warn_sizes(input, target)
    if weight is None:
        return internal._huber_loss(input, target, reduction=reduction, delta=delta)
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")
    return _reduced(internal._huber_loss(input, target, reduction="none", delta=delta) * weight, reduction)


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """Minus the log likelihood of counts under a Poisson distribution."""
    return internal._poisson_nll_loss(
        input, target, log_input=log_input, full=full, eps=eps, reduction=_reduction_of(size_average, reduce, reduction)
    )


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """Minus the log likelihood of targets under normal distributions of means `input` and variances `var`."""
    if isinstance(var, Variable):
        v: Any = var
    else:
        if var < 0:
            raise ValueError("var has negative entry/entries")
        v = var * torch.ones_like(input)
    if v.size() != input.size():
        if input.size()[:-1] == v.size():
            v = v.unsqueeze(-1)
        elif input.ndim != v.ndim or sum(y for x, y in zip(input.size(), v.size(), strict=True) if x != y) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    return internal._gaussian_nll_loss(input, target, v, full=full, eps=eps, reduction=reduction)


def kl_div(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """The Kullback-Leibler divergence of targets from log probabilities; "batchmean" is the true mean."""
    if size_average is not None or reduce is not None:
        kind = _reduction.legacy_get_string(size_average, reduce)
    else:
        if reduction == "mean":
            warnings.warn(
                "reduction: 'mean' divides the total loss by both the batch size and the support size."
                "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
                "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
                stacklevel=2,
            )
        kind = "sum" if reduction == "batchmean" else reduction
    loss = internal._kl_div(input, target, reduction=kind, log_target=log_target)
    return loss / input.size(0) if reduction == "batchmean" and input.dim() != 0 else loss
