"""`_standard_gamma` and `_sample_dirichlet`: Marsaglia and Tsang's rejection, one number after the other."""

from __future__ import annotations

import math

import numpy as np

from jaxtorch._base.rng.counting import Uniforms
from jaxtorch._base.rng.engine import MersenneTwister
from jaxtorch._base.rng.normal import next_normal
from jaxtorch._base.rng.rounding import F32, F64

_THIRD = F32.type(1.0) / F32.type(3.0)  # C++'s float literals, in the tensor's dtype or in float64 as they meet it
_SQUEEZE = float(F32.type(0.0331))


def standard_gamma(engine: MersenneTwister, alpha: np.ndarray) -> np.ndarray:
    """A Gamma(alpha, 1) number for each element of a flat float32 or float64 array."""
    dtype = alpha.dtype
    with Uniforms(engine) as uniforms, np.errstate(all="ignore"):
        drawn = np.array([_one(a, dtype, uniforms) for a in alpha], F64)
        return np.maximum(drawn.astype(dtype), np.finfo(dtype).tiny)


def dirichlet(engine: MersenneTwister, alpha: np.ndarray) -> np.ndarray:
    """A point of the simplex for each row of alpha, from gammas in float64."""
    dtype = alpha.dtype
    gammas = standard_gamma(engine, alpha.astype(F64).reshape(-1)).reshape(alpha.shape)
    with np.errstate(all="ignore"):
        point = (gammas / gammas.sum(-1, keepdims=True)).astype(dtype)
    below_one = np.nextafter(dtype.type(1), dtype.type(0))
    return np.minimum(below_one, np.maximum(np.finfo(dtype).tiny, point))


def _one(alpha, dtype: np.dtype, uniforms: Uniforms) -> float:
    real = dtype.type
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale = (1 - uniforms.next()) ** float(real(1) / alpha)
        alpha = alpha + real(1)
    d = float(alpha - real(_THIRD))
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x, y = 0.0, 0.0
        while y <= 0:
            x = _normal(uniforms)
            y = 1.0 + c * x
        v = y * y * y
        u = 1 - uniforms.next()
        xx = x * x
        if u < 1.0 - _SQUEEZE * xx * xx or math.log(u) < 0.5 * xx + d * (1.0 - v + math.log(v)):
            return scale * d * v


def _normal(uniforms: Uniforms) -> float:
    pair = None if uniforms.engine.pending_normal is not None else (uniforms.next(), uniforms.next())
    return next_normal(uniforms.engine, pair)
