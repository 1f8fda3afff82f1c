"""Losses over class numbers: cross entropy, negative log likelihood, multi-margin, multi-label margin.

Serves nn.functional.cross_entropy, nll_loss, multi_margin_loss, multilabel_margin_loss (their wrappers translate legacy
arguments). The log-probability of the target is picked by comparing with the class numbers and summing: on XLA's CPU
this fuses with the softmax, where a gather and its scatter gradient do not.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from jaxtorch._ops.loss import check_reduction, reduced
from jaxtorch._ops.pointwise import is_floating
from jaxtorch._ops.table import op


def _class_dim(input) -> int:
    return 0 if input.ndim == 1 else 1


def _targets_in_range(input, target, weight=None, *, ignore_index, **statics):
    if target.dtype.kind not in "iu":
        return []
    classes = input.shape[_class_dim(input)]
    ok = (target == ignore_index) | ((target >= 0) & (target < classes))
    return ok, IndexError, lambda *integers: _out_of_bounds(integers, classes, ignore_index)


def _out_of_bounds(integers, classes: int, ignore_index: int) -> str:
    target = integers[0].ravel()
    wrong = target[(target != ignore_index) & ((target < 0) | (target >= classes))]
    return f"Target {wrong[0]} is out of bounds."


def _check_shapes(input, target) -> None:
    if input.ndim == 0:
        raise ValueError(f"Expected 1 or more dimensions (got {input.ndim})")
    if input.ndim == 1:
        if target.ndim:
            if target.shape != (1,):
                raise ValueError(
                    f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({target.shape[0]})."
                )
        return
    expected = (input.shape[0], *input.shape[2:])
    if target.shape == expected:
        return
    if not target.ndim or target.shape[0] != input.shape[0]:
        got = target.shape[0] if target.ndim else 1
        raise ValueError(f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({got}).")
    if input.ndim == 2:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    raise RuntimeError(f"Expected target size {list(expected)}, got {list(target.shape)}")


def _pick(values, target, dim: int):
    """`values` at the class `target` along `dim`; 0 where no class fits."""
    return jnp.sum(jnp.where(_is_target(values, target, dim), values, 0), dim)


def _is_target(values, target, dim: int):
    line = jnp.arange(values.shape[dim], dtype=target.dtype).reshape(
        [-1 if d == dim else 1 for d in range(values.ndim)]
    )
    return jnp.expand_dims(target, dim) == line


def _nll(log_probabilities, target, weight, reduction: str, ignore_index: int):
    check_reduction(reduction)
    dim = _class_dim(log_probabilities)
    if log_probabilities.ndim == 1 and target.ndim == 1:
        target = target[0]
    counted = target != ignore_index
    safe = jnp.where(counted, target, 0)
    if weight is None:
        share = counted.astype(log_probabilities.dtype)
    else:
        share = jnp.where(counted, weight.astype(log_probabilities.dtype)[safe], 0)
    loss = jnp.where(counted, -_pick(log_probabilities, safe, dim), 0) * share
    if reduction == "mean":
        return jnp.sum(loss) / jnp.sum(share)
    return reduced(loss, reduction)


@op(
    "_nll_loss(Tensor input, Tensor target, Tensor? weight, *, str reduction, int ignore_index) -> Tensor",
    promote="default",
    participants=("input",),
    variants="f",
    saves=("target", "weight"),
    check=_targets_in_range,
    grad_name="NllLossBackward0",
)
def _nll_loss(input, target, weight, *, reduction, ignore_index):
    _check_shapes(input, target)
    return _nll(input, target, weight, reduction, ignore_index)


@op(
    "_cross_entropy(Tensor input, Tensor target, Tensor? weight, *, str reduction, int ignore_index, float "
    "label_smoothing) "
    "-> Tensor",
    promote="default",
    participants=("input",),
    variants="f",
    saves=("target", "weight"),
    check=_targets_in_range,
    grad_name="NllLossBackward0",
)
def _cross_entropy(input, target, weight, *, reduction, ignore_index, label_smoothing):
    check_reduction(reduction)
    dim = _class_dim(input)
    if input.shape == target.shape and is_floating(target):
        return _with_probabilities(input, target.astype(input.dtype), weight, reduction, label_smoothing, dim)
    if target.dtype not in (jnp.int64, jnp.uint8):
        raise RuntimeError(f"expected scalar type Long but found {_scalar_names.get(str(target.dtype), target.dtype)}")
    _check_shapes(input, target)
    log_probabilities = jax.nn.log_softmax(input, dim)
    loss = _nll(log_probabilities, target, weight, reduction, ignore_index)
    if not label_smoothing:
        return loss
    return (1 - label_smoothing) * loss + label_smoothing / input.shape[dim] * _smooth(
        log_probabilities, target, weight, reduction, ignore_index, dim
    )


_scalar_names = {
    "float32": "Float",
    "float64": "Double",
    "int32": "Int",
    "int16": "Short",
    "int8": "Char",
    "bool": "Bool",
}


def _smooth(log_probabilities, target, weight, reduction: str, ignore_index: int, dim: int):
    """The uniform part of label smoothing."""
    counted = target != ignore_index
    shape = [-1 if d == dim else 1 for d in range(log_probabilities.ndim)]
    weighted = (
        log_probabilities
        if weight is None
        else log_probabilities * weight.astype(log_probabilities.dtype).reshape(shape)
    )
    loss = jnp.where(counted, -jnp.sum(weighted, dim), 0)
    if reduction != "mean":
        return reduced(loss, reduction)
    if weight is None:
        return jnp.sum(loss) / jnp.sum(counted)
    return jnp.sum(loss) / jnp.sum(jnp.where(counted, weight[jnp.where(counted, target, 0)], 0))


def _with_probabilities(input, target, weight, reduction: str, label_smoothing: float, dim: int):
    classes = input.shape[dim]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    scores = jax.nn.log_softmax(input, dim) * target
    if weight is not None:
        scores = scores * weight.astype(input.dtype).reshape([-1 if d == dim else 1 for d in range(input.ndim)])
    if reduction == "mean":
        return -jnp.sum(scores) / (input.size // classes)
    return reduced(-jnp.sum(scores, dim), reduction)


@op(
    "_multi_margin_loss(Tensor input, Tensor target, Tensor? weight, *, float p, float margin, str reduction) -> "
    "Tensor",
    promote="default",
    participants=("input",),
    variants="f",
    grad_name="MultiMarginLossBackward0",
)
def _multi_margin_loss(input, target, weight, *, p, margin, reduction):
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    x, t = (input[None], target.reshape(1)) if input.ndim == 1 else (input, target)
    own = _pick(x, t, 1)[:, None]
    below = jnp.asarray(margin, x.dtype) - own + x
    loss = jnp.where(below > 0, below if p == 1 else jnp.square(below), 0)
    if weight is not None:
        loss = loss * weight.astype(x.dtype)[t][:, None]
    loss = jnp.sum(jnp.where(_is_target(x, t, 1), 0, loss), 1) / x.shape[1]
    return reduced(loss[0] if input.ndim == 1 else loss, reduction)


@op(
    "_multilabel_margin_loss(Tensor input, Tensor target, *, str reduction) -> Tensor",
    promote="default",
    participants=("input",),
    variants="f",
    grad_name="MultilabelMarginLossBackward0",
)
def _multilabel_margin_loss(input, target, *, reduction):
    x, t = (input[None], target[None]) if input.ndim == 1 else (input, target)
    classes = x.shape[1]
    listed = jnp.cumsum(t < 0, 1) == 0  # labels count up to the first -1
    safe = jnp.where(listed, t, 0)
    line = jnp.arange(classes, dtype=t.dtype)
    is_label = jnp.any((safe[:, :, None] == line) & listed[:, :, None], 1)
    own = jnp.take_along_axis(x, safe, 1)
    below = 1 - (own[:, :, None] - x[:, None, :])
    active = listed[:, :, None] & ~is_label[:, None, :] & (below > 0)
    loss = jnp.sum(jnp.where(active, below, 0), (1, 2)) / classes
    return reduced(loss[0] if input.ndim == 1 else loss, reduction)
