"""`torch.autograd.graph`: edges, versions, hooks over several tensors."""

import pytest

import jaxtorch as torch
from jaxtorch.autograd import graph


def test_edges_stand_for_tensors():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    edge = graph.get_gradient_edge(y)
    assert edge.node is y.grad_fn and edge.output_nr == 0 and isinstance(edge.node, graph.Node)
    (gradient,) = torch.autograd.grad(y.exp().sum(), edge)
    torch.testing.assert_close(gradient, y.detach().exp())
    with pytest.raises(RuntimeError, match="It is not possible to get the gradient edge"):
        graph.get_gradient_edge(torch.ones(1))


def test_hooks_over_several_tensors():
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    seen = []
    handle = graph.register_multi_grad_hook(
        (a, b), lambda grads: seen.append([None if g is None else g.tolist() for g in grads])
    )
    any_handle = graph.register_multi_grad_hook((a, b), lambda grad: seen.append("any"), mode="any")
    (a * 2 + b * 3).sum().backward()
    assert sorted(seen, key=str) == [[[2, 2], [3, 3]], "any"]
    (a * 2).sum().backward()  # not all of them
    torch.autograd.grad((a * 4 + b).sum(), b)
    assert sorted(seen[2:], key=str) == [[None, [1, 1]], [[2, 2], None], "any", "any"]
    handle.remove()
    any_handle.remove()
    (a * b).sum().backward()
    assert len(seen) == 6


def test_versions_and_contexts():
    x = torch.ones(1)
    graph.increment_version(x)
    assert x._version == 1
    with graph.disable_saved_tensors_hooks("not here"), pytest.raises(RuntimeError, match="not here"):
        graph.saved_tensors_hooks(id, id).__enter__()
    with graph.save_on_cpu():
        y = torch.ones(1, requires_grad=True) * 2
    assert y.requires_grad


def test_hooks_on_what_accumulates_gradients():
    x, seen = torch.tensor(1.0, requires_grad=True), []
    accumulator = x.clone().grad_fn.next_functions[0][0]
    handle = accumulator.register_hook(lambda inputs, outputs: seen.append((inputs, outputs[0].item(), x.grad.item())))
    accumulator.register_prehook(lambda outputs: seen.append(outputs[0].item()))
    x.register_hook(lambda g: 2 * g)
    x.clone().backward()
    assert seen == [2.0, ((), 2.0, 2.0)]
    handle.remove()
    x.clone().backward()
    assert seen[2:] == [2.0]


def test_hooks_of_accumulators_come_last_and_not_where_nothing_is_accumulated():
    x, seen = torch.tensor(1.0, requires_grad=True), []
    accumulator = x.view_as(x).grad_fn.next_functions[0][0]
    accumulator.register_hook(lambda *_: seen.append("after"))
    accumulator.register_prehook(lambda _: seen.append("before"))
    x.register_post_accumulate_grad_hook(lambda _: seen.append("accumulated"))
    x.register_hook(lambda _: seen.append("tensor"))
    x.clone().backward()
    assert seen == ["tensor", "before", "accumulated", "after"]
    torch.autograd.grad(x.clone(), x)
    assert seen[4:] == ["tensor"]


def test_edges_stand_for_outputs():
    x = torch.ones(2, requires_grad=True)
    edge = graph.get_gradient_edge((x * 2).sum())
    assert torch.autograd.grad(edge, x)[0].tolist() == [2, 2]
    edge = graph.get_gradient_edge(x * 2)
    torch.autograd.backward(edge, torch.tensor([1.0, 2.0]))
    assert x.grad.tolist() == [2, 4]
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        torch.autograd.grad(graph.get_gradient_edge(x * 2), x)


def test_inputs_of_backward_may_be_no_leaves_and_edges():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    (y * y).sum().backward(inputs=[x, y], retain_graph=True)
    assert (x.grad.tolist(), y.grad.tolist()) == ([8.0, 8.0], [4.0, 4.0])
    torch.autograd.backward((y * y).sum(), inputs=(graph.get_gradient_edge(y), x))
    assert x.grad.tolist() == [16.0, 16.0]


def test_callbacks_run_when_the_pass_has_ended():
    engine, seen = torch.autograd.Variable._execution_engine, []

    def hook(g):
        engine.queue_callback(lambda: seen.append(x.grad is not None))

    x = torch.ones(1, requires_grad=True)
    y = x * 2
    y.register_hook(hook)
    y.sum().backward()
    assert seen == [True]
    with pytest.raises(RuntimeError, match="Final callbacks can only be installed during backward pass"):
        engine.queue_callback(print)


@pytest.mark.parametrize("between", [torch.nn.Identity(), torch.nn.Tanh(), torch.nn.LayerNorm(4)])
def test_what_a_gradient_does_not_depend_on_is_no_part_of_its_history(between):
    first, last = torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)
    x = torch.ones(2, 3, requires_grad=True)
    (g,) = torch.autograd.grad(last(between(first(x))).sum(), x, create_graph=True)
    g.pow(2).sum().backward()
    assert first.weight.grad is not None and last.weight.grad is not None and last.bias.grad is None
    assert getattr(between, "bias", x).grad is (None if type(between) is not torch.nn.Tanh else x.grad)
    assert (first.bias.grad is None) == (type(between) is torch.nn.Identity)


def test_decorating_a_class_with_a_grad_mode_warns():
    with pytest.warns(FutureWarning, match="Decorating classes is deprecated"):

        @torch.no_grad()
        class Made:
            def __init__(self):
                self.grad = torch.is_grad_enabled()

    assert Made().grad is False
