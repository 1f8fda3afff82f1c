"""In-place operations and autograd: rebased histories, what is forbidden, what was saved and then overwritten."""

import pytest

import jaxtorch as torch


def leaf(*values):
    return torch.tensor(values, requires_grad=True)


def ones(n):
    return torch.ones(n)


def grad_of(build, a):
    build(a).sum().backward()
    return a.grad.tolist()


def _assign(a):
    b = torch.zeros(2, 3)
    b[0] = a * 3
    return b


def _view_then_write(a):
    b = a * 2
    b[1:].mul_(a[:2])
    return b


def _write_through_two_views(a):
    b = a.clone()
    b.view(3, 1)[1:].view(2).mul_(torch.tensor([5.0, 7.0]))
    return b


def _write_base_read_view(a):
    b = a.clone()
    v = b[1:]
    b.mul_(4)
    return v


def _copy_into_slice(a):
    b = torch.ones(3)
    b[:2].copy_(a[1:])
    return b * b


def _masked(a):
    b = a * 2
    b[a > 1.5] = 0
    return b


def _indexed(a):
    b = a.clone()
    b[torch.tensor([2, 0])] = a[:2] * 3
    return b


def _augmented(a):
    b = a * 1
    b[0] += a[2]
    b[1:] *= 2
    return b


def _fill(a):
    b = a * 2
    b.zero_()
    return b + a


def _setitem_number(a):
    b = a * 2
    b[1] = 5
    return b


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda a: (a * 2).mul_(3), [6, 6, 6]),
        (lambda a: (a * 2).add_(a), [3, 3, 3]),
        (_assign, [3, 3, 3]),
        (_view_then_write, [6, 8, 4]),
        (_write_through_two_views, [1, 5, 7]),
        (_write_base_read_view, [0, 4, 4]),
        (_copy_into_slice, [0, 4, 6]),
        (_masked, [2, 0, 0]),
        (_indexed, [3, 4, 0]),
        (_augmented, [1, 2, 3]),
        (_fill, [1, 1, 1]),
        (_setitem_number, [2, 0, 2]),
    ],
)
def test_gradients(build, expected):
    assert grad_of(build, leaf(1.0, 2.0, 3.0)) == expected


def test_names_of_rebased_nodes():
    b = leaf(1.0, 2.0, 3.0) * 2
    v = b[1:]
    w = b[:1]
    v.mul_(3)
    assert [type(t.grad_fn).__name__ for t in (b, v, w)] == ["CopySlices", "AsStridedBackward0", "AsStridedBackward0"]


def _leaf_write():
    leaf(1.0).add_(1)


def _leaf_view_write():
    leaf(1.0, 2.0)[0].add_(1)


def _leaf_setitem():
    leaf(1.0, 2.0)[0] = 1


def _expanded():
    leaf(1.0).expand(3).add_(1)


def _saved(overwrite, build=lambda a: (b := a * 2, b * b)):
    b, c = build(leaf(1.0, 2.0, 3.0))
    overwrite(b)
    c.backward(ones(3))


def _saved_result():
    b = (leaf(1.0, 2.0, 3.0) * 2).exp()
    b.add_(1)
    b.backward(ones(3))


def _no_grad_view():
    a = leaf(1.0, 2.0) * 2
    with torch.no_grad():
        v = a[0]
    v.mul_(2)


def _unbind_write():
    (leaf(1.0, 2.0) * 2).unbind()[0].mul_(2)


def _split_part():
    (leaf(1.0, 2.0) * 2).chunk(2)[1].zero_()


def _split_write():
    (leaf(1.0, 2.0) * 2).split(1)[0].mul_(2)


MODIFIED = (
    "one of the variables needed for gradient computation has been modified by an inplace operation: "
    "[torch.FloatTensor [3]], which is output 0 of {}, is at version 1; expected version 0 instead."
)


@pytest.mark.parametrize(
    ("fails", "message"),
    [
        (_leaf_write, "a leaf Variable that requires grad is being used in an in-place operation."),
        (_leaf_view_write, "a view of a leaf Variable that requires grad is being used in an in-place operation."),
        (_leaf_setitem, "a view of a leaf Variable that requires grad is being used in an in-place operation."),
        (_expanded, "a view of a leaf Variable that requires grad is being used in an in-place operation."),
        (_split_part, "Output 1 of Split is a view and is being modified inplace."),
        (lambda: _saved(lambda b: b.add_(1)), MODIFIED.format("Add")),
        (lambda: _saved(lambda b: b.mul_(1)), MODIFIED.format("Mul")),
        (lambda: _saved(lambda b: b[0].zero_()), MODIFIED.format("torch::autograd::CopySlices")),
        (lambda: _saved(lambda b: b.detach().zero_()), MODIFIED.format("Mul")),
        (_saved_result, MODIFIED.format("Exp")),
        (_no_grad_view, "A view was created in no_grad mode and is being modified inplace with grad mode enabled."),
        (_unbind_write, "Output 0 of Unbind is a view and is being modified inplace."),
        (_split_write, "Output 0 of Split is a view and is being modified inplace."),
    ],
)
def test_forbidden(fails, message):
    with pytest.raises(RuntimeError) as caught:
        fails()
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "overwrite",
    [
        lambda b: b.data.zero_(),  # data has a counter of its own
        lambda b: b.clone().zero_(),
    ],
)
def test_allowed(overwrite):
    _saved(overwrite)


@pytest.mark.parametrize(
    "build",
    [
        lambda a: (b := a * 2, b + 1),  # saves nothing
        lambda a: (b := a * 2, b.sum().expand(3)),
        lambda a: (b := a * 2, b * 3.0),
        lambda a: (b := a * 2, torch.relu(b)),
        lambda a: (b := a * 2, b.exp()),
    ],
)
def test_what_saves_nothing_of_its_input_may_be_overwritten(build):
    _saved(lambda b: b.add_(1), build)


def test_no_grad_write_on_a_leaf():
    a = leaf(1.0, 2.0)
    with torch.no_grad():
        a.add_(5)
        a[0] = 7
        a -= 1
    assert (a.tolist(), a._version, a.is_leaf, a.requires_grad, a.grad_fn) == ([6, 6], 3, True, True, None)
    (a * a).sum().backward()
    assert a.grad.tolist() == [12, 12]


def test_a_view_without_grad_mode_is_a_leaf_that_requires_grad():
    a = leaf(1.0, 2.0)
    with torch.no_grad():
        v = a[0]
        v.mul_(5)
    assert (v.requires_grad, a.tolist()) == (True, [5, 2])
    with torch.no_grad():
        v = a[0]
    assert (v.requires_grad, v.is_leaf, v.grad_fn) == (True, True, None)


def test_a_write_makes_a_constant_require_grad():
    b = torch.zeros(3)
    v = b[1:]
    b[0] = leaf(2.0)[0] * 2
    assert b.requires_grad and v.requires_grad and not b.is_leaf


def test_requires_grad_switches():
    a = leaf(1.0)
    b = a * 2
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables."):
        b.requires_grad_(False)
    with pytest.raises(RuntimeError, match="only Tensors of floating point dtype can require gradients"):
        torch.arange(3).requires_grad_()
    assert b.detach_().is_leaf and not b.requires_grad
    assert not a.requires_grad_(False).requires_grad


def test_backward_twice_over_a_rebased_history():
    a = leaf(1.0, 2.0)
    b = a.clone()
    b[0] *= 3
    (b * b).sum().backward(retain_graph=True)
    first = a.grad.clone()
    (b * b).sum().backward()
    assert a.grad.tolist() == (first * 2).tolist() == [36, 8]


def test_a_saved_tensor_without_history_that_was_written_to():
    a, saved = torch.ones(2, requires_grad=True), torch.ones(2)
    out = (a * saved).sum()
    saved.add_(1)
    with pytest.raises(RuntimeError, match=r"inplace operation: \[torch.FloatTensor \[2\]\] is at version 1; expected"):
        out.backward()


def test_the_gradient_that_is_retained_is_that_of_the_tensor_as_it_is_now():
    x = torch.ones(1, requires_grad=True).clone()
    x.retain_grad()
    view = x[:]
    view *= 2
    x *= 2
    x.sum().backward()
    assert x.grad.tolist() == [1.0]
    base = torch.ones(1, requires_grad=True).clone()
    first, second = base[:], base[:]
    first.retain_grad()
    second.retain_grad()
    first.mul_(2)
    (first + second).sum().backward()
    assert first.grad.tolist() == second.grad.tolist() == [1.0]


def test_zeros_in_place_of_a_gradient_can_be_differentiated():
    x = torch.ones(1, requires_grad=True)
    (zeros,) = torch.autograd.grad(
        (x * 2).sum(), torch.ones(1, requires_grad=True), None, None, True, materialize_grads=True
    )
    assert zeros.requires_grad and zeros.tolist() == [0.0]


def test_a_view_of_what_has_come_to_require_grad():
    x = torch.zeros(2)
    view = x[:1]
    x.requires_grad = True
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        view.add_(1)
    with torch.no_grad():
        view.add_(1)
    assert x.tolist() == [1.0, 0.0]


def test_a_leaf_is_copied_as_a_whole():
    a, b = leaf(1.0, 2.0, 3.0), torch.zeros(3)
    assert b.copy_(a).grad_fn.name() == "CopyBackwards"
    b.mul_(2).sum().backward()
    assert a.grad.tolist() == [2, 2, 2]
    window = torch.zeros(4).detach()[1:]
    window.copy_(a)
    window.sum().backward()
    assert a.grad.tolist() == [3, 3, 3]
