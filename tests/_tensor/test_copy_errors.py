"""Copies between shapes that do not fit: PyTorch's messages, which name the last dimension that differs."""

import pytest

import jaxtorch as torch

z = torch.zeros


def assign(target, source):
    target[:] = source


ERRORS = {
    "size": (lambda: z(4).copy_(z(3)), r"The size of tensor a \(4\) must match the size of tensor b \(3\) at non-s"),
    "last": (lambda: z(2, 3).copy_(z(3, 2)), r"of tensor a \(3\) must match the size of tensor b \(2\) at .* 1"),
    "add": (lambda: z(2, 3).add_(z(3, 2)), r"of tensor a \(3\) must match the size of tensor b \(2\) at .* 1"),
    "rank": (lambda: z(2, 3).copy_(z(2, 1, 3)), r"with shape \[2, 3\] doesn't match the broadcast shape \[2, 2, 3\]"),
    "one": (lambda: z(1).copy_(z(2)), r"output with shape \[1\] doesn't match the broadcast shape \[2\]"),
    "assignment": (lambda: assign(z(3), z(2, 3)), r"expand\(torch.FloatTensor{\[2, 3\]}, size=\[3\]\): the number of"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    run, message = ERRORS[name]
    with pytest.raises(RuntimeError, match=message):
        run()


class Sub(torch.Tensor):
    pass


def test_make_subclass_shares_memory_and_no_history():
    x = torch.arange(4.0)
    made = torch.Tensor._make_subclass(Sub, x, True)
    assert type(made) is Sub
    assert made.is_leaf
    assert made.requires_grad
    made.data.add_(1)
    assert x.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert not torch.Tensor._make_subclass(Sub, made * 2).requires_grad
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype can require gradients"):
        torch.Tensor._make_subclass(Sub, torch.ones(1, dtype=torch.int64), True)
    with pytest.raises(TypeError, match="Creating a Tensor subclass from a class that does not inherit from Tensor"):
        torch.Tensor._make_subclass(int, x)
