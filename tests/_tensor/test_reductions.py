"""Reductions over no dimension, and errors of counting and step functions."""

import pytest

import jaxtorch as torch

X = torch.tensor([[1.0, 0.0], [2.0, 3.0]])


def test_all_and_any_over_no_dimension_are_elementwise():
    assert torch.all(X, dim=[]).tolist() == [[True, False], [True, True]]
    assert X.any(dim=(), keepdim=True).shape == (2, 2)
    assert not X.all(dim=None) and X.any(dim=[0, 1])
    assert X.sum(dim=[]).shape == ()  # sums take no dimension for all


def test_hash_tensor_dims():
    assert torch.hash_tensor(X, dim=None).shape == () and torch.hash_tensor(X, None, keepdim=True).shape == (1, 1)
    with pytest.raises(IndexError, match="Expected reduction dim 0 to have non-zero size"):
        torch.hash_tensor(X[:0], dim=0)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: torch.histc(torch.tensor([1, 2]), bins=4, min=5, max=1), RuntimeError, "max must be larger than min"),
        (
            lambda: torch.bincount(torch.tensor([1.0])),
            NotImplementedError,
            "bincount_cpu.* not implemented for",
        ),
        (lambda: torch.heaviside(X.to(torch.complex64), X), RuntimeError, "not yet implemented for complex tensors"),
        (lambda: torch.histogram(X, -1), RuntimeError, "bins must be > 0"),
        (lambda: torch.histogram(X, X), RuntimeError, "bins tensor should have one dimension"),
        (lambda: torch.histogram(X, X[0, :0]), RuntimeError, "bins tensor should have at least 1 element"),
        (lambda: torch.histogram(X, X[0].double()), RuntimeError, "bins tensors should have the same dtype"),
        (lambda: torch.histogram(X, 1, weight=X.double()), RuntimeError, "weight tensor should have the same dtype"),
        (lambda: torch.histogram(X, 1, weight=X[0]), RuntimeError, "if weight tensor is provided it should have"),
        (lambda: torch.bincount(torch.tensor([-1])), RuntimeError, "1-d non-negative integral"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()
