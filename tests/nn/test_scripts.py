"""`torch.nn` shows what PyTorch shows: values, names, reprs, errors and warnings."""

import pytest

import jaxtorch
from tests.nn.session import RECORDED, SCRIPTS, same, transcript


@pytest.mark.parametrize("script", SCRIPTS)
def test_shows_what_pytorch_shows(script):
    found = transcript(jaxtorch, script)
    expected = (RECORDED / f"{script}.txt").read_text().split("\n")[:-1]
    different = [
        f"line {i + 1}\n  PyTorch:  {b}\n  jaxtorch: {a}"
        for i, (a, b) in enumerate(zip(found, expected, strict=False))
        if not same(a, b)
    ]
    assert not different, "\n".join(different[:10])
    assert len(found) == len(expected)
