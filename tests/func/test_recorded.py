"""Every transform gives what PyTorch gives."""

import json

import pytest

import jaxtorch
from tests.func import cases

RECORDED = json.loads(cases.RECORDED.read_text())


def _differences(found, expected, where=""):
    if isinstance(expected, dict) and isinstance(found, dict):
        if found.keys() != expected.keys():
            return [f"{where}: {sorted(found)} for {sorted(expected)}"]
        return [line for k in expected for line in _differences(found[k], expected[k], f"{where}/{k}")]
    if isinstance(expected, list) and isinstance(found, list):
        same = found[:2] == expected[:2] and found[2] == pytest.approx(expected[2], rel=1e-4, abs=1e-5, nan_ok=True)
        return [] if same else [f"{where}: {found} for {expected}"]
    return [] if found == expected else [f"{where}: {found} for {expected}"]


@pytest.mark.parametrize("name", cases.CASES)
def test_case(name):
    lines = _differences(json.loads(json.dumps(cases.run(jaxtorch, name))), RECORDED[name])
    assert not lines, "\n".join(lines)
