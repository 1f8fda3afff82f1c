"""The memory order of Fourier transforms is PyTorch's: the transformed dimensions lie innermost."""

import pytest

import jaxtorch as torch

_X = torch.arange(2.0 * 3 * 4 * 5).reshape(2, 3, 4, 5)


@pytest.mark.parametrize(
    ("made", "strides"),
    [
        (lambda: torch.fft.fft(_X, dim=1), (60, 1, 15, 3)),
        (lambda: torch.fft.rfft2(_X, dim=(0, 2)), (3, 30, 1, 6)),
        (lambda: torch.fft.irfftn(_X, dim=(1, 0)), (1, 2, 30, 6)),
        (lambda: torch.fft.hfft(_X, n=10, dim=1), (200, 1, 50, 10)),
        (lambda: torch.fft.ihfftn(_X, dim=(0, 1)), (1, 2, 20, 4)),
        (lambda: torch.fft.fftn(_X.transpose(0, 3)), (1, 20, 5, 60)),
        (lambda: torch.fft.fft(_X, n=3, dim=0), (1, 60, 15, 3)),
        (lambda: torch.fft.ifftn(_X, s=(6, 2), dim=(1, 3)), (48, 2, 12, 1)),
    ],
)
def test_strides(made, strides):
    assert made().stride() == strides


def test_inverse_strides():
    x = torch.eye(2).expand(2, 2, 2).contiguous()
    assert torch.linalg.matrix_power(x, -1).stride() == (4, 1, 2)
    assert torch.linalg.matrix_power(x, 2).stride() == (4, 2, 1)
    assert torch.linalg.tensorinv(torch.eye(6).reshape(2, 3, 6), ind=2).stride() == (1, 18, 6)
