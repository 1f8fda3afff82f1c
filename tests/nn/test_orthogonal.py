"""The orthogonal parametrization from a matrix that is not orthogonal."""

import pytest

import jaxtorch as torch


@pytest.mark.parametrize("kind", ["matrix_exp", "cayley", "householder"])
def test_weight_becomes_orthogonal(kind):
    layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(3, 3), orthogonal_map=kind)
    assert torch.allclose(layer.weight @ layer.weight.T, torch.eye(3), atol=1e-5)
