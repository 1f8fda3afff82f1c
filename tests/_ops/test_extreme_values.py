"""NaNs survive extremes in compiled programs, whose reductions leave them out by themselves."""

import math
import re
from pathlib import Path

import pytest

import jaxtorch as torch
from jaxtorch._engine.config import config

# Reductions of integers, or of floats whose NaNs come back through an exponential.
FREE = {"extreme_values.py", "softmax.py", "reduce.py", "norm_sums.py", "ordering.py"}


def _with_nan():
    x = torch.arange(64 * 300, dtype=torch.float32).reshape(64, 300) / 7 - 50
    x[3, 5] = math.nan
    x.sum().item()  # an argument of later programs; large ones are what YNNPACK reduces
    return x


WHOLE = [
    lambda x: x.max(),
    lambda x: x.min(),
    lambda x: x.amax(),
    lambda x: torch.aminmax(x).max,
    lambda x: torch.linalg.vector_norm(x, math.inf),
    lambda x: torch.linalg.vector_norm(x, -math.inf),
    lambda x: torch.linalg.matrix_norm(x, 1),
    lambda x: torch.nn.utils.get_total_norm([x], math.inf),
    lambda x: x.max(0).values[5],
    lambda x: x.min(1).values[3],
    lambda x: x.amax(1)[3],
    lambda x: x.softmax(1)[3, 0],
    lambda x: x.logsumexp(0)[5],
    lambda x: torch.cdist(x, x, p=math.inf)[3, 0],
]


@pytest.mark.parametrize("case", range(len(WHOLE)))
def test_nan_is_found(case, monkeypatch):
    monkeypatch.setattr(config, "host_times", 0)
    assert math.isnan(WHOLE[case](_with_nan()).item())


def test_others_are_right_beside_a_nan(monkeypatch):
    monkeypatch.setattr(config, "host_times", 0)
    x = _with_nan()
    assert x.amax(1)[4].item() == x[4, 299].item() and x.amin(0)[6].item() == x[0, 6].item()
    assert x.argmax().item() == 3 * 300 + 5 and x.max(1).indices[3].item() == 5


def test_no_other_file_reduces_to_extremes():
    root = Path(torch.__file__).parent
    found = {
        path.name
        for folder in ("_ops", "_tensor", "nn", "optim")
        for path in (root / folder).rglob("*.py")
        if re.search(r"(jnp\.|lax\.reduce_)(max|min|amax|amin)\b(?!imum)\W+(?!initial)", path.read_text())
    }
    assert found <= FREE


@pytest.mark.parametrize(
    ("reduce", "gradient"),
    [
        ("max", [0.0, 1.0, 0.5, 0.5, 0.0]),
        ("min", [0.0, 1.0, 0.0, 0.0, 1.0]),
        ("prod", [float("nan"), 1.0, 6.0, 6.0, 9.0]),
    ],
)
def test_the_gradient_of_segments_with_nan(reduce, gradient):
    x = torch.tensor([1.0, float("nan"), 3.0, 3.0, 2.0], requires_grad=True)
    torch.segment_reduce(x, reduce, lengths=torch.tensor([2, 3])).sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor(gradient), equal_nan=True)
