"""Integer tensors of one element where PyTorch takes ints, and other forms its argument parser lets through."""

import pytest

import jaxtorch as torch
from jaxtorch.utils import _pytree


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        (lambda x, n: x.repeat(n), (8,)),
        (lambda x, n: x.repeat(n, n), (2, 8)),
        (lambda x, n: x.tile(n), (8,)),
        (lambda x, n: x.view(n, n).flip(torch.tensor(0)), (2, 2)),
        (lambda x, n: torch.nn.functional.one_hot(torch.tensor([1]), n), (1, 2)),
        (lambda x, n: x.view(n, -1), (2, 2)),
        (lambda x, n: torch.zeros(n, n), (2, 2)),
        (lambda x, n: x.repeat(torch.tensor([2])), (8,)),
    ],
)
def test_a_tensor_stands_for_an_int(call, shape):
    n = torch.tensor(1) + 1  # pending when it is read
    assert call(torch.arange(4.0), n).shape == shape and n.item() == 2
    with pytest.raises(TypeError, match="must be tuple of ints"):
        torch.ones(2).repeat(torch.tensor(2.0))


def test_backward_takes_a_list_of_one_gradient():
    x = torch.ones(2, requires_grad=True)
    x.sum().backward([torch.tensor(3.0)])
    x.sum().backward([None])
    assert x.grad.tolist() == [4, 4]
    with pytest.raises(RuntimeError, match="^got 1 tensors and 0 gradients"):
        x.sum().backward([])
    with pytest.raises(TypeError, match="^'float' object is not iterable"):
        x.sum().backward(1.0)


def test_sizes_are_trees():
    leaves, spec = _pytree.tree_flatten(torch.Size([1, 2]))
    assert leaves == [1, 2] and spec.type is torch.Size
    assert _pytree.tree_map(str, torch.Size([1, 2])) == ("1", "2")
