"""The C library's elementary functions over arrays, bit for bit.

PyTorch's samplers call libm for each element, whose last bit differs from that of NumPy's vector code where NumPy has
some (log, log1p, exp and tan with AVX-512). So NumPy's function is taken where a probe finds it equal to libm's, and
Python's `math`, which is libm, where it does not. The latter costs about 0.1 us a number, so samplers whose result is
narrower than float64 use NumPy's value wherever its error cannot show (`settle`), and ask libm for the rest.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from jaxtorch._base.native import hot
from jaxtorch._base.rng.logarithm import log_by_residual
from jaxtorch._base.rng.rounding import F64

_PROBES = 4096  # NumPy's vector log is wrong in one of 300: the odds of not noticing are below 1e-5
_SHORT = 1024  # libm itself in C takes 13 ns a number, the steps of `settle` 25 us and 5 ns a number
_MANY = 256  # from here on the residual is cheaper than libm call by call
_ULPS = 16 * 2.0**-53  # relative; a wide margin around NumPy's own error of at most 4 ulp

_DOMAINS = {"log": (0.0, 1.0), "log1p": (-1.0, 0.0), "exp": (-4.0, 4.0), "sin": (0.0, 6.3), "cos": (0.0, 6.3),
            "tan": (-1.57, 1.57)}  # fmt: skip


@functools.cache
def _agrees(name: str) -> bool:
    """Whether NumPy's function equals libm's on a probe of the interval the samplers use."""
    low, high = _DOMAINS[name]
    golden = (np.arange(1, _PROBES + 1) * 0.6180339887498949) % 1.0
    x = low + (high - low) * golden
    return np.array_equal(getattr(np, name)(x), _by_element(getattr(math, name), x))


def _by_element(function: Callable[[float], float], x: np.ndarray) -> np.ndarray:
    return np.fromiter(map(function, x.tolist()), F64, x.size)


def _log(x: float) -> float:
    return math.log(x) if x else -math.inf


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


_SCALAR: dict[str, Callable[[float], float]] = {"log": _log, "exp": _exp}


def exact(name: str, x: np.ndarray) -> np.ndarray:
    """libm's function of a flat float64 array; of log, numbers from 0 to 1."""
    if hot is not None:
        return hot.libm(name, x.copy())
    if _agrees(name):
        return getattr(np, name)(x)
    if name == "log" and x.size >= _MANY:
        return log_by_residual(x)
    return _by_element(_SCALAR.get(name) or getattr(math, name), x)


def fast(name: str, x: np.ndarray) -> np.ndarray:
    """NumPy's function, which may miss libm's by an ulp or two."""
    return getattr(np, name)(x)


def settle(compute: Callable, finish: Callable[[np.ndarray], np.ndarray], names: tuple[str, ...], *args: np.ndarray):
    """`finish(compute(libm, *args))`, at NumPy's speed where finish hides NumPy's error.

    compute(functions, *args) gives the float64 values, a row or a number for each row of the arguments, and a bound
    their error is proportional to. finish is monotone, e.g. the cast to float32, so where it maps both ends of the
    error interval to one result, that is the result.
    """
    if hot is not None and args[0].size <= _SHORT:
        return finish(compute(exact, *args)[0])
    if all(map(_agrees, names)):
        return finish(compute(fast, *args)[0])
    value, scale = compute(fast, *args)
    scale *= _ULPS
    apart = finish(value - scale) != finish(value + scale)
    doubtful = np.flatnonzero(apart if apart.ndim == 1 else apart.any(1))
    result = finish(value)
    if doubtful.size:
        result[doubtful] = finish(compute(exact, *(a[doubtful] for a in args))[0])
    return result
