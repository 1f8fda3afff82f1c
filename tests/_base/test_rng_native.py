"""The draws in C give what the steps with NumPy give, and leave the engine at the same place."""

import numpy as np
import pytest

from jaxtorch._base.rng import boxmuller, discrete, engine, libm, permutation, uniform
from jaxtorch._base.rng.generator import HostGenerator
from jaxtorch._base.rng.rounding import BF16, F16, F32, F64

pytestmark = pytest.mark.skipif(engine.draws is None, reason="built without a C compiler")

SIZES = [1, 2, 7, 15, 16, 17, 31, 32, 100, 623, 624, 625, 5000, 40001, 70000]


@pytest.fixture
def without_native(monkeypatch):
    def switch():
        for module in (boxmuller, discrete, engine, permutation, uniform):
            monkeypatch.setattr(module, "draws", None)
        monkeypatch.setattr(libm, "hot", None)

    return switch


SAMPLERS = {
    "uniform": lambda g, n: g.uniform(n),
    "uniform between": lambda g, n: g.uniform(n, -1.3, 2.0),
    "uniform float64": lambda g, n: g.uniform(n, dtype=F64),
    "uniform bfloat16": lambda g, n: g.uniform(n, dtype=BF16),
    "normal": lambda g, n: g.normal(n),
    "normal, mean and deviation": lambda g, n: g.normal(n, 1.25, 0.3),
    "normal float16": lambda g, n: g.normal(n, dtype=F16),
    "normal float64": lambda g, n: g.normal(n, dtype=F64),
    "normal, spread": lambda g, n: g.normal(n, contiguous=False),
    "log-normal": lambda g, n: g.log_normal(n, 1.0, 2.0),
    "bernoulli": lambda g, n: g.bernoulli(n, 0.37),
    "dropout": lambda g, n: g.dropout_mask(n, 0.2),
    "exponential": lambda g, n: g.exponential(n, 1.5),
    "cauchy": lambda g, n: g.cauchy(n),
    "geometric": lambda g, n: g.geometric(n, 0.4),
    "integers": lambda g, n: g.randint(0, 1000, n),
    "wide integers": lambda g, n: g.randint(0, 1 << 40, n),
    "permutation": lambda g, n: g.randperm(n),
    "multinomial": lambda g, n: g.multinomial(np.arange(1, n + 1, dtype=F32), 1),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_draws_agree(name, without_native):
    draw = SAMPLERS[name]
    native = HostGenerator(11)
    drawn = [draw(native, n) for n in SIZES]
    without_native()
    plain = HostGenerator(11)
    for n, mine in zip(SIZES, drawn, strict=True):
        expected = draw(plain, n)
        assert mine.dtype == expected.dtype and mine.tobytes() == expected.tobytes(), n
    assert native.get_state().tobytes() == plain.get_state().tobytes()


@pytest.mark.parametrize("scale", [1.0, 0.02])
def test_every_radius_and_angle_agrees(scale):
    """All numbers of 24 bits, as radius and as angle."""
    for start in range(0, 1 << 24, 1 << 21):
        k = np.arange(start, start + (1 << 21), dtype=np.int32)
        numbers = np.concatenate([k.reshape(-1, 8), k[::-1].reshape(-1, 8)], 1).reshape(-1)
        mine, expected = np.empty(numbers.size, F32), np.empty(numbers.size, F32)
        engine.draws.normal_blocks(numbers.copy(), mine, 0.5, scale)
        boxmuller._transform32_by_steps(numbers, expected, 0.5, scale)
        assert mine.tobytes() == expected.tobytes()


def test_arguments_are_checked():
    capsule = engine.MersenneTwister(0).capsule
    with pytest.raises(TypeError, match="items of 4 bytes"):
        engine.draws.draw_words(capsule, np.empty(3, np.float64))
    with pytest.raises((BufferError, ValueError), match="read-only"):
        engine.draws.draw_words(capsule, np.frombuffer(b"abcd", np.uint32))
    with pytest.raises((BufferError, ValueError)):
        engine.draws.draw_words(capsule, np.empty(8, np.uint32)[::2])
    with pytest.raises(ValueError, match="no function"):
        engine.draws.libm("sinh", np.zeros(3))
    with pytest.raises(ValueError):
        engine.draws.draw_words(object(), np.empty(3, np.uint32))
