"""`backward`, `autograd.grad`, hooks, grad modes: as PyTorch has them, errors included."""

import pytest

import jaxtorch as torch


def leaf(*values):
    return torch.tensor(values, requires_grad=True)


def ones(n):
    return torch.ones(n)


# ----- backward -----


def test_accumulates():
    a = leaf(1.0, 2.0)
    for _ in range(3):
        (a * a).sum().backward()
    assert a.grad.tolist() == [6, 12]
    a.grad = None
    (a * 2).backward(ones(2))
    assert a.grad.tolist() == [2, 2]


def test_given_gradients_are_summed_where_paths_meet():
    a = leaf(1.0, 2.0)
    b = a * 2
    torch.autograd.backward([b, b * b], [torch.tensor([1.0, 10.0]), ones(2)])
    assert a.grad.tolist() == [2 + 8, 20 + 16]


def test_inputs_option_touches_nothing_else():
    a, b = leaf(1.0), leaf(2.0)
    (a * b).sum().backward(inputs=[a])
    assert a.grad.tolist() == [2] and b.grad is None


def _twice():
    a = leaf(1.0, 2.0)
    y = (a * a).sum()
    y.backward()
    y.backward()


@pytest.mark.parametrize(
    ("fails", "kind", "message"),
    [
        (
            _twice,
            RuntimeError,
            "Trying to backward through the graph a second time (or directly access saved tensors after they "
            "have already been freed).",
        ),
        (lambda: leaf(1.0, 2.0).backward(), RuntimeError, "grad can be implicitly created only for scalar outputs"),
        (
            lambda: torch.ones(1).backward(),
            RuntimeError,
            "element 0 of tensors does not require grad and does not have a grad_fn",
        ),
        (
            lambda: (leaf(1.0, 2.0) * 2).backward(ones(3)),
            RuntimeError,
            "Mismatch in shape: grad_output[0] has a shape of "
            "torch.Size([3]) and output[0] has a shape of torch.Size([2]).",
        ),
        (
            lambda: torch.autograd.grad(leaf(1.0).sum(), leaf(2.0)),
            RuntimeError,
            "The differentiated Tensor at index 0 appears to not have been used in the graph.",
        ),
        (
            lambda: torch.autograd.grad(leaf(1.0).sum(), ones(1)),
            RuntimeError,
            "One of the differentiated Tensors does not require grad",
        ),
        (lambda: leaf(1.0, 2.0).numpy(), RuntimeError, "Can't call numpy() on Tensor that requires grad."),
        (
            lambda: setattr(leaf(1.0), "grad", ones(2)),
            RuntimeError,
            "attempting to assign a gradient of size '[2]' to a tensor of size '[1]'.",
        ),
        (
            lambda: setattr(leaf(1.0), "grad", 3),
            TypeError,
            "assigned grad expected to be a Tensor or None but got grad of type",
        ),
    ],
)
def test_errors(fails, kind, message):
    with pytest.raises(kind) as caught:
        fails()
    assert str(caught.value).startswith(message)


def test_retained_graph():
    a = leaf(1.0, 2.0)
    y = (a**2).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert a.grad.tolist() == [4, 8]


def test_linear_graphs_need_no_retaining():
    a = leaf(1.0)
    y = a + a
    y.backward()
    y.backward()
    assert a.grad.tolist() == [4]


def test_deep_graph():
    a = leaf(1.0)
    y = a
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert (a.grad.tolist(), y.item()) == ([1], 100_001)
    del y  # taking the graph down must not recurse


# ----- autograd.grad -----


def test_grad_options():
    a, b = leaf(1.0, 2.0), leaf(3.0)
    y = (a**3).sum()
    assert torch.autograd.grad(y, [a, b], allow_unused=True, retain_graph=True)[1] is None
    assert torch.autograd.grad(y, [a, b], materialize_grads=True, retain_graph=True)[1].tolist() == [0]
    (first,) = torch.autograd.grad(y, a, create_graph=True)
    (second,) = torch.autograd.grad(first, a, ones(2), create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), a)
    assert (first.tolist(), second.tolist(), third.tolist()) == ([3, 12], [6, 12], [6, 6])
    assert a.grad is None and first.requires_grad and not third.requires_grad


def test_grad_of_intermediates():
    a = leaf(2.0)
    b = a * 3
    c = b * b
    assert torch.autograd.grad(c, b, retain_graph=True)[0].tolist() == [12]
    assert [g.tolist() for g in torch.autograd.grad(c, [a, b])] == [[36], [12]]


def test_batched_grads():
    a = leaf(1.0, 2.0)
    (got,) = torch.autograd.grad(a * a, a, torch.eye(2), is_grads_batched=True)
    assert got.tolist() == [[2, 0], [0, 4]]


def test_create_graph_in_backward():
    a = leaf(2.0)
    (a**3).sum().backward(create_graph=True)
    penalty = (a.grad**2).sum()
    assert a.grad.requires_grad
    (g,) = torch.autograd.grad(penalty, a)
    assert g.tolist() == [2 * 12 * 12]


def test_gradients_of_views_and_complex():
    a = leaf(1.0, 2.0, 3.0, 4.0)
    (a.view(2, 2).t()[0] * 3).sum().backward()
    assert a.grad.tolist() == [3, 0, 3, 0]
    z = torch.tensor([1 + 2j], requires_grad=True)
    (z * z.conj()).real.sum().backward()
    assert z.grad.tolist() == [2 + 4j]


# ----- Hooks -----


def test_tensor_hooks():
    a = leaf(1.0, 2.0)
    seen = []
    b = a * 2
    b.register_hook(lambda g: seen.append(g.tolist()))
    b.register_hook(lambda g: g * 10)
    handle = a.register_hook(lambda g: g + 1)
    b.backward(ones(2))
    assert (a.grad.tolist(), seen) == ([21, 21], [[1, 1]])
    handle.remove()
    (a * 2).backward(ones(2))
    assert a.grad.tolist() == [23, 23]


def test_hooks_must_give_a_gradient_of_the_same_size():
    a = leaf(1.0, 2.0)
    handle = a.register_hook(lambda g: "a")
    with pytest.raises(TypeError, match="expected Variable, but hook returned 'str'"):
        (a * 2).sum().backward()
    handle.remove()
    a.register_hook(lambda g: ones(3))
    with pytest.raises(RuntimeError, match="hook '<lambda>' has changed the size of value"):
        (a * 2).sum().backward()


def test_data_keeps_what_gradients_need():
    a = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="data set to a tensor that requires gradients must be floating point"):
        a.data = torch.ones(2, dtype=torch.int32)


def test_post_accumulate_hook():
    a = leaf(1.0)
    seen = []
    a.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()))
    (a * 3).backward()
    assert seen == [[3]]
    with pytest.raises(RuntimeError, match="post accumulate grad hooks cannot be registered on non-leaf tensors"):
        (a * 2).register_post_accumulate_grad_hook(lambda p: None)
    a.register_post_accumulate_grad_hook(lambda p: p)
    with pytest.raises(RuntimeError, match="Tensor post accumulate grad hooks should return None"):
        (a * 3).backward()


def test_node_hooks_and_graph():
    a = leaf(1.0, 2.0)
    b = a * 2
    seen = []
    b.grad_fn.register_hook(lambda grads_in, grads_out: seen.append((grads_in[0].tolist(), grads_out[0].tolist())))
    b.backward(ones(2))
    assert seen == [([2, 2], [1, 1])]
    c = (a * 2).exp()
    assert type(c.grad_fn).__name__ == "ExpBackward0"
    ((mul, _),) = c.grad_fn.next_functions
    assert mul.name() == "MulBackward0"
    accumulate = mul.next_functions[0][0]
    assert type(accumulate).__name__ == "AccumulateGrad" and accumulate.variable is a


def test_retain_grad():
    a = leaf(1.0, 2.0)
    b = a * 2
    b.retain_grad()
    assert b.retains_grad and not a.retains_grad
    (b * b).backward(ones(2))
    assert (b.grad.tolist(), a.grad.tolist()) == ([4, 8], [8, 16])
    with pytest.raises(RuntimeError, match="can't retain_grad on Tensor that has requires_grad=False"):
        ones(2).retain_grad()


def test_grad_of_non_leaf_warns():
    with pytest.warns(UserWarning, match="The .grad attribute of a Tensor that is not a leaf Tensor is being accessed"):
        assert (leaf(1.0) * 2).grad is None


# ----- Grad modes -----


def test_grad_mode_in_every_form():
    a = leaf(1.0)

    @torch.no_grad()
    def decorated():
        return (a * 2).requires_grad

    @torch.no_grad
    def bare():
        return (a * 2).requires_grad

    @torch.enable_grad()
    def enabled():
        return (a * 2).requires_grad

    @torch.no_grad()
    def generator():
        got = yield (a * 2).requires_grad
        yield got, (a * 2).requires_grad

    assert (decorated(), bare(), torch.is_grad_enabled()) == (False, False, True)
    with torch.no_grad():
        assert not torch.is_grad_enabled() and enabled() and not (a * 2).requires_grad
        with torch.enable_grad():
            assert (a * 2).requires_grad
        with torch.set_grad_enabled(True):
            assert (a * 2).requires_grad
    each = generator()
    assert next(each) is False and (a * 2).requires_grad and each.send(5) == (5, False)
    torch.set_grad_enabled(False)
    assert not (a * 2).requires_grad
    torch.set_grad_enabled(True)
    with torch.inference_mode():
        b = a * 2
        assert torch.is_inference_mode_enabled() and not b.requires_grad
    with pytest.raises(ZeroDivisionError), torch.no_grad():
        raise ZeroDivisionError
    assert torch.is_grad_enabled()


def test_detach_and_leaves():
    a = leaf(1.0, 2.0)
    b = a * 2
    assert (a.is_leaf, b.is_leaf, b.detach().is_leaf, b.detach().requires_grad) == (True, False, True, False)
    assert a.data.requires_grad is False and torch.ones(1).is_leaf
    b.detach()[0] = 50
    assert b.tolist() == [50, 4]
