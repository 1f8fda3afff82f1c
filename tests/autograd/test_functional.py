"""Jacobians, Hessians and products with them."""

import pytest

import jaxtorch as torch
from jaxtorch.autograd import functional as F

X = torch.tensor([1.0, 2.0])
ONES = torch.ones(2)


def _cubes(x):
    return (x**3).sum()


def test_values():
    assert F.jacobian(lambda x: x * x, X).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert F.hessian(_cubes, X).tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert F.hessian(_cubes, torch.tensor(2.0)).item() == 12.0
    assert F.hvp(_cubes, X, ONES)[1].tolist() == F.vhp(_cubes, X, ONES)[1].tolist() == [6.0, 12.0]
    assert F.vjp(_cubes, X)[1].tolist() == [3.0, 12.0]
    assert F.jvp(lambda x: x * x, X, ONES)[1].tolist() == [2.0, 4.0]
    both = F.hessian(lambda a, b: (a * b).sum(), (X, X))
    assert both[0][1].tolist() == [[1.0, 0.0], [0.0, 1.0]] and both[0][0].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert F.jacobian(lambda x: x * x, X, vectorize=True, strategy="forward-mode").tolist() == [[2.0, 0.0], [0.0, 4.0]]


def test_jacobians_can_be_differentiated():
    x = X.clone().requires_grad_()
    (g,) = torch.autograd.grad(F.jacobian(lambda x: x**3, x, create_graph=True).sum(), x)
    assert g.tolist() == [6.0, 12.0] and not F.jacobian(lambda x: x**3, x).requires_grad


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.jacobian(lambda x: 1, X), TypeError, "outputs of the user-provided function given to jacobian must"),
        (lambda: F.vjp(lambda x: x, (X, 2)), TypeError, "value at index 1 has type"),
        (lambda: F.vjp(lambda x: x, X), RuntimeError, "user-provided function returns a single Tensor"),
        (lambda: F.jvp(lambda x: x, X), RuntimeError, "input to the user-provided function is a single Tensor"),
        (lambda: F.jvp(lambda x: x, X, torch.ones(3)), RuntimeError, "v has invalid size: should be"),
        (lambda: F.jvp(lambda x: x, X, (ONES, ONES)), RuntimeError, "The given v should contain a single Tensor"),
        (lambda: F.hessian(lambda x: x, X), RuntimeError, "should contain a single element"),
        (lambda: F.hvp(lambda x: (x.sum(),), X, ONES), RuntimeError, "hvp should return a single Tensor"),
        (lambda: F.jacobian(lambda x: ONES, X, strict=True), RuntimeError, "Output 0 of the user-provided function"),
        (lambda: F.hessian(lambda x: x.sum(), X, strict=True), RuntimeError, "jacobian of the user-provided function"),
        (lambda: F.jacobian(_cubes, X, strategy="forward-mode"), NotImplementedError, "vectorize=True"),
        (lambda: F.jacobian(_cubes, X, strategy="sideways"), AssertionError, "Expected strategy to be either"),
        (lambda: F.jacobian(_cubes, X, strict=True, vectorize=True), RuntimeError, "not supported together"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()
