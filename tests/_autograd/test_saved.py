"""What nodes keep for backward: hooks that pack it, and the attributes that show it."""

import pytest

import jaxtorch as torch

Hooks = torch.autograd.graph.saved_tensors_hooks


def _x():
    return torch.tensor([1.0, 2.0], requires_grad=True)


def _gradient(y, x):
    return torch.autograd.grad(y.sum(), x)[0].tolist()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x * x, [4.0, 8.0]),
        (lambda x: x.pow(3), [12.0, 48.0]),
        (lambda x: torch.nn.functional.linear(x, torch.eye(2)), [2.0, 2.0]),
        (lambda x: x + 1, [1.0, 1.0]),
    ],
)
def test_the_gradient_goes_by_what_was_unpacked(function, expected):
    x = _x()
    with Hooks(lambda t: t.detach(), lambda t: 2 * t):
        y = function(x)
    assert _gradient(y, x) == expected


def test_hooks_see_each_saved_tensor_once_and_in_order():
    x, seen = _x(), []
    with Hooks(lambda t: seen.append(t.tolist()) or len(seen), lambda i: torch.tensor(seen[i - 1])):
        y = (x * torch.tensor([3.0, 4.0])).exp().square()
    assert len(seen) == 3 and seen[0] == [3.0, 4.0]
    assert _gradient(y, x) == pytest.approx([6 * 2.718281828**6, 8 * 2.718281828**16], rel=1e-4)


def test_the_innermost_hooks_count_and_backward_may_be_differentiated():
    x = _x()
    with Hooks(lambda t: 1 / 0, lambda t: t), Hooks(lambda t: t.numpy(), torch.from_numpy):
        y = x * x * x
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    assert g.tolist() == [3.0, 12.0] and _gradient(g, x) == [6.0, 12.0]


def test_functions_written_by_users_pack_what_they_save():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a * a

        @staticmethod
        def backward(ctx, g):
            return 2 * ctx.saved_tensors[0] * g

    x = _x()
    with Hooks(lambda t: t, lambda t: t * 10):
        y = Square.apply(x)
    assert _gradient(y, x) == [20.0, 40.0]


def test_a_second_backward_finds_nothing():
    x = _x()
    with torch.autograd.graph.save_on_cpu():
        y = (x * x).sum()
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_hooks_are_told_what_they_may_not_do():
    x = _x()
    with Hooks(lambda t: t, lambda t: 5):
        y = x * x
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got result of type int"):
        y.sum().backward()
    with (
        pytest.raises(RuntimeError, match="pack hook is modifying its input in place"),
        Hooks(lambda t: t.add_(1), lambda t: t),
    ):
        x * x


def test_nodes_show_what_they_saved():
    x = _x()
    y = x.pow(3)
    assert y.grad_fn._saved_self is x and y.grad_fn._saved_exponent == 3
    e = x.exp()
    assert e.grad_fn._saved_result.tolist() == e.tolist()
    assert x.reshape(1, 2).softmax(1).grad_fn._saved_dim == 1
    with pytest.raises(AttributeError):
        y.grad_fn._saved_other  # noqa: B018
    y.sum().backward()
    with pytest.raises(RuntimeError, match="directly access saved tensors after they have already been freed"):
        y.grad_fn._saved_self  # noqa: B018


def test_hooks_may_be_put_on_one_saved_tensor():
    x = _x()
    y = x * x
    y.grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda t: 2 * t)
    assert _gradient(y, x) == [3.0, 6.0]
    assert type(y.grad_fn).__name__ == "MulBackward0"
