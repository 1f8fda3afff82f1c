"""`poisson` and `binomial`: rejection loops that take as many uniforms as they need, so one number after the other.

These kernels are compiled without fused multiply-adds: plain float64, which Python's floats are.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from jaxtorch._base.rng.engine import MersenneTwister
from jaxtorch._base.rng.rounding import F64
from jaxtorch._base.rng.uniform import unit53

_BLOCK = 512  # uniforms drawn ahead


class Uniforms:
    """float64 uniforms one at a time; on leaving, the engine stands after the last one taken."""

    def __init__(self, engine: MersenneTwister) -> None:
        self.engine = engine
        self._rest: list[float] = []

    def __enter__(self) -> Uniforms:
        return self

    def __exit__(self, *error) -> None:
        if self._rest:
            self.engine.rewind(self._mark)
            self.engine.skip(2 * (_BLOCK - len(self._rest)))

    def next(self) -> float:
        if not self._rest:
            self._mark = self.engine.mark()
            self._rest = unit53(self.engine, _BLOCK)[::-1].tolist()
        return self._rest.pop()


# ----- poisson -----


def poisson(engine: MersenneTwister, rate: np.ndarray) -> np.ndarray:
    """A count for each rate of a flat float array, as float64."""
    rates = rate.astype(F64).tolist()
    with Uniforms(engine) as uniforms:
        return np.array([_one_poisson(r, uniforms.next) for r in rates], F64)


def _one_poisson(rate: float, uniform: Callable[[], float]) -> int:
    if not rate >= 0:
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    if rate >= 10:
        return _large_poisson(rate, uniform)
    if rate == 0:
        return 0
    limit = math.exp(-rate)
    count, product = 0, 1.0
    while True:
        product *= uniform()
        if product <= limit:
            return count
        count += 1


def _large_poisson(rate: float, uniform: Callable[[], float]) -> int:
    """Hoermann's transformed rejection."""
    log_rate = math.log(rate)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = uniform() - 0.5
        v = uniform()
        us = 0.5 - abs(u)
        if us == 0.0:
            continue
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= v_r:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        if v == 0.0 or math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b) <= (
            -rate + k * log_rate - math.lgamma(k + 1.0)
        ):
            return k


# ----- binomial -----


def binomial(engine: MersenneTwister, count: np.ndarray, p: np.ndarray) -> np.ndarray:
    """A number of successes for each pair of two flat arrays of one dtype, float32 or float64, as float64."""
    real = count.dtype.type  # the steps PyTorch takes in the tensor's dtype
    with Uniforms(engine) as uniforms, np.errstate(all="ignore"):
        return np.array([_one_binomial(n, q, real, uniforms.next) for n, q in zip(count, p, strict=True)], F64)


def _one_binomial(n, p, real, uniform: Callable[[], float]):
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    if np.isnan(p) or np.isnan(n):
        return math.nan
    if p <= 0.5:
        return _successes(n, p, real, uniform)
    return n - real(_successes(n, real(1.0 - float(p)), real, uniform))


def _successes(n, p, real, uniform: Callable[[], float]) -> float:
    return _btrs(n, p, real, uniform) if n * p >= 10 else _inversion(float(n), p, uniform)


def _inversion(n: float, p, uniform: Callable[[], float]) -> float:
    log_miss = float(np.log1p(-p)) if p.dtype != F64 else math.log1p(-float(p))
    total, successes = 0.0, 0.0
    while True:
        u = uniform()
        total += math.ceil(math.log(u) / log_miss) if u else math.inf
        if total > n:
            return successes
        successes += 1


_TAIL = (0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
         0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273,
         0.00833056343336287)  # fmt: skip


def _stirling_tail(k: float) -> float:
    if 0 <= k < len(_TAIL):
        return _TAIL[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


def _btrs(n, p, real, uniform: Callable[[], float]) -> float:
    """Hoermann's transformed rejection with squeeze. What C++ computes in the tensor's dtype stays in it."""
    one = real(1)
    stddev = float(np.sqrt(n * p * (one - p)))
    b = 1.15 + 2.53 * stddev
    a = -0.0873 + 0.0248 * b + 0.01 * float(p)
    c = float(n * p) + 0.5
    v_r = 0.92 - 4.2 / b
    r = float(p / (one - p))
    alpha = (2.83 + 5.1 / b) * stddev
    m = float(np.floor((n + one) * p))
    total = float(n)
    while True:
        u = uniform() - 0.5
        v = uniform()
        us = 0.5 - abs(u)
        if us == 0.0:
            continue
        k = real(math.floor((2 * a / us + b) * u + c))
        if k < 0 or k > n:
            continue
        if us >= 0.07 and v <= v_r:
            return float(k)
        above, left = float(n - k + one), float(n - k)
        v = v * alpha / (a / (us * us) + b)
        bound = (
            (m + 0.5) * math.log((m + 1) / (r * (total - m + 1)))
            + float(n + one) * math.log((total - m + 1) / above)
            + (float(k) + 0.5) * math.log(r * above / float(k + one))
            + _stirling_tail(m) + _stirling_tail(total - m) - _stirling_tail(float(k)) - _stirling_tail(left)
        )  # fmt: skip
        if v == 0.0 or math.log(v) <= bound:
            return float(k)
