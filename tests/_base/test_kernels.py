"""The native kernels of the host tier against their twins and NumPy."""

import numpy as np
import pytest

from jaxtorch._base.native import hot
from jaxtorch._engine.host import special

pytestmark = pytest.mark.skipif(hot is None, reason="built without a C compiler")


def _numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_erf_is_its_twin():
    x = np.concatenate([_numbers(1003) * 3, np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1e-40], np.float32)])
    assert special._erf(x.copy()).tobytes() == hot.erf(x.copy()).tobytes()
    assert special.erf(x.astype(np.float64)).dtype == np.float64
    assert special.erf(x[::2]).tobytes() == hot.erf(x[::2].copy()).tobytes()
    with pytest.raises(TypeError):
        hot.erf(np.zeros(3))


@pytest.mark.parametrize(
    "rows, inner, columns", [(1, 4, 64), (3, 5, 7), (5, 128, 65), (9, 37, 10), (4, 8, 3), (0, 4, 3)]
)
def test_linear(rows, inner, columns):
    x, weight, bias, out = (
        _numbers(rows, inner),
        _numbers(columns, inner, seed=1),
        _numbers(columns),
        _numbers(rows, columns),
    )
    if not hot.linear(x, weight, bias, out):
        pytest.skip("no AVX2 here")
    np.testing.assert_allclose(out, x @ weight.T + bias, rtol=1e-5, atol=1e-5)
    assert hot.linear(x, weight, None, out)
    np.testing.assert_allclose(out, x @ weight.T, rtol=1e-5, atol=1e-5)


def test_linear_declines():
    out = np.zeros((2, 4), np.float32)
    assert not hot.linear(_numbers(3, 2).T, _numbers(4, 3), None, out)
    assert not hot.linear(_numbers(2, 3), _numbers(4, 2), None, out)
    assert not hot.linear(_numbers(2, 3).astype(np.float64), _numbers(4, 3), None, out)
    assert not hot.linear(_numbers(2, 3), _numbers(4, 3), _numbers(3), out)
    assert not out.any()
