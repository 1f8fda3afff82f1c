"""Every optimizer under every option gives PyTorch's parameters and state."""

import json

import pytest

import jaxtorch
from tests.optim import cases

RECORDED = json.loads(cases.RECORDED.read_text())["optimizers"]


def _close(found, expected):
    if isinstance(expected, list) and expected and isinstance(expected[0], str):
        dtype, shape, numbers = expected
        assert found[:2] == [dtype, shape]
        assert found[2] == pytest.approx(numbers, rel=2e-5, abs=2e-6)
    else:
        assert found == expected


@pytest.mark.parametrize(("name", "options"), cases.OPTIMIZERS, ids=[cases.key(n, o) for n, o in cases.OPTIMIZERS])
def test_parameters_and_state_are_pytorchs(name, options):
    found = cases.run_optimizer(jaxtorch, name, options, jaxtorch.engine.flush)
    expected = RECORDED[cases.key(name, options)]
    for a, b in zip(found["params"], expected["params"], strict=True):
        _close(a, b)
    assert {k: list(v) for k, v in found["state"].items()} == {k: list(v) for k, v in expected["state"].items()}
    for k, entries in expected["state"].items():
        for n, value in entries.items():
            _close(found["state"][k][n], value)
