"""Transforms at the edges: arguments that are tuples, no_grad around them, what auxiliary outputs may be."""

import pytest

import jaxtorch as torch
from jaxtorch.func import grad, grad_and_value, jacfwd, jacrev, jvp, vjp
from jaxtorch.utils._pytree import tree_leaves, tree_map


def cubes(x):
    return (x**3).sum()


@pytest.mark.parametrize("jac", [jacrev, jacfwd])
def test_jacobian_by_an_argument_that_is_a_tuple(jac):
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0])
    found = jac(lambda both: both[0] * both[1])((x, y))
    assert tree_map(lambda t: t.tolist(), found) == ([[3, 0], [0, 3]], [[1], [2]])
    found = jac(lambda both: {"a": both[0]})((x, y))
    assert tree_map(lambda t: t.tolist(), found) == {"a": ([[1, 0], [0, 1]], [[0], [0]])}


TRANSFORMED = {
    "grad": lambda x: grad(cubes)(x),
    "grad_and_value": lambda x: grad_and_value(lambda x: (cubes(x), x * 2), has_aux=True)(x),
    "vjp": lambda x: vjp(cubes, x)[0],
    "pull": lambda x: vjp(cubes, x)[1](torch.tensor(1.0)),
    "jvp": lambda x: jvp(cubes, (x,), (torch.ones(2),)),
    "jacrev": lambda x: jacrev(torch.sin)(x),
    "jacfwd": lambda x: jacfwd(torch.sin)(x),
}


@pytest.mark.parametrize("name", TRANSFORMED)
def test_under_no_grad_results_are_constants(name):
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    assert all(t.requires_grad for t in tree_leaves(TRANSFORMED[name](x)))
    with torch.no_grad():
        assert not any(t.requires_grad for t in tree_leaves(TRANSFORMED[name](x)))


def test_no_grad_around_an_inner_transform():
    def shifted(x):
        with torch.no_grad():
            shift = grad(lambda x: 0.25 * x**4)(x)
        return x**3 - shift

    x = torch.tensor(1.5, requires_grad=True)
    found = grad(shifted)(x)
    assert found.item() == 6.75
    found.backward()
    assert x.grad.item() == 9


@pytest.mark.parametrize("aux", [1, None, ["a"]])
def test_auxiliary_outputs_are_tensors(aux):
    x = torch.ones(2)
    for call in (
        lambda: grad(lambda x: (cubes(x), aux), has_aux=True)(x),
        lambda: vjp(lambda x: (x, aux), x, has_aux=True),
        lambda: jvp(lambda x: (x, aux), (x,), (x,), has_aux=True),
        lambda: jacrev(lambda x: (x, aux), has_aux=True)(x),
    ):
        with pytest.raises(RuntimeError, match="Expected tensors, got unsupported type"):
            call()


def test_rows_one_by_one_are_not_mapped():
    class Reads(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            return g * float(g.sum())

    assert jacrev(Reads.apply, chunk_size=1)(torch.ones(2)).tolist() == [[1, 0], [0, 1]]


def test_copying_what_is_differentiated():
    def f(y):
        return torch.zeros(3).copy_(y).sum()

    assert grad(f)(torch.ones(3)).tolist() == [1, 1, 1]


def test_levels_that_come_and_go_between_derivatives():
    x = torch.arange(6.0).reshape(3, 2)
    found = torch.vmap(jacrev(jacrev(torch.sin)))(x)
    expected = torch.stack([torch.diag_embed(torch.diag(-row.sin())) for row in x])
    torch.testing.assert_close(found, expected)
