"""The exponential of matrices whose norm is large keeps the digits of its dtype."""

import pytest

import jaxtorch as torch


@pytest.mark.parametrize("dtype, bound", [("float32", 5e-6), ("float64", 1e-13)])
@pytest.mark.parametrize("angle", [0.3, 5.0, 30.0])
def test_rotations(dtype, bound, angle):
    dtype = getattr(torch, dtype)
    turn = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=dtype)
    angles = torch.tensor([angle, -angle, 0.01], dtype=dtype).requires_grad_()
    found = torch.matrix_exp(angles[:, None, None] * turn)
    expected = torch.stack([torch.stack([a.cos(), -a.sin(), a.sin(), a.cos()]) for a in angles]).view(3, 2, 2)
    torch.testing.assert_close(found, expected, rtol=0, atol=bound)
    (grad,) = torch.autograd.grad(found[:, 0].sum(), angles)
    torch.testing.assert_close(grad, (-angles.sin() - angles.cos()).detach(), rtol=0, atol=30 * bound)


def test_what_is_not_finite_or_far_too_large():
    assert torch.matrix_exp(torch.tensor([[1.0, float("inf")], [0.0, 1.0]])).isnan().all()
    assert torch.matrix_exp(torch.tensor([[0.0, 1e30], [0.0, 0.0]])).tolist()[0][1] == pytest.approx(1e30)
