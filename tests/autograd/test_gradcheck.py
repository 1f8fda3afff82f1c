"""Derivatives against finite differences."""

import pytest

import jaxtorch as torch
from jaxtorch.autograd import gradcheck, gradgradcheck


def _x(dtype=torch.float64):
    return torch.tensor([0.3, -0.7], dtype=dtype, requires_grad=True)


class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * x.detach()

    @staticmethod
    def backward(ctx, g):
        return g


def test_right_and_wrong_derivatives():
    assert gradcheck(torch.sin, [_x()]) and gradgradcheck(lambda a, b: a.exp() * b, (_x(), _x()))
    assert not gradcheck(Wrong.apply, _x(), raise_exception=False)
    with pytest.raises(RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(Wrong.apply, _x())
    with pytest.raises(RuntimeError, match="Numerical gradient for function expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, _x())


def test_complex_numbers():
    z = torch.tensor([0.3 + 0.4j, -0.5j], requires_grad=True, dtype=torch.complex128)
    assert gradcheck(lambda z: z.conj() * z * z, z) and gradgradcheck(lambda z: z.exp().imag, z)
    assert not gradcheck(Wrong.apply, z, raise_exception=False)


def test_inputs_are_checked():
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(torch.sin, torch.ones(1))
    with pytest.warns(UserWarning, match="not a double precision floating point"):
        gradcheck(torch.sin, _x(torch.float32), eps=1e-2, atol=1e-2)


class Tripled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, wrong):
        ctx.wrong = wrong
        return x * 3

    @staticmethod
    def backward(ctx, g):
        return g * 3, None

    @staticmethod
    def jvp(ctx, moves, _):
        return moves * (2 if ctx.wrong else 3)


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
def test_forward_mode_is_checked(dtype):
    x = torch.ones(2, dtype=dtype, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: (x * x, x.exp()), (x,), check_forward_ad=True)
    assert torch.autograd.gradcheck(Tripled.apply, (x, False), check_forward_ad=True, check_backward_ad=False)
    assert torch.autograd.gradcheck(Tripled.apply, (x, True))
    with pytest.raises(RuntimeError, match="Jacobian computed with forward mode mismatch for output 0"):
        torch.autograd.gradcheck(Tripled.apply, (x, True), check_forward_ad=True)
    with pytest.raises(AssertionError, match="at least one of check_forward_ad or check_backward_ad"):
        torch.autograd.gradcheck(torch.exp, (x,), check_backward_ad=False)


def test_gradgradcheck_draws_from_the_default_generator():
    x = torch.ones(4, dtype=torch.double, requires_grad=True)
    torch.manual_seed(0)
    assert torch.autograd.gradgradcheck(torch.sin, (x,))
    after = torch.rand(1)
    torch.manual_seed(0)
    torch.empty(4, dtype=torch.double).uniform_(-1, 1)
    assert after == torch.rand(1)


def test_fast_mode_of_float32():
    x = torch.rand(3, requires_grad=True)
    with pytest.warns(UserWarning, match="not a double precision floating point"):
        assert torch.autograd.gradcheck(torch.sin, (x,), eps=1e-2, atol=1e-2, fast_mode=True)
