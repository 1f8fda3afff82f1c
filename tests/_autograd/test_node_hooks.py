"""What hooks of nodes and tensors may return in place of gradients."""

import pytest

import jaxtorch as torch

BAD = {
    "too few": ((), RuntimeError, r"hook 'hook' has returned an incorrect number of values \(got 0, but expected 1\)"),
    "too many": ((torch.ones(3),) * 2, RuntimeError, r"\(got 2, but expected 1\)"),
    "no tensor": ((1,), TypeError, "expected Variable, but hook returned 'int'"),
    "no tuple": (torch.ones(3), TypeError, "expected tuple, but hook returned 'Tensor'"),
    "size": ((torch.ones(2),), RuntimeError, "hook 'hook' has changed the size of value"),
    "type": (
        (torch.ones(3, dtype=torch.float64),),
        RuntimeError,
        r"has changed the type of value \(was torch.FloatTensor got torch.DoubleTensor\)",
    ),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("register", ["register_hook", "register_prehook"])
def test_node_hooks_are_checked(case, register):
    returned, kind, message = BAD[case]
    x = torch.ones(3, requires_grad=True)
    y = x.sigmoid()

    def hook(*gradients):
        return returned

    getattr(y.grad_fn, register)(hook)
    with pytest.raises(kind, match=message):
        y.sum().backward()


def test_a_gradient_that_is_none_stays_none():
    x = torch.ones(3, requires_grad=True)
    y = x * torch.ones(3)
    y.grad_fn.register_hook(lambda grads, _: (grads[0], torch.ones(3)))
    with pytest.raises(RuntimeError, match="can't replace a None gradient with a non-None value"):
        y.sum().backward()


def test_tensor_hooks_keep_the_type():
    x = torch.ones(3, requires_grad=True)
    x.register_hook(lambda g: g.double())
    with pytest.raises(RuntimeError, match="has changed the type of value"):
        x.sum().backward()


def test_what_is_captured():
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 1
    seen = []
    y.register_hook(lambda g: 3 * g)
    y.grad_fn.register_prehook(lambda grads: seen.append("runs") or tuple(2 * g for g in grads))
    assert torch.autograd.grad(y * 1, y)[0].item() == 3
    assert not seen
    assert [g.item() for g in torch.autograd.grad(y * 1, (x, y))] == [6, 1]
    (y * 1).backward(inputs=(y,))
    assert y.grad.item() == 3
    assert seen == ["runs", "runs"]
