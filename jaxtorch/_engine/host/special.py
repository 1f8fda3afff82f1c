"""Special functions where SciPy's take too long."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

from jaxtorch._base.native import hot

_F = np.float32
_BOUND = _F(3.832506856900711)  # from here on it is one
_TOP = [_F(c) for c in (0.00022905065861350646, 0.0034082910107109506, 0.050955695062380861, 0.18520832239976145)]
_TOP.append(_F(1.128379143519084))
_BOTTOM = [_F(c) for c in (-1.1791602954361697e-7, 0.000023547966471313185, 0.0010179625278914885)]
_BOTTOM += [_F(c) for c in (0.014070470171167667, 0.11098505178285362, 0.49746925110067538, 1.0)]


def _polynomial(coefficients: list, x: np.ndarray) -> np.ndarray:
    out = x * coefficients[0]
    out += coefficients[1]
    for c in coefficients[2:]:
        out *= x
        out += c
    return out


def _erf(x: np.ndarray) -> np.ndarray:
    """erf of float32 numbers, in place: XLA's quotient of polynomials, within 5 units of the last place."""
    np.maximum(x, -_BOUND, out=x)
    np.minimum(x, _BOUND, out=x)
    square = x * x
    x *= _polynomial(_TOP, square)
    x /= _polynomial(_BOTTOM, square)
    return x


_in_place = _erf if hot is None else hot.erf


def erf(x: Any) -> Any:
    """The error function; of float32 numbers ten times as quick as SciPy's."""
    return _in_place(np.array(x, order="C")) if x.dtype == np.float32 else scipy.special.erf(x)
