"""Connectionist temporal classification.

    _ctc_loss(log_probs, targets, input_lengths, target_lengths, *, blank, reduction, zero_infinity, longest=None)

`log_probs` is (T, N, C); `targets` (N, S), or flat with the sequences one after the other; lengths are (N,) tensors.
`longest`, the largest target length, keeps the work small where targets are flat.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.pointwise import scalar_name
from jaxtorch._ops.table import op


def _padded_targets(targets, target_lengths, longest: int | None):
    """Targets as (N, S), whatever stands behind their ends."""
    if targets.ndim == 2:
        return targets if longest is None else targets[:, :longest]
    starts = jnp.cumsum(target_lengths) - target_lengths
    size = targets.shape[0] if longest is None else longest
    return targets.at[starts[:, None] + jnp.arange(size)].get(mode="clip")


def _log_sum(*terms):
    """The logarithm of a sum of exponentials; its derivative is 0, not NaN, where all are -inf."""
    best = terms[0]
    for term in terms[1:]:
        best = jnp.maximum(best, term)
    none = best == -jnp.inf
    shift = lax.stop_gradient(jnp.where(none, 0, best))
    total = sum(jnp.exp(term - shift) for term in terms)
    return jnp.where(none, -jnp.inf, jnp.log(jnp.where(none, 1, total)) + shift)


def _losses(log_probs, labels, input_lengths, target_lengths, blank: int):
    """-log P of each sequence, by the forward variables over the labels with blanks between."""
    steps, count, _ = log_probs.shape
    size = 2 * labels.shape[1] + 1
    extended = jnp.full((count, size), blank, labels.dtype).at[:, 1::2].set(labels)
    at = jnp.arange(size)
    reached = at <= 2 * target_lengths[:, None]
    skips = jnp.concatenate([jnp.zeros((count, min(size, 2)), bool), extended[:, 2:] != extended[:, :-2]], 1)[:, :size]
    scores = jnp.take_along_axis(log_probs, jnp.broadcast_to(extended, (steps, count, size)), 2, mode="clip")
    nothing = jnp.full((count, 2), -jnp.inf, log_probs.dtype)

    def step(alpha, now):
        t, score = now
        wide = jnp.concatenate([nothing, alpha], 1)
        new = _log_sum(alpha, wide[:, 1:-1], jnp.where(skips, wide[:, :-2], -jnp.inf)) + score
        return jnp.where((t < input_lengths)[:, None], new, alpha), None

    first = jnp.where((at < 2) & reached & (input_lengths > 0)[:, None], scores[0], -jnp.inf)
    # Without a step only the empty sequence is possible.
    first = jnp.where((input_lengths == 0)[:, None] & (at == 0), 0, first)
    alpha, _ = lax.scan(step, first, (jnp.arange(1, steps), scores[1:]))
    ends = jnp.take_along_axis(alpha, 2 * target_lengths[:, None], 1, mode="clip")[:, 0]
    before = jnp.take_along_axis(alpha, jnp.maximum(2 * target_lengths - 1, 0)[:, None], 1, mode="clip")[:, 0]
    return -_log_sum(ends, jnp.where(target_lengths > 0, before, -jnp.inf))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _with_mass(zero_infinity: bool, loss, mass):
    # PyTorch's derivative takes the softmax into account, so that exp(log_probs) is added to what the loss itself
    # gives, and is NaN (or 0 with `zero_infinity`) for impossible targets.
    return loss


@_with_mass.defjvp
def _with_mass_jvp(zero_infinity: bool, primals, tangents):
    scale = jnp.where(primals[0] == jnp.inf, 0 if zero_infinity else jnp.nan, 1).astype(primals[0].dtype)
    return primals[0], tangents[0] + scale * tangents[1]


def _check(log_probs, targets, input_lengths, target_lengths, blank: int) -> None:
    count, classes = log_probs.shape[1:]
    if not log_probs.size:
        raise RuntimeError("log_probs tensor must not be empty")
    if not jnp.issubdtype(targets.dtype, jnp.integer):
        raise RuntimeError(
            "Expected tensor for argument #2 'targets' to have scalar type Long; but got "
            "torch.FloatTensor instead (while checking arguments for ctc_loss)"
        )
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    if input_lengths.shape != (count,):
        raise RuntimeError("input_lengths must be of size batch_size")
    if target_lengths.shape != (count,):
        raise RuntimeError("target_lengths must be of size batch_size")


def _lengths_fit(log_probs, targets, input_lengths, target_lengths, **statics):
    most = log_probs.shape[0]
    rest = "(while checking arguments for ctc_loss_allocate_outputs)"

    def too_long(*arrays) -> str:
        return f"Expected input_lengths to have value at most {most}, but got value {int(arrays[-2].max())} {rest}"

    def outside(*arrays) -> str:
        return (
            f"Expected tensor to have size at least {int(arrays[-1].max())} at dimension 1, but got size "
            f"{targets.shape[-1]} for argument #2 'targets' {rest}"
        )

    fits = [(input_lengths <= most, RuntimeError, too_long)]
    if targets.ndim == 2:
        fits.append((target_lengths <= targets.shape[1], RuntimeError, outside))
    return fits


@op(
    "_ctc_loss(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, *, int blank, str "
    "reduction, bool zero_infinity, int? longest=None) -> Tensor",
    variants="f",
    saves=("log_probs", "targets"),
    check=_lengths_fit,
    grad_name="CtcLossBackward0",
)
def _ctc_loss(log_probs, targets, input_lengths, target_lengths, *, blank, reduction, zero_infinity, longest):
    if log_probs.dtype not in (jnp.float32, jnp.float64):
        raise NotImplementedError(f"\"ctc_loss_cpu\" not implemented for '{scalar_name(log_probs)}'")
    batched = log_probs.ndim == 3
    if not batched:
        log_probs, targets = log_probs[:, None], targets.reshape(1, -1)
        input_lengths, target_lengths = input_lengths.reshape(1), target_lengths.reshape(1)
    _check(log_probs, targets, input_lengths, target_lengths, blank)
    lengths, sizes = input_lengths.astype(jnp.int64), target_lengths.astype(jnp.int64)
    labels = _padded_targets(targets, sizes, longest)
    loss = _losses(log_probs, labels, lengths, sizes, blank)
    steps = jnp.arange(log_probs.shape[0])[:, None, None] < lengths[:, None]
    mass = jnp.sum(jnp.where(steps, jnp.exp(log_probs), 0), (0, 2))
    loss = _with_mass(zero_infinity, loss, mass)
    if zero_infinity:
        loss = jnp.where(loss == jnp.inf, 0, loss)
    if reduction == "sum":
        return jnp.sum(loss)
    if reduction == "mean":
        return jnp.mean(loss / jnp.maximum(sizes, 1).astype(loss.dtype))
    return loss if batched else loss[0]
