"""Derivatives of decompositions that no sample row can hold, as LAPACK's signs differ between machines."""

import pytest

import jaxtorch as torch

DECOMPOSED = {
    "wide svd": (lambda x: torch.linalg.svd(x[:2], full_matrices=False), 1e-5),
    "tall svd": (lambda x: torch.linalg.svd(x[:, :2], full_matrices=False), 1e-5),
    "square svd": (torch.linalg.svd, 1e-4),
    "eigh": (lambda x: torch.linalg.eigh(x + x.mT), 1e-4),
}


def second_derivative(decompose, dtype):
    torch.manual_seed(0)
    x = (10 * torch.randn(3, 3, dtype=torch.float64)).to(dtype).requires_grad_()
    loss = sum((part.abs() * torch.linspace(-1, 2, part.shape[-1], dtype=dtype)).sum() for part in decompose(x))
    (slope,) = torch.autograd.grad(loss, x, create_graph=True)
    return torch.autograd.grad((slope * torch.arange(9, dtype=dtype).view(3, 3)).sum(), x)[0]


@pytest.mark.parametrize("name", DECOMPOSED)
def test_second_derivatives_keep_their_digits(name):
    decompose, tolerance = DECOMPOSED[name]
    exact = second_derivative(decompose, torch.float64)
    error = (second_derivative(decompose, torch.float32).double() - exact).abs().max() / exact.abs().max()
    assert error < tolerance


@pytest.mark.parametrize("values", [lambda x: torch.linalg.svd(x)[1], lambda x: torch.linalg.eigh(x)[0]])
def test_equal_values_have_derivatives(values):
    x = torch.eye(2, requires_grad=True)
    values(x).sum().backward()
    assert x.grad.tolist() == [[1, 0], [0, 1]]
