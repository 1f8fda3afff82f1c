"""`torch.autograd.Function`: contexts, saved tensors, several outputs, in-place, double backward, errors."""

import pytest

import jaxtorch as torch
from jaxtorch.autograd import Function, forward_ad


def leaf(*values):
    return torch.tensor(values, requires_grad=True)


def ones(n):
    return torch.ones(n)


class Square(Function):
    @staticmethod
    def forward(ctx, x, k):
        ctx.save_for_backward(x)
        ctx.k = k
        return x * x * k

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g * ctx.k, None


def test_double_backward():
    a = leaf(1.0, 2.0, 3.0)
    y = Square.apply(a, 3)
    (g,) = torch.autograd.grad(y, a, ones(3), create_graph=True)
    g.backward(ones(3))
    assert (y.tolist(), g.tolist(), a.grad.tolist()) == ([3, 12, 27], [6, 12, 18], [6, 6, 6])
    assert type(y.grad_fn).__name__ == "SquareBackward" and y.grad_fn.name() == "SquareBackward"


def test_separate_setup_context():
    class Scale(Function):
        @staticmethod
        def forward(x, k):
            return x * k, x + k

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.k = inputs[1]
            ctx.shapes = [o.shape for o in output]
            ctx.set_materialize_grads(False)

        @staticmethod
        def backward(ctx, g, h):
            assert h is None and ctx.shapes == [torch.Size([2])] * 2
            return g * ctx.k, None

    a = leaf(1.0, 2.0)
    y, _ = Scale.apply(a, 5.0)
    y.sum().backward()
    assert a.grad.tolist() == [5, 5]


def test_materialised_and_needed():
    seen = []

    class Two(Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y, x * 1

        @staticmethod
        def backward(ctx, g, h):
            seen.append((ctx.needs_input_grad, h.tolist()))
            return g, None

    a = leaf(1.0, 2.0)
    first, _ = Two.apply(a, ones(2))
    first.sum().backward()
    assert seen == [((True, False), [0, 0])] and a.grad.tolist() == [1, 1]


def test_mark_dirty():
    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    a = leaf(1.0, 2.0)
    b = a.clone()
    c = Double.apply(b)
    assert c is b and b.tolist() == [2, 4]
    c.sum().backward()
    assert a.grad.tolist() == [2, 2]
    with pytest.raises(
        RuntimeError, match="a leaf Variable that requires grad has been used in an in-place operation."
    ):
        Double.apply(a)


class Doubled(Function):
    """Doubles in place; its gradient is told apart by the factor 20."""

    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x.mul_(2))
        return x

    @staticmethod
    def backward(ctx, g):
        return g * 20


def test_dirty_views_give_their_base_a_history():
    a = leaf(1.0, 2.0)
    b = a.clone()
    view = b[:1]
    assert Doubled.apply(view) is view
    assert (b.tolist(), b.grad_fn.name(), view.grad_fn.name()) == ([2, 2], "CopySlices", "AsStridedBackward0")
    b.sum().backward()
    assert a.grad.tolist() == [20, 1]
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is being used in an in-place"):
        Doubled.apply(a[:1])


def test_arguments_by_name_count_by_position():
    a = leaf(1.0, 2.0)
    out = Square.apply(a, k=3)
    assert len(out.grad_fn.next_functions) == 1  # k is no tensor
    out.sum().backward()
    assert a.grad.tolist() == [6, 12] and Square.apply(x=a, k=3).tolist() == [3, 12]


def test_outputs_that_are_no_tensors_have_no_gradient():
    seen = []

    class Mixed(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, None, 5

        @staticmethod
        def backward(ctx, *grads):
            seen.extend(grads[1:])
            return grads[0]

    out, nothing, number = Mixed.apply(leaf(1.0))
    out.backward()
    assert (nothing, number, seen) == (None, 5, [None, None])


def test_mark_non_differentiable():
    class Sign(Function):
        @staticmethod
        def forward(ctx, x):
            index = x.argmax()
            ctx.mark_non_differentiable(index)
            return x * 2, index

        @staticmethod
        def backward(ctx, g, _):
            return g * 2

    a = leaf(1.0, 2.0)
    y, index = Sign.apply(a)
    assert y.requires_grad and not index.requires_grad and index.item() == 1
    y.sum().backward()
    assert a.grad.tolist() == [2, 2]


def test_grad_mode_is_off_in_forward_and_off_in_plain_backward():
    modes = []

    class Watch(Function):
        @staticmethod
        def forward(ctx, x):
            modes.append(torch.is_grad_enabled())
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            modes.append(torch.is_grad_enabled())
            return g

    Watch.apply(leaf(1.0)).backward()
    assert modes == [False, False]
    with torch.no_grad():
        assert not Watch.apply(leaf(1.0)).requires_grad


def _used_twice():
    y = Square.apply(leaf(1.0), 1)
    y.backward()
    y.backward()


def _overwritten():
    b = leaf(1.0) * 1
    y = Square.apply(b, 1)
    b.add_(1)
    y.backward()


class Wrong(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        return g, g


class BadShape(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        return torch.ones(5)


class Missing(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1


class NotATensor(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(3)
        return x


@pytest.mark.parametrize(
    ("fails", "kind", "message"),
    [
        (
            _used_twice,
            RuntimeError,
            "Trying to backward through the graph a second time (or directly access saved tensors after "
            "they have already been freed).",
        ),
        (
            _overwritten,
            RuntimeError,
            "one of the variables needed for gradient computation has been modified by an inplace "
            "operation: [torch.FloatTensor [1]], which is output 0 of Add, is at version 1; expected version 0 "
            "instead.",
        ),
        (
            lambda: Wrong.apply(leaf(1.0)).backward(),
            RuntimeError,
            "function WrongBackward returned an incorrect number of gradients (expected 1, got 2)",
        ),
        (
            lambda: BadShape.apply(leaf(1.0, 2.0)).sum().backward(),
            RuntimeError,
            "Function BadShapeBackward returned an invalid "
            "gradient at index 0 - got [5] but expected shape compatible with [2]",
        ),
        (
            lambda: Missing.apply(leaf(1.0)).backward(),
            NotImplementedError,
            "You must implement either the backward or vjp method for "
            "your custom autograd.Function to use it with backward mode AD.",
        ),
        (
            lambda: NotATensor.apply(leaf(1.0)),
            TypeError,
            "save_for_backward can only save variables, but argument 0 is of type int",
        ),
    ],
)
def test_errors(fails, kind, message):
    with pytest.raises(kind) as caught:
        fails()
    assert str(caught.value).startswith(message)


def test_lists_and_numbers_pass_through():
    class Pass(Function):
        @staticmethod
        def forward(ctx, x, options, n=3):
            return x * n + len(options)

        @staticmethod
        def backward(ctx, g):
            return g * 3, None, None

    a = leaf(1.0)
    y = Pass.apply(a, ["x", "y"], 3)
    y.backward()
    assert (y.item(), a.grad.item()) == (5, 3)


def test_returning_an_input_gives_a_new_tensor():
    class Identity(Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 7

    a = leaf(1.0)
    y = Identity.apply(a)
    assert y is not a and y.requires_grad
    y.backward()
    assert a.grad.item() == 7


def test_views_of_inputs():
    class Flip(Function):
        @staticmethod
        def forward(ctx, x):
            return x.view(2, 2)

        @staticmethod
        def backward(ctx, g):
            return g.reshape(4) * 2

    a = leaf(1.0, 2.0, 3.0, 4.0)
    Flip.apply(a).sum().backward()
    assert a.grad.tolist() == [2, 2, 2, 2]


def test_saving_outputs_and_intermediates():
    class Exp(Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y, None)
            return y

        @staticmethod
        def backward(ctx, g):
            y, nothing = ctx.saved_tensors
            assert nothing is None
            return g * y

    a = leaf(0.0)
    y = Exp.apply(a)
    (g,) = torch.autograd.grad(y, a, create_graph=True)
    (g2,) = torch.autograd.grad(g, a)
    assert (y.item(), g.item(), g2.item()) == (1, 1, 1)


def test_gradient_of_a_broadcast_input_is_summed():
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.save_for_backward(x, factor)
            return x * factor

        @staticmethod
        def backward(ctx, g):
            x, factor = ctx.saved_tensors
            return g * factor, g * x

    x = torch.ones(3, 4)
    factor = torch.tensor([[2.0]], requires_grad=True)
    Scale.apply(x, factor).sum().backward()
    assert factor.grad.tolist() == [[12.0]]


def test_setup_context_sees_the_defaults_of_forward():
    class Power(torch.autograd.Function):
        @staticmethod
        def forward(x, y=3):
            return x**y

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, ctx.y = inputs
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx, g):
            return g * ctx.y * ctx.saved_tensors[0] ** (ctx.y - 1), None

    x = torch.tensor(2.0, requires_grad=True)
    assert torch.autograd.grad(Power.apply(x), x)[0].item() == 12.0


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k, y):
        ctx.save_for_forward(x, y)
        ctx.k = k
        return x * y * k

    @staticmethod
    def jvp(ctx, x_moves, k_moves, y_moves):
        assert k_moves is None
        x, y = ctx.saved_tensors
        return ctx.k * (x_moves * y + x * y_moves)


def test_forward_mode_goes_by_jvp():
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor(3.0), torch.tensor(1.0))
        y = Product.apply(x, 2, torch.tensor(4.0))
        assert forward_ad.unpack_dual(y) == (24.0, 8.0) and forward_ad.unpack_dual(y * x) == (72.0, 48.0)
    assert Product.apply(torch.tensor(3.0), 2, torch.tensor(4.0)).item() == 24.0


def test_what_is_not_differentiable_has_no_tangent():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            out = x.clone()
            ctx.mark_non_differentiable(out)
            return out

        @staticmethod
        def jvp(ctx, moves):
            return moves

    with forward_ad.dual_level(), pytest.raises(RuntimeError, match="You should return None at that position instead"):
        Wrong.apply(forward_ad.make_dual(torch.ones(1), torch.ones(1)))


def test_vjp_is_another_name_for_backward():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vjp(ctx, g):
            return g * 2

    class Both(Twice):
        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.ones(1, requires_grad=True)
    assert torch.autograd.grad(Twice.apply(x), x)[0].item() == 2.0
    with pytest.raises(RuntimeError, match="Implementing both 'backward' and 'vjp'"):
        Both.apply(x).backward()


def test_forward_mode_goes_by_jvp_beside_backward_mode():
    class Odd(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x * 0 + 2)
            ctx.save_for_forward(x)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

        @staticmethod
        def jvp(ctx, moves):
            assert ctx.saved_tensors[0].item() in (1.0, 2.0)
            return moves * 3  # wrong, so that it can be told from backward

    x = torch.ones(1, requires_grad=True)
    with forward_ad.dual_level():
        y = Odd.apply(Odd.apply(forward_ad.make_dual(x, torch.ones(1)))) * 5
        assert forward_ad.unpack_dual(y).tangent.item() == 45.0
        assert torch.autograd.grad(y, x)[0].item() == 20.0


def test_the_class_of_a_functions_nodes():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, gradient):
            return gradient * 2

    class Other(Double):
        pass

    x = torch.ones(1, requires_grad=True)
    assert type(Double.apply(x).grad_fn) is Double._backward_cls
    assert type(Other.apply(x).grad_fn) is Other._backward_cls is not Double._backward_cls
