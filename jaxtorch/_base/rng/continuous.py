"""`exponential_`, `cauchy_` and `geometric_`: one float64 uniform a number whatever the dtype, through libm."""

from __future__ import annotations

import math

import numpy as np

from jaxtorch._base.rng.engine import MersenneTwister
from jaxtorch._base.rng.libm import exact, settle
from jaxtorch._base.rng.rounding import F64, FLOATS, fma64, from_float64
from jaxtorch._base.rng.uniform import spans, unit53


def _fill(engine: MersenneTwister, out: np.ndarray, compute, names: tuple[str, ...]) -> None:
    for span in spans(out.size):
        u = unit53(engine, out[span].size)
        if out.dtype == F64:
            out[span] = compute(exact, u)[0]
        else:
            out[span] = settle(compute, lambda x: from_float64(x, out.dtype), names, u)


def fill_exponential(engine: MersenneTwister, out: np.ndarray, rate: float) -> None:
    def compute(functions, u):
        x = functions("log1p", -u)
        x *= -1.0 / rate
        return x, np.abs(x)

    _fill(engine, out, compute, ("log1p",))


def fill_cauchy(engine: MersenneTwister, out: np.ndarray, median: float, sigma: float) -> None:
    def compute(functions, u):
        x = fma64(functions("tan", math.pi * (u - 0.5)), sigma, median)
        scale = np.abs(x)
        scale += 2.0 * abs(median)
        return x, scale

    _fill(engine, out, compute, ("tan",))


def fill_geometric(engine: MersenneTwister, out: np.ndarray, p: float) -> None:
    """The number of trials up to the first success; rounded up, so that only near an integer libm has to decide."""
    log_miss = math.log1p(-p)

    def compute(functions, u):
        x = functions("log", u)
        x /= log_miss
        return x, np.abs(x)

    def finish(x):
        x = np.ceil(x)
        # A number beyond an integer dtype wraps, as PyTorch's cast by way of int64 does.
        return from_float64(x, out.dtype) if out.dtype in FLOATS else x.astype(np.int64).astype(out.dtype)

    with np.errstate(divide="ignore", invalid="ignore"):
        for span in spans(out.size):
            out[span] = settle(compute, finish, ("log",), unit53(engine, out[span].size))
