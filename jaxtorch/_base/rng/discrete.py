"""`bernoulli_`, dropout masks and `multinomial`."""

from __future__ import annotations

import math

import numpy as np

from jaxtorch._base.rng.checks import scalar_name
from jaxtorch._base.rng.continuous import fill_exponential
from jaxtorch._base.rng.engine import MersenneTwister, draws
from jaxtorch._base.rng.rounding import F32, F64, FLOATS
from jaxtorch._base.rng.topk import top_indices
from jaxtorch._base.rng.uniform import bits24, bits53, spans, unit53

_MOST_CATEGORIES = 1 << 24
_OUTSIDE = ("Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If "
            "so, please report an enhancement request to PyTorch.)")  # fmt: skip


def fill_bernoulli(engine: MersenneTwister, out: np.ndarray, p: float) -> None:
    """Fill a flat array of any dtype with 1 where a float64 uniform is below p, else 0."""
    limit = math.ceil(p * 2.0**53)  # k / 2**53 < p
    if draws is not None:
        ones = out if out.dtype == np.bool_ and out.flags.c_contiguous else np.empty(out.size, np.bool_)
        draws.draw_bernoulli(engine.capsule, ones, limit)
        if ones is not out:
            out[...] = ones
        return
    threshold = np.array(limit, np.int64)
    for span in spans(out.size):
        np.less(bits53(engine, out[span].size), threshold, out[span], casting="unsafe")


def fill_bernoulli_each(engine: MersenneTwister, out: np.ndarray, p: np.ndarray) -> None:
    """Fill out with 1 at the probability of its own; float64 uniforms only for float64 p."""
    if not np.all((p >= 0) & (p <= 1)):
        raise RuntimeError(_OUTSIDE)
    for span in spans(out.size):
        chance = p[span]
        if p.dtype == F64:
            out[span] = unit53(engine, chance.size) < chance
        else:
            out[span] = bits24(engine, chance.size).astype(F32) * F32.type(2.0**-24) < chance.astype(F32)


def multinomial(engine: MersenneTwister, weights: np.ndarray, count: int, replacement: bool) -> np.ndarray:
    """Indices drawn in proportion to the weights of each row."""
    categories = _check_weights(weights, count, replacement)
    rows = weights.reshape(-1, categories)
    if not len(rows):
        drawn = np.empty((0, count), np.int64)
    elif replacement and count > 1:
        drawn = _with_replacement(engine, rows, count)
    else:
        drawn = _race(engine, rows, count)
    return drawn[0] if weights.ndim == 1 else drawn


def _check_weights(weights: np.ndarray, count: int, replacement: bool) -> int:
    """The number of categories."""
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if weights.dtype not in FLOATS:
        name = scalar_name(weights.dtype)
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {name}")
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    categories = weights.shape[-1]
    if not replacement and count > categories:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if categories > _MOST_CATEGORIES:
        raise RuntimeError("number of categories cannot exceed 2^24")
    return categories


def _race(engine: MersenneTwister, rows: np.ndarray, count: int) -> np.ndarray:
    """The greatest weight / Exp(1): the first arrivals of a race."""
    wide = rows.astype(F64)
    if not (wide.min(initial=0.0) >= 0 and wide.max(initial=0.0) < math.inf):  # neither is true of a NaN
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not wide.sum(1).all():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    arrival = np.empty(rows.size, rows.dtype)
    fill_exponential(engine, arrival, 1.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        score = rows / arrival.reshape(rows.shape)
    if count == 1:
        return score.argmax(-1, keepdims=True)
    return np.stack([top_indices(row, count) for row in score])


def _with_replacement(engine: MersenneTwister, rows: np.ndarray, count: int) -> np.ndarray:
    work = F64 if rows.dtype == F64 else F32
    drawn = np.empty((len(rows), count), np.int64)
    for row, result in zip(rows.astype(work), drawn, strict=True):
        _check_row(row)
        cumulated = np.cumsum(row, dtype=work)  # one after the other, as PyTorch adds
        if not cumulated[-1] > 0:
            raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
        np.divide(cumulated, cumulated[-1].copy(), cumulated)
        cumulated[-1] = 1
        cumulated = cumulated.astype(F64)
        for span in spans(count):
            result[span] = np.searchsorted(cumulated, unit53(engine, result[span].size))
    return drawn


def _check_row(row: np.ndarray) -> None:
    # A NaN is not >= 0, which PyTorch asks first.
    fault = "< 0" if not np.all(row >= 0) else "= infinity or NaN" if not np.all(row < math.inf) else ""
    if fault:
        raise RuntimeError(f"invalid multinomial distribution (encountering probability entry {fault})")
