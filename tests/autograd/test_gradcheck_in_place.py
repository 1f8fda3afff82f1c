"""`gradcheck` and `gradgradcheck`: what they pass, and what they find."""

import pytest

import jaxtorch as torch
from jaxtorch.autograd import gradcheck, gradgradcheck
from jaxtorch.autograd.gradcheck import GradcheckError


class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        return a * 2

    @staticmethod
    def backward(ctx, g):
        return g * 3


@pytest.mark.parametrize("fast", [True, False])
def test_moves_inputs_that_a_function_holds(fast):
    layer = torch.nn.Linear(2, 3).double()
    x = torch.randn(1, 2, dtype=torch.float64, requires_grad=True)
    before = layer.weight.tolist()
    given = (x, *layer.parameters())
    assert gradcheck(lambda x, *params: layer(x), given, fast_mode=fast)
    assert gradgradcheck(lambda x, *params: layer(x).tanh(), given, fast_mode=fast)
    assert layer.weight.tolist() == before


@pytest.mark.parametrize("fast", [True, False])
def test_finds_a_wrong_derivative(fast):
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(Wrong.apply, (x,), fast_mode=fast)
    assert not gradcheck(Wrong.apply, (x,), fast_mode=fast, raise_exception=False)


@pytest.mark.parametrize(
    "function", [lambda z: z * z.conj(), torch.abs, torch.view_as_real], ids=["square", "abs", "view"]
)
def test_complex_inputs(function):
    z = torch.tensor([1 + 2j, -0.5 + 1j], dtype=torch.complex128, requires_grad=True)
    assert gradcheck(function, (z,)) and gradcheck(function, (z,), fast_mode=True)


def test_inputs_in_single_precision_are_warned_of():
    x = torch.ones(1, requires_grad=True)
    with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"):
        gradcheck(lambda a: a * 1, (x,), eps=1e-2, atol=1e-2)
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(lambda a: a, (x.detach(),))
