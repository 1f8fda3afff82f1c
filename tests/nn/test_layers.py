"""Every layer draws PyTorch's parameters bit for bit, and gives its outputs, gradients, statistics and repr."""

import json

import pytest

import jaxtorch
from tests.nn import layers

RECORDED = json.loads(layers.RECORDED.read_text())


@pytest.mark.parametrize("case", layers.CASES, ids=layers.key)
def test_does_what_pytorchs_does(case):
    found, expected = layers.observe(jaxtorch, case), RECORDED[layers.key(case)]
    assert found["repr"] == expected["repr"]
    assert found["drawn"] == expected["drawn"]
    for mode in ("train", "eval"):
        for what, value in expected[mode].items():
            assert layers.close(found[mode][what], value), (mode, what, found[mode][what], value)
