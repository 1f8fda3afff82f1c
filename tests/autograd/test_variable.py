"""`torch.autograd.Variable`, the old name of tensors."""

import pytest

import jaxtorch as torch
from jaxtorch.autograd import Variable


def test_shares_memory_and_has_no_history():
    x = torch.ones(2)
    made = Variable(x, requires_grad=True)
    made.data[0] = 7
    assert x.tolist() == [7, 1] and made.requires_grad and made.is_leaf and not x.requires_grad
    assert not Variable(made * 2).requires_grad
    parameter = torch.nn.Parameter(x)
    assert type(Variable(parameter)) is torch.Tensor and isinstance(parameter, Variable)
    assert Variable().shape == (0,) and torch.autograd.variable.Variable is Variable


def test_errors():
    with pytest.raises(TypeError, match="Variable data has to be a tensor, but got int"):
        Variable(3)
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype can require gradients"):
        Variable(torch.ones(1, dtype=torch.int64), requires_grad=True)
    with pytest.warns(UserWarning, match="volatile was removed and now has no effect"):
        Variable(torch.ones(1), volatile=True)
