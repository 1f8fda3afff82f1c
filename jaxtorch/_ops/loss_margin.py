"""The cores of nn.functional's losses with a margin: hinge_embedding_loss, margin_ranking_loss, multi_margin_loss,
multilabel_margin_loss, triplet_margin_loss and cosine_embedding_loss. Their public functions translate legacy
arguments.
"""

from __future__ import annotations

import jax.numpy as jnp

from jaxtorch._base.modes import defaults
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.distance import pairwise
from jaxtorch._ops.loss import check_reduction, loss, reduced
from jaxtorch._ops.pointwise import is_integral, scalar_name


def at_least_zero(x):
    """max(x, 0) whose gradient at 0 is that of `x`, as clamp_min's."""
    return jnp.where(x < 0, 0, x)


@loss(
    "_hinge_embedding_loss(Tensor input, Tensor target, *, float margin, str reduction) -> Tensor",
    grad_name="MeanBackward0",
)
def hinge_embedding_loss(input, target, *, margin, reduction):
    """The input where the target is 1, what it lacks to the margin where the target is -1."""
    broadcast_shapes(target.shape, input.shape)
    apart = at_least_zero(jnp.asarray(margin, input.dtype) - input)
    return reduced(jnp.where(target != 1, apart, 0) + jnp.where(target != -1, input, 0), reduction)


@loss(
    "_margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, *, float margin, str reduction) -> Tensor",
    grad_name="MeanBackward0",
)
def margin_ranking_loss(input1, input2, target, *, margin, reduction):
    """max(0, -target * (input1 - input2) + margin)"""
    broadcast_shapes(target.shape, broadcast_shapes(input1.shape, input2.shape))
    behind = -target * (input1 - input2)  # of integers: wraps around as PyTorch's
    behind = behind.astype(defaults.dtype.numpy_dtype) if is_integral(behind) else behind
    return reduced(at_least_zero(behind + jnp.asarray(margin, behind.dtype)), reduction)


def _out_of_range(input, target, weight=None, **statics):
    classes = input.shape[-1] if input.ndim else 1
    return (target >= 0) & (target < classes), RuntimeError, "target out of range"


@loss(
    "_multi_margin_loss(Tensor input, Tensor target, Tensor? weight, *, int p, float margin, str reduction) -> Tensor",
    participants=("input",),
    grad_name="MultiMarginLossBackward0",
    check=_out_of_range,
)
def multi_margin_loss(input, target, weight, *, p, margin, reduction):
    """The mean over classes of how far each comes within `margin` of the target's score, to the power `p`."""
    _check_multi_margin(input, target, weight, p, reduction)
    scores = input.reshape(-1, input.shape[-1] if input.ndim else 1)
    labels = target.reshape(-1, 1)
    right = jnp.take_along_axis(scores, labels, 1)
    apart = jnp.asarray(margin, input.dtype) - right + scores
    apart = jnp.where(apart > 0, apart, 0)
    apart = apart if p == 1 else apart * apart
    if weight is not None:
        apart = apart * weight.astype(input.dtype)[labels]
    values = jnp.where(jnp.arange(scores.shape[1]) == labels, 0, apart).sum(1) / scores.shape[1]
    return reduced(values.reshape(target.shape), reduction)


def _check_vectors(x) -> None:
    if x.ndim > 2 or not (x.shape[-1] if x.ndim else 1):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(x.shape)}"
        )


def _check_multi_margin(x, target, weight, p: int, reduction: str) -> None:
    check_reduction(reduction)
    _check_vectors(x)
    count = x.shape[0] if x.ndim > 1 else 1
    if target.ndim > 1 or target.size != count:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples "
            f"(batch size). Expected target size [{count}], but got {list(target.shape)}. Input has shape "
            f"{list(x.shape)}."
        )
    if weight is not None and weight.size != (x.shape[-1] if x.ndim else 1):
        raise RuntimeError(f"inconsistent weight size, expected {x.shape[-1]} but got {list(weight.shape)}")
    if target.dtype != jnp.int64:
        raise RuntimeError(f"expected scalar type Long but found {scalar_name(target)}")


def _label_range(input, target, **statics):
    classes = input.shape[-1] if input.ndim else 1
    return (target >= -1) & (target < classes), RuntimeError, "argument #2 'target' is out of range"


@loss(
    "_multilabel_margin_loss(Tensor input, Tensor target, *, str reduction) -> Tensor",
    participants=("input",),
    grad_name="MultilabelMarginLossBackward0",
    check=_label_range,
)
def multilabel_margin_loss(input, target, *, reduction):
    """How far other classes come within 1 of the targets' scores; targets end at the first -1."""
    check_reduction(reduction)
    _check_vectors(input)
    if target.shape != input.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    if target.dtype != jnp.int64:
        raise RuntimeError(f"expected scalar type Long but found {scalar_name(target)}")
    classes = input.shape[-1] if input.ndim else 1
    scores, labels = input.reshape(-1, classes), target.reshape(-1, classes)
    listed = jnp.cumsum(labels < 0, 1) == 0
    labels = jnp.where(listed, labels, 0)
    wanted = ((labels[:, :, None] == jnp.arange(classes)) & listed[:, :, None]).any(1)
    right = jnp.take_along_axis(scores, labels, 1)
    apart = 1 - (right[:, :, None] - scores[:, None, :])
    counts = listed[:, :, None] & ~wanted[:, None, :] & (apart > 0)
    values = jnp.where(counts, apart, 0).sum((1, 2)) / classes
    return reduced(values.reshape(input.shape[:-1]), reduction)


@loss(
    "_triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, *, float margin, float p, float eps, "
    "bool swap, str reduction) -> Tensor",
    grad_name="MeanBackward0",
)
def triplet_margin_loss(anchor, positive, negative, *, margin, p, eps, swap, reduction):
    """How far the negative comes within `margin` of the positive's distance from the anchor."""
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, "
            f"but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    near, far = pairwise(anchor, positive, p, eps), pairwise(anchor, negative, p, eps)
    if swap:
        far = jnp.minimum(far, pairwise(positive, negative, p, eps))
    return reduced(at_least_zero(jnp.asarray(margin, near.dtype) + near - far), reduction)


@loss(
    "_cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, *, float margin, str reduction) -> Tensor",
    participants=("input1", "input2"),
    promote="int_to_float",
    grad_name="MeanBackward0",
)
def cosine_embedding_loss(input1, input2, target, *, margin, reduction):
    """1 - cosine where the target is 1, what the cosine exceeds `margin` by where it is -1."""
    if target.ndim not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.ndim != target.ndim + 1 or input2.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    broadcast_shapes(input1.shape, input2.shape)
    tiny = jnp.asarray(1e-12, input1.dtype)
    squares = ((input1 * input1).sum(-1) + tiny) * ((input2 * input2).sum(-1) + tiny)
    cosine = (input1 * input2).sum(-1) / jnp.sqrt(squares)
    apart = at_least_zero(cosine - jnp.asarray(margin, cosine.dtype))
    return reduced(jnp.where(target == 1, 1 - cosine, 0) + jnp.where(target == -1, apart, 0), reduction)
