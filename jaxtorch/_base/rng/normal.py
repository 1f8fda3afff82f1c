"""Normals drawn one by one in float64, as for short and non-contiguous tensors, and the choice of the way."""

from __future__ import annotations

import math

import numpy as np

from jaxtorch._base.rng.boxmuller import BLOCK, fill_blocks
from jaxtorch._base.rng.engine import MersenneTwister
from jaxtorch._base.rng.libm import exact, settle
from jaxtorch._base.rng.rounding import F64, fma64, from_float64
from jaxtorch._base.rng.uniform import spans, unit53

_FEW = 64  # below it Python's own loop is the quickest


def fill_normal(engine: MersenneTwister, out: np.ndarray, mean: float, std: float, contiguous: bool) -> None:
    """Fill a flat float array; contiguous says whether PyTorch's tensor would be."""
    if out.size >= BLOCK and contiguous:
        fill_blocks(engine, out, mean, std)
    else:
        fill_singly(engine, out, mean, std)


def fill_singly(engine: MersenneTwister, out: np.ndarray, mean: float, std: float, log: bool = False) -> None:
    """Box-Muller on two numbers, the second of which the engine keeps for the next call; with log, `log_normal_`."""
    if engine.pending_normal is not None and out.size:
        first = np.array([engine.pending_normal])
        engine.pending_normal = None
        out[:1] = from_float64(_shape(first, mean, std, log), out.dtype)
        out = out[1:]
    if out.size <= _FEW:
        z = np.array([next_normal(engine, u) for u in _pairs(engine, out.size)], F64)
        out[:] = from_float64(_shape(z, mean, std, log), out.dtype)
        return
    even = out[: out.size & ~1].reshape(-1, 2)
    for span in spans(len(even)):
        u = unit53(engine, 2 * len(even[span])).reshape(-1, 2)
        even[span] = _transform(u, mean, std, log, out.dtype)
    if out.size & 1:
        fill_singly(engine, out[-1:], mean, std, log)


def _pairs(engine: MersenneTwister, n: int):
    """A pair of uniforms for every even one of n numbers, None for the odd."""
    u = unit53(engine, n + (n & 1)).tolist()
    for i in range(0, n, 2):
        yield u[i], u[i + 1]
        if i + 1 < n:
            yield None


def next_normal(engine: MersenneTwister, pair: tuple[float, float] | None) -> float:
    """One standard normal, from the engine's store or, where it is empty, from a pair of uniforms."""
    if engine.pending_normal is not None:
        z, engine.pending_normal = engine.pending_normal, None
        return z
    assert pair is not None
    r = math.sqrt(-2.0 * math.log1p(-pair[1]))
    theta = 2.0 * math.pi * pair[0]
    engine.pending_normal = r * math.sin(theta)
    return r * math.cos(theta)


def _shape(z: np.ndarray, mean: float, std: float, log: bool) -> np.ndarray:
    x = fma64(z, std, mean)
    return exact("exp", x) if log else x


def _transform(u: np.ndarray, mean: float, std: float, log: bool, dtype: np.dtype) -> np.ndarray:
    def compute(functions, u):
        r = np.sqrt(-2.0 * functions("log1p", -u[:, 1]))
        theta = 2.0 * math.pi * u[:, 0]
        z = np.empty_like(u)
        np.multiply(r, functions("cos", theta), z[:, 0])
        np.multiply(r, functions("sin", theta), z[:, 1])
        x = fma64(z, std, mean)
        scale = np.abs(x)
        scale += 2.0 * abs(mean)
        if log:
            x = functions("exp", x.reshape(-1)).reshape(-1, 2)
            scale += 1.0
            scale *= x
        return x, scale

    if dtype == F64:
        return compute(exact, u)[0]
    names = ("log1p", "cos", "sin", "exp") if log else ("log1p", "cos", "sin")
    return settle(compute, lambda x: from_float64(x, dtype), names, u)
