"""The parts of the host generator against plain loops and exact arithmetic."""

import math
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from jaxtorch._base.rng import boxmuller, libm, logarithm, permutation, rounding, topk

COSINE = [1065353216, 1065353216, 3044854919, 843898408, 889402233, 1065353216]
SINE = [0, 885592027, 3212836864, 3212836864, 3212836864, 3030524265]
RADIUS = [2147483648, 968164595, 1070932553, 1070932557, 1070932558, 1085838422]
TIES = [
    ([i * 7 % 2 for i in range(6)], 4, [3, 5, 1, 4]),
    ([i * 7 % 2 for i in range(20)], 7, [15, 9, 11, 13, 1, 17, 19]),
    ([i * 7 % 3 for i in range(20)], 19, [2, 17, 5, 14, 8, 11, 19, 4, 7, 1, 13, 16, 10, 15, 18, 3, 12, 9, 0]),
    ([i * 7 % 4 for i in range(40)], 30,
     [1, 25, 37, 5, 21, 9, 17, 33, 29, 13, 14, 22, 26, 18, 30, 10, 34, 6, 38, 2, 39, 31, 27, 35, 23, 11, 7, 15, 19, 3]),
    ([i * 7 % 3 for i in range(130)], 2, [5, 2]),
    ([i * 7 % 5 for i in range(200)], 3, [12, 7, 2]),
]  # fmt: skip


@pytest.mark.parametrize("n", [2, 3, 10, 1999, 2002, 5000, 30_000])
def test_blocks_of_swaps_equal_single_swaps(n):
    steps = np.random.default_rng(n).integers(0, np.arange(n, 1, -1))
    expected = list(range(n))
    for i, step in enumerate(steps.tolist()):
        expected[i], expected[i + step] = expected[i + step], expected[i]
    assert permutation.shuffled(steps).tolist() == expected


@pytest.mark.parametrize("target", ["near", "one place", "own place", "chain"])
def test_swaps_that_all_collide(target):
    n = 3000
    room = np.arange(n - 1, 0, -1)
    longest = {"near": 3, "one place": n, "own place": 0, "chain": 1}[target]
    steps = np.minimum(room, longest)
    expected = list(range(n))
    for i, step in enumerate(steps.tolist()):
        expected[i], expected[i + step] = expected[i + step], expected[i]
    assert permutation.shuffled(steps).tolist() == expected


def test_log_equals_libms():
    k = np.random.default_rng(0).integers(0, 1 << 53, 60_000)
    near_one = k >> np.random.default_rng(1).integers(0, 53, k.size)
    for u in (k, near_one, (1 << 53) - 1 - near_one):
        x = 1.0 - u * 2.0**-53
        expected = np.array([math.log(v) for v in x.tolist()])
        assert np.array_equal(logarithm.log_by_residual(x), expected)
        assert np.array_equal(libm.exact("log", x), expected)


@pytest.mark.parametrize("name", ["log1p", "exp", "sin", "cos", "tan"])
def test_functions_equal_libms(name):
    low, high = libm._DOMAINS[name]
    x = np.random.default_rng(2).uniform(low, high, 5000)
    assert libm.exact(name, x).tolist() == [getattr(math, name)(v) for v in x.tolist()]


def test_settle_asks_libm_only_where_the_result_is_in_doubt(monkeypatch):
    monkeypatch.setattr(libm, "hot", None)
    monkeypatch.setattr(libm, "_agrees", lambda name: False)
    asked = []

    def compute(functions, x):
        if functions is libm.exact:
            asked.extend(x.tolist())
            return x.copy(), np.abs(x)
        return x * (1 + 2.0**-52), np.abs(x)  # NumPy's side, an ulp off

    below_midpoint = 1.0 + 2.0**-24 - 2.0**-52  # rounds down to 1, an ulp on up
    x = np.array([1.0, below_midpoint, 1.5, 2.0])
    result = libm.settle(compute, lambda v: v.astype(np.float32), ("log",), x)
    assert result.tolist() == [1.0, 1.0, 1.5, 2.0]
    assert asked == [below_midpoint]


def test_fused_steps_round_once():
    rng = np.random.default_rng(3)
    a = rng.standard_normal(3000).astype(np.float32)
    b, c = float(np.float32(0.3)), float(np.float32(1.3))
    expected = [_nearest(Fraction(float(v)) * Fraction(b) + Fraction(c)) for v in a]
    assert rounding.fma32(a, b, c).tolist() == expected


def test_a_sum_on_a_midpoint_rounds_by_what_float64_dropped():
    one = 1.0 + 2.0**-24  # between two float32 numbers
    for p in (one, -one):
        for dropped in (2.0**-60, -(2.0**-60), 0.0):
            expected = _nearest(Fraction(p) + Fraction(dropped))
            assert rounding.round_sum(np.array([p]), dropped)[0] == expected


def _nearest(x: Fraction) -> float:
    near = np.float32(float(x))
    around = [np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf))]
    return float(min(around, key=lambda v: (abs(Fraction(float(v)) - x), int(v.view(np.uint32)) & 1)))


def test_exact_sums_are_known():
    assert rounding.sum_is_exact(2.0, -1.0) and rounding.sum_is_exact(1.0, 0.0)
    assert not rounding.sum_is_exact(1e-3, 1e4)


def test_bfloat16_rounds_to_even():
    x = np.random.default_rng(4).standard_normal(4000).astype(np.float32) * np.float32(1e3)
    x[:4] = 1.00390625, 1.01171875, 3.4e38, np.inf
    assert np.array_equal(rounding.to_bfloat16(x), x.astype(ml_dtypes.bfloat16))


def test_block_normals_at_the_ends_and_where_cosine_vanishes():
    # All 2**24 arguments were held against PyTorch once; these are the ones most easily lost.
    k = np.array([0, 1, 12582909, 12582912, 12582913, (1 << 24) - 1], np.int32)
    cosine, sine = boxmuller.cos_sin(k)
    assert cosine.view(np.uint32).tolist() == COSINE
    assert sine.view(np.uint32).tolist() == SINE
    assert boxmuller.radius(k.copy()).view(np.uint32).tolist() == RADIUS


def test_block_normals_are_near_the_formula():
    k = np.arange(0, 1 << 24, 1237, dtype=np.int32)
    u = k * 2.0**-24
    np.testing.assert_allclose(boxmuller.radius(k.copy()), np.sqrt(-2 * np.log1p(-u)), rtol=1e-6)
    cosine, sine = boxmuller.cos_sin(k)
    np.testing.assert_allclose(cosine, np.cos(2 * np.pi * u), atol=1e-6)
    np.testing.assert_allclose(sine, np.sin(2 * np.pi * u), atol=1e-6)


def test_top_indices_order_equal_values_as_libstdcxx():
    # Recorded from torch.topk.
    for values, count, expected in TIES:
        assert topk.top_indices(np.array(values, np.float32), count).tolist() == expected


def test_top_indices_of_distinct_values():
    values = np.random.default_rng(5).permutation(500).astype(np.float32)
    assert topk.top_indices(values, 20).tolist() == np.argsort(-values)[:20].tolist()
