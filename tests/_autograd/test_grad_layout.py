"""A leaf's gradient lies in memory as the leaf does, whatever order it was computed in."""

import jaxtorch as torch


def test_gradient_follows_the_leaf():
    w = torch.ones(2, 3, 4, 4).contiguous(memory_format=torch.channels_last).requires_grad_()
    (w * 2).sum().backward()
    first = w.grad
    assert first.stride() == (48, 1, 12, 3)
    w.sum().backward()
    assert w.grad is first
    assert first.stride() == (48, 1, 12, 3)
    assert first.eq(3).all()


def test_values_keep_their_places():
    w = torch.ones(3, 4).t().requires_grad_()
    (w * torch.arange(12.0).view(4, 3)).sum().backward()
    assert w.grad.stride() == (1, 4)
    assert w.grad.tolist() == torch.arange(12.0).view(4, 3).tolist()


def test_a_leaf_with_gaps_gets_rows():
    w = torch.ones(3, 4).t()[:, ::2].detach().requires_grad_()
    w.sum().backward()
    assert w.grad.stride() == (2, 1)
