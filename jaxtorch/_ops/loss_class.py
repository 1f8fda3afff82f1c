"""The cores of nn.functional.cross_entropy and nll_loss; their public functions translate legacy arguments."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._ops.loss import check_reduction, loss
from jaxtorch._ops.norm_sums import over_columns, row_max, row_sum, total
from jaxtorch._ops.pointwise import is_floating, opmath, reject, scalar_name
from jaxtorch._ops.pool_windows import adjoint

_PARAMS = "Tensor input, Tensor target, Tensor? weight, *, str reduction, int ignore_index"


# ----- Pieces -----


@jax.custom_jvp
def _log_sum_exp(scores):
    """(rows, classes) -> (rows,)"""
    if not scores.shape[1]:
        return jnp.full(scores.shape[0], -jnp.inf, scores.dtype)
    top = row_max(scores)
    top = jnp.where(jnp.isfinite(top), top, 0)
    return top + jnp.log(row_sum(jnp.exp(scores - over_columns(top, scores.shape[1]))))


@_log_sum_exp.defjvp
def _log_sum_exp_jvp(primals, tangents):
    (scores,), (d,) = primals, tangents
    out = _log_sum_exp(scores)
    return out, row_sum(jnp.exp(scores - over_columns(out, scores.shape[1])) * d)


@jax.custom_jvp
def _pick(scores, labels):
    """Each row's element at its label; the transpose compares labels with class numbers instead of scattering."""
    if not scores.shape[1]:  # no label is right, which the check says
        return jnp.zeros(scores.shape[0], scores.dtype)
    return jnp.take_along_axis(scores, labels[:, None], 1)[:, 0]


@_pick.defjvp
def _pick_jvp(primals, tangents):
    scores, labels = primals
    out = _pick(scores, labels)
    numbers = lax.broadcasted_iota(labels.dtype, scores.shape, 1)
    return out, adjoint(lambda ct: jnp.where(numbers == labels[:, None], ct[:, None], 0), out, tangents[0])


def _rows(x):
    """(N, C, *) as (rows, classes)."""
    if x.ndim == 1:
        return x[None]
    return x if x.ndim == 2 else jnp.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


# ----- Checks -----


def _target_check(input, target, weight, *, ignore_index, **statics):
    if target.dtype.kind not in "iu" or input.ndim == 0:
        return []
    classes = input.shape[0] if input.ndim == 1 else input.shape[1]
    inside = (target >= 0) & (target < classes) | (target == ignore_index)

    def message(labels, *_):
        labels = np.asarray(labels)
        wrong = labels[(labels != ignore_index) & ((labels < 0) | (labels >= classes))]
        return f"Target {wrong.reshape(-1)[0]} is out of bounds." if wrong.size else "Target is out of bounds."

    return inside, IndexError, message


def _check_labels(x, target, weight) -> None:
    if x.ndim == 0:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if x.ndim != 1 and target.shape[:1] != x.shape[:1]:
        raise ValueError(
            f"Expected input batch_size ({x.shape[0]}) to match target batch_size "
            f"({target.shape[0] if target.ndim else 0})."
        )
    classes = x.shape[0] if x.ndim == 1 else x.shape[1]
    if x.ndim <= 2:
        if target.ndim > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if x.ndim == 1 and target.ndim == 1 and target.size != 1:
            raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.size}")
    elif x.ndim == 4:
        if target.ndim != 3:
            raise RuntimeError(
                f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {target.ndim}"
            )
        if target.shape[1:] != x.shape[2:]:
            raise RuntimeError(f"size mismatch (got input: {list(x.shape)} , target: {list(target.shape)}")
    elif target.shape != (x.shape[0], *x.shape[2:]):
        raise RuntimeError(f"Expected target size {[x.shape[0], *x.shape[2:]]}, got {list(target.shape)}")
    if target.dtype not in (jnp.int64, jnp.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {scalar_name(target)}")
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}"
        )
    _check_weight_dtype(x, weight)


def _check_weight_dtype(x, weight) -> None:
    if weight is not None and weight.dtype != x.dtype:
        raise RuntimeError(f"expected scalar type {scalar_name(x)} but found {scalar_name(weight)}")


# ----- Class labels -----


def _picked(log_probabilities, target, weight, shape, *, ignore_index: int, reduction: str, smoothing: float = 0.0):
    """The loss of rows of log-probabilities, `shape` that of the target; returned with what it was averaged over."""
    labels = target.reshape(-1).astype(jnp.int64)
    counts = labels != ignore_index
    safe = jnp.where(counts, labels, 0)
    values = -_pick(log_probabilities, safe)
    weights = counts.astype(values.dtype) if weight is None else jnp.where(counts, weight[safe], 0)
    values = jnp.where(counts, values * weights if weight is not None else values, 0)
    if smoothing:
        classes = log_probabilities.shape[1]
        every = log_probabilities if weight is None else log_probabilities * weight
        spread = jnp.where(counts, -row_sum(every), 0)
        values = (1 - smoothing) * values + smoothing / classes * spread
    if reduction == "none":
        return values.reshape(shape)
    return total(values) if reduction == "sum" else total(values) / total(weights)


def _share(cotangent, target, rows: int, ignore_index: int, reduction: str, dtype):
    """What each row's loss has of the cotangent, and its labels."""
    labels = lax.convert_element_type(lax.reshape(target, (rows,)), np.int64)
    counts = lax.ne(labels, lax.full((rows,), ignore_index, np.int64))
    if reduction == "mean":
        cotangent = lax.div(cotangent, total(lax.convert_element_type(counts, dtype)))
    each = lax.reshape(cotangent, (rows,)) if reduction == "none" else lax.broadcast(cotangent, (rows,))
    return lax.select(counts, each, lax.full((rows,), 0, dtype)), labels


def _at_labels(share, labels, shape):
    """Each row's share at its label, zeros elsewhere."""
    here = lax.eq(lax.broadcasted_iota(np.int64, shape, 1), lax.broadcast_in_dim(labels, shape, (0,)))
    return lax.select(here, lax.broadcast_in_dim(share, shape, (0,)), lax.full(shape, 0, share.dtype))


def _pull_nll(cotangent, x, target, weight, *, wanted, reduction, ignore_index):
    if weight is not None or x.ndim != 2 or not x.size:
        return None
    share, labels = _share(cotangent, target, x.shape[0], ignore_index, reduction, x.dtype)
    return lax.neg(_at_labels(share, labels, x.shape)), None, None


def _pull_cross_entropy(cotangent, x, target, weight, *, wanted, reduction, ignore_index, label_smoothing):
    if weight is not None or label_smoothing or x.ndim != 2 or not x.size or target.ndim != 1 or wanted[1]:
        return None
    share, labels = _share(cotangent, target, x.shape[0], ignore_index, reduction, x.dtype)
    odds = lax.exp(lax.sub(x, lax.broadcast_in_dim(_log_sum_exp(x), x.shape, (0,))))
    spread = lax.mul(odds, lax.broadcast_in_dim(share, x.shape, (0,)))
    return lax.sub(spread, _at_labels(share, labels, x.shape)), None, None


@loss(
    f"_nll_loss({_PARAMS}) -> Tensor",
    promote=None,
    grad_name="NllLossBackward0",
    saves=("input", "target", "weight"),
    check=_target_check,
    pull=_pull_nll,
)
def nll_loss(input, target, weight, *, ignore_index, reduction):
    """Minus the log-probability of the target class."""
    check_reduction(reduction)
    _check_labels(input, target, weight)
    reject(input, "nll_loss_out_frame", BOOL, INTEGRAL, COMPLEX)
    return _nll(input, target, weight, ignore_index=ignore_index, reduction=reduction)


@opmath
def _nll(x, target, weight, *, ignore_index: int, reduction: str):
    shape = target.shape if x.ndim > 1 else (target.shape if target.ndim else ())
    return _picked(_rows(x), target, weight, shape, ignore_index=ignore_index, reduction=reduction)


@loss(
    f"_cross_entropy({_PARAMS}, float label_smoothing) -> Tensor",
    promote=None,
    grad_name="NllLossBackward0",
    saves=("target", "weight", "result"),
    check=_target_check,
    pull=_pull_cross_entropy,
)
def cross_entropy(input, target, weight, *, ignore_index, reduction, label_smoothing):
    """Minus the log-softmax of the target class, or of class probabilities given as the target."""
    check_reduction(reduction)
    if input.shape == target.shape:
        if not is_floating(target):
            raise RuntimeError(
                f"Expected floating point type for target with class probabilities, got {scalar_name(target)}"
            )
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    lastdim = input.ndim <= 2
    reject(input, f"log_softmax{'_lastdim' if lastdim else ''}_kernel_impl", BOOL, INTEGRAL, COMPLEX)
    if input.shape != target.shape:
        _check_labels(input, target, weight)
        return _labelled(
            input, target, weight, ignore_index=ignore_index, reduction=reduction, smoothing=label_smoothing
        )
    _check_class_weight(input, weight)
    return _distributed(input, target, weight, reduction=reduction, smoothing=label_smoothing)


def _check_class_weight(x, weight) -> None:
    classes = x.shape[0] if x.ndim == 1 else x.shape[1]
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but "
            f"got weight tensor of shape: {list(weight.shape)}"
        )


def _log_softmax(rows):
    return rows - over_columns(_log_sum_exp(rows), rows.shape[1])


@opmath
def _labelled(x, target, weight, *, ignore_index: int, reduction: str, smoothing: float):
    shape = target.shape if x.ndim > 1 else (target.shape if target.ndim else ())
    return _picked(
        _log_softmax(_rows(x)),
        target,
        weight,
        shape,
        ignore_index=ignore_index,
        reduction=reduction,
        smoothing=smoothing,
    )


@opmath
def _distributed(x, target, weight, *, reduction: str, smoothing: float):
    rows, wanted = _rows(x), _rows(target).astype(x.dtype)
    if smoothing:
        wanted = wanted * (1 - smoothing) + smoothing / rows.shape[1]
    logs = _log_softmax(rows) * wanted
    values = -row_sum(logs if weight is None else logs * weight)
    if reduction == "none":
        return values.reshape(x.shape[:1] + x.shape[2:] if x.ndim > 1 else ())
    count = rows.shape[0] if rows.shape[1] else 0  # of no classes PyTorch's mean is 0 / 0
    return total(values) if reduction == "sum" else total(values) / count
