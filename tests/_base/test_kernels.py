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


@pytest.mark.parametrize("shape", [(3, 1), (2, 5, 7), (4, 16), (3, 129), (1, 64)])
def test_rows(shape):
    x, weight, bias = _numbers(*shape), _numbers(shape[-1], seed=1), _numbers(shape[-1], seed=2)
    np.testing.assert_array_equal(hot.shift_rows(x.copy()), x - x.max(-1, keepdims=True))
    powers = np.exp(x)
    np.testing.assert_allclose(hot.divide_rows(powers.copy()), powers / powers.sum(-1, keepdims=True), rtol=1e-6)
    wide = x.astype(np.float64)
    centred = wide - wide.mean(-1, keepdims=True)
    plain = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(hot.normalise_rows(x.copy(), None, None, 1e-5), plain, rtol=1e-5, atol=1e-6)
    affine = hot.normalise_rows(x.copy(), weight, bias, 1e-5)
    np.testing.assert_allclose(affine, plain * weight + bias, rtol=1e-5, atol=1e-5)


def test_rows_of_what_is_no_number():
    x = np.array([[1, np.inf], [np.nan, 1], [-np.inf, -np.inf], [-np.inf, 2]], np.float32)
    with np.errstate(invalid="ignore"):
        expected = x - np.minimum(x.max(-1, keepdims=True), np.finfo(np.float32).max)
    np.testing.assert_array_equal(hot.shift_rows(x.copy()), expected)
    for bad in (np.zeros((2, 3)), np.zeros((2, 0), np.float32)):
        with pytest.raises(TypeError):
            hot.shift_rows(bad)
    with pytest.raises(TypeError):
        hot.normalise_rows(np.zeros((2, 3), np.float32), np.zeros(2, np.float32), None, 1e-5)
