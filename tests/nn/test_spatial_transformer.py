"""Sampling at the positions of an identity map, which lie on the pixels: the last bit decides which cell is meant."""

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F


@pytest.mark.parametrize(
    "n, align_corners, total",  # recorded from PyTorch
    [(28, False, -1803.99475), (28, True, -10169.35352), (7, True, -579.85724), (32, False, -14459.42676)],
)
def test_gradients_of_an_identity_map(n, align_corners, total):
    theta = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]]).repeat(2, 1, 1)
    grid = F.affine_grid(theta, (2, 1, n, n), align_corners=align_corners).requires_grad_()
    image = (torch.arange(2.0 * n * n).reshape(2, 1, n, n) * 37 % 101) / 7
    F.grid_sample(image, grid, align_corners=align_corners).sum().backward()
    assert grid.grad.sum().item() == pytest.approx(total, rel=1e-4)
