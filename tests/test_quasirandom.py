"""`torch.quasirandom`, against points that PyTorch drew."""

import subprocess
import sys

import pytest

import jaxtorch as torch


def test_points():
    engine = torch.quasirandom.SobolEngine(5)
    assert engine.draw(3).tolist() == [[0.0] * 5, [0.5] * 5, [0.75, 0.25, 0.25, 0.25, 0.75]]
    assert engine.draw().tolist() == [[0.25, 0.75, 0.75, 0.75, 0.25]] and engine.num_generated == 4
    assert engine.reset().fast_forward(4).draw(dtype=torch.float64).tolist() == [[0.375, 0.375, 0.625, 0.875, 0.375]]


def test_scrambled_points():
    drawn = torch.quasirandom.SobolEngine(5, scramble=True, seed=7).draw(2)
    assert [round(x, 4) for x in drawn.flatten().tolist()] == [
        *(0.1995, 0.1709, 0.7494, 0.1843, 0.5505),
        *(0.7324, 0.8607, 0.2074, 0.8068, 0.1510),
    ]


def test_errors():
    with pytest.raises(ValueError, match="Supported range of dimensionality"):
        torch.quasirandom.SobolEngine(0)
    engine = torch.quasirandom.SobolEngine(2)
    engine.draw(3)
    with pytest.raises(ValueError, match="n to be a power of 2. 3 points have been previously generated"):
        engine.draw_base2(2)


def test_scipy_stats_is_not_imported_before_it_is_needed():
    code = "import sys, jaxtorch; assert 'scipy.stats' not in sys.modules; jaxtorch.quasirandom.SobolEngine(1)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
