"""The host generator against streams recorded with PyTorch (compat/record_rng.py)."""

import hashlib
import json
import math
import pathlib
import warnings

import ml_dtypes
import numpy as np
import pytest

from jaxtorch._base.rng import HostGenerator

REFERENCE = json.loads((pathlib.Path(__file__).parent / "rng_reference.json").read_text())
STREAMS = REFERENCE["streams"]


def numpy_dtype(name):
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def line(spec):
    low, high, n = spec["line"]
    numbers = np.array([low + (high - low) * i / max(n - 1, 1) for i in range(n)])
    return numbers.astype(numpy_dtype(spec["dtype"]))


def arguments(row):
    kept = {k: v for k, v in row.items() if k not in ("call", "head", "digest")}
    for name, value in kept.items():
        if isinstance(value, dict):
            kept[name] = line(value)
        elif name == "dtype":
            kept[name] = numpy_dtype(value)
    return kept


def libm_digest():
    points = [(i + 0.5) / 1000 for i in range(1000)]
    values = [
        [math.log(x), math.log1p(-x), math.exp(4 * x - 2), math.sin(6 * x), math.cos(6 * x), math.tan(3 * x - 1.5)]
        for x in points
    ]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


SAME_LIBM = libm_digest() == REFERENCE["libm"]


@pytest.mark.parametrize("stream", STREAMS, ids=[f"seed{s['seed']}" for s in STREAMS])
def test_stream_is_pytorchs(stream):
    generator = HostGenerator(0).manual_seed(stream["seed"])
    for row in stream["rows"]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of the bounds float dtypes cannot count to
            result = getattr(generator, row["call"])(**arguments(row))
        data = result.tobytes()
        if not SAME_LIBM and result.dtype in (np.float64, np.complex128):
            expected = np.frombuffer(bytes.fromhex(row["head"]), np.float64)
            np.testing.assert_allclose(np.frombuffer(data[:32], np.float64), expected, rtol=1e-13)
            continue
        assert data[:32].hex() == row["head"], row
        assert hashlib.sha256(data).hexdigest()[:16] == row["digest"], row
    if SAME_LIBM:  # the state may hold a float64 normal
        assert hashlib.sha256(generator.get_state().tobytes()).hexdigest() == stream["state"]


@pytest.mark.parametrize("call", ["uniform", "normal", "exponential", "cauchy", "log_normal", "bernoulli", "geometric"])
def test_empty_draws_nothing(call):
    generator = HostGenerator(3)
    before = generator.get_state()
    kwargs = {"p": 0.5} if call in ("bernoulli", "geometric") else {}
    assert getattr(generator, call)((0, 4), **kwargs).shape == (0, 4)
    assert np.array_equal(generator.get_state(), before)


def test_a_shape_is_filled_in_memory_order():
    flat, shaped = HostGenerator(1).normal(48), HostGenerator(1).normal((4, 3, 4))
    assert shaped.shape == (4, 3, 4)
    assert np.array_equal(shaped.reshape(-1), flat)
    assert HostGenerator(1).uniform(()).shape == ()


def test_long_draws_are_the_short_ones_end_to_end():
    long, short = HostGenerator(4), HostGenerator(4)
    whole = long.uniform(50_000, dtype=np.float64)
    assert np.array_equal(whole, np.concatenate([short.uniform(n, dtype=np.float64) for n in (1, 999, 9000, 40_000)]))
    assert np.array_equal(long.get_state(), short.get_state())


def test_normals_of_complex_dtypes_are_pairs_of_half_the_variance():
    pairs = HostGenerator(2).normal(32, 0.0, 1 / math.sqrt(2))
    assert np.array_equal(HostGenerator(2).normal(16, dtype=np.complex64).view(np.float32), pairs)


def test_normal_tensor_broadcasts_and_keeps_the_means_dtype():
    generator = HostGenerator(0)
    out = generator.normal_tensor(np.zeros((3, 1), np.float32), np.ones(4, np.float64))
    assert out.shape == (3, 4) and out.dtype == np.float32
    assert generator.normal_tensor(1.0, np.zeros(5, np.float16)).tolist() == [1.0] * 5
    assert generator.normal_tensor(np.arange(3.0), 0.0).tolist() == [0.0, 1.0, 2.0]


def test_multinomial_takes_rows():
    weights = np.array([[0, 1, 0], [1, 0, 0]], np.float32)
    assert HostGenerator(0).multinomial(weights, 1).tolist() == [[1], [0]]
    assert HostGenerator(0).multinomial(weights, 3, True).tolist() == [[1] * 3, [0] * 3]
    assert HostGenerator(0).multinomial(np.ones((0, 3)), 2).shape == (0, 2)
