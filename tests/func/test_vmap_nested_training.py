"""Parameters trained through second derivatives of a mapped function."""

import jaxtorch as torch


def test_hessian_under_vmap_is_differentiable():
    w = torch.tensor([[0.5, -0.3]], requires_grad=True)
    z = torch.tensor([[0.1, 0.2], [0.3, -0.4]])
    torch.vmap(torch.func.hessian(lambda q: (w @ q).tanh().sum()))(z).sum().backward()
    mapped, w.grad = w.grad, None
    sum(torch.func.hessian(lambda q: (w @ q).tanh().sum())(row).sum() for row in z).backward()
    assert torch.allclose(mapped, w.grad)
