"""Loss functions of embeddings, rankings and sequences: legacy arguments, checks and lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import int64
from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.conversion import host_array
from jaxtorch.nn import _reduction
from jaxtorch.nn._root import torch
from jaxtorch.nn.functional._loss import _reduced, _reduction_of
from jaxtorch.nn.functional._ops import internal, table


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """`max(0, margin - target * (input1 - input2))`."""
    if input1.dim() != input2.dim() or input1.dim() != target.dim():
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return internal._margin_ranking_loss(
        input1, input2, target, margin=margin, reduction=_reduction_of(size_average, reduce, reduction)
    )


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """Distances where the target is 1, `max(0, margin - distance)` where it is -1."""
    return internal._hinge_embedding_loss(
        input, target.detach(), margin=margin, reduction=_reduction_of(size_average, reduce, reduction)
    )


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """`1 - cos` of pairs whose target is 1, `max(0, cos - margin)` of those whose target is -1."""
    return internal._cosine_embedding_loss(
        input1, input2, target.detach(), margin=margin, reduction=_reduction_of(size_average, reduce, reduction)
    )


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """`max(0, d(anchor, positive) - d(anchor, negative) + margin)` with the p-norm distance."""
    reduction = _reduction_of(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return internal._triplet_margin_loss(
        anchor, positive, negative, margin=margin, p=p, eps=eps, swap=swap, reduction=reduction
    )


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """`triplet_margin_loss` with a distance function of one's own."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            f"The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
            f"{negative.ndim}D inputs"
        )
    distance = table.pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = torch.minimum(far, distance(positive, negative))
    return _reduced(torch.clamp_min(margin + near - far, 0), reduction)


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """Connectionist temporal classification of log probabilities (T, N, C) and target sequences.

    Targets are (N, S), or flat with the sequences one after the other, in which case their lengths are read.
    """
    _reduction.get_enum(reduction)
    longest = None
    if log_probs.dim() == 3 and targets.dim() == 1:
        sizes = host_array(target_lengths) if isinstance(target_lengths, Variable) else np.asarray(target_lengths)
        longest = int(sizes.max(initial=0))
    lengths = [_as_lengths(x, log_probs.device) for x in (input_lengths, target_lengths)]
    return internal._ctc_loss(
        log_probs, targets, *lengths, blank=blank, reduction=reduction, zero_infinity=zero_infinity, longest=longest
    )


def _as_lengths(given: Any, device: Any) -> Any:
    return given if isinstance(given, Variable) else from_array(np.asarray(given, np.int64), int64, device)
