"""autograd Functions with a `vmap` of their own: it sees all examples at once, and is differentiated by its calls."""

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch.func import grad, jacrev, vmap

SEEN: list = []


class Exp(torch.autograd.Function):
    """Computed by NumPy, which no example that stands for all could be given to."""

    @staticmethod
    def forward(x, factor):
        return torch.from_numpy(np.exp(x.detach().numpy() * factor))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)
        ctx.factor = inputs[1]

    @staticmethod
    def backward(ctx, gradient):
        (y,) = ctx.saved_tensors
        return gradient * y * ctx.factor, None

    @staticmethod
    def vmap(info, in_dims, x, factor):
        SEEN.append((info.batch_size, info.randomness, in_dims, tuple(x.shape)))
        return Exp.apply(x.movedim(in_dims[0], 0), factor), 0


X = torch.arange(6.0).reshape(2, 3) / 6


def total(x):
    return Exp.apply(x, 2.0).sum()


def test_the_rule_sees_all_examples():
    SEEN.clear()
    found = vmap(lambda x: Exp.apply(x, 2.0), in_dims=1, out_dims=1, randomness="same")(X)
    torch.testing.assert_close(found, torch.exp(2 * X))
    assert SEEN == [(3, "same", (0, None), (3, 2))]


def test_levels_within_each_other():
    SEEN.clear()
    torch.testing.assert_close(vmap(vmap(lambda x: Exp.apply(x, 1.0)))(X), torch.exp(X))
    assert [seen[0] for seen in SEEN] == [3, 2]
    outer = vmap(lambda x: vmap(lambda y: Exp.apply(x, 1.0) + y)(X[0]))(
        X[:, 0]
    )  # the inner level's tensors are no part
    torch.testing.assert_close(outer, torch.exp(X[:, :1]) + X[:1])


@pytest.mark.parametrize(
    "derivative",
    [vmap(grad(total)), grad(lambda x: vmap(total)(x).sum()), lambda x: vmap(jacrev(total))(x)],
    ids=["grads of examples", "grad of a batch", "jacobians"],
)
def test_derivatives(derivative):
    torch.testing.assert_close(derivative(X), 2 * torch.exp(2 * X))


def test_rules_give_two_things():
    class Bad(Exp):
        @staticmethod
        def vmap(info, in_dims, x, factor):
            return x

    with pytest.raises(RuntimeError, match="Expected the vmap staticmethod to have two returns"):
        vmap(lambda x: Bad.apply(x, 1.0))(X)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (torch.nonzero, "can output dynamic shape. Attempted to vmap over aten::nonzero"),
        (torch.unique, "Attempted to vmap over aten::_unique2"),
        (lambda x: torch.masked_select(x, x > 0), "Attempted to vmap over aten::masked_select"),
        (lambda x: x[x > 0], "Attempting to batch over indexing with a boolean mask"),
    ],
)
def test_sizes_that_differ_between_examples(function, message):
    with pytest.raises(RuntimeError, match=message):
        vmap(function)(X)
