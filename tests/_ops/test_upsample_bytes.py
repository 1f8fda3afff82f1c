"""Resizing images of bytes: PyTorch's fixed-point passes, to the last bit."""

import pytest

import jaxtorch as torch

_EXPECTED = {
    ("bilinear", False): [43, 62, 124, 162, 96, 72, 67, 129, 162, 157, 77, 96, 134, 196, 130, 39, 101, 163],
    ("bicubic", False): [40, 61, 128, 192, 96, 56, 62, 130, 166, 160, 74, 94, 139, 220, 123, 34, 98, 167],
    ("bicubic", True): [65, 62, 113, 176, 130, 72, 69, 145, 161, 150, 72, 76, 143, 176, 124, 41, 106, 179],
}


@pytest.mark.parametrize(("mode", "antialias"), _EXPECTED)
def test_bytes(mode, antialias):
    image = (torch.arange(2 * 4 * 5) * 37 % 256).to(torch.uint8).reshape(1, 2, 4, 5)
    made = torch.nn.functional.interpolate(image, (3, 3), mode=mode, antialias=antialias)
    assert made.dtype == torch.uint8 and made.flatten().tolist() == _EXPECTED[mode, antialias]
