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
    handle = graph.register_multi_grad_hook((a, b), lambda grads: seen.append([g.tolist() for g in grads]))
    any_handle = graph.register_multi_grad_hook((a, b), lambda grad: seen.append("any"), mode="any")
    (a * 2 + b * 3).sum().backward()
    (a * 2).sum().backward()  # not all of them
    assert seen == ["any", [[2, 2], [3, 3]], "any"] or seen == [[[2, 2], [3, 3]], "any", "any"]
    handle.remove()
    any_handle.remove()
    (a * b).sum().backward()
    assert len(seen) == 3


def test_versions_and_contexts():
    x = torch.ones(1)
    graph.increment_version(x)
    assert x._version == 1
    with graph.disable_saved_tensors_hooks("not here"), pytest.raises(RuntimeError, match="not here"):
        graph.saved_tensors_hooks(id, id).__enter__()
    with graph.save_on_cpu():
        y = torch.ones(1, requires_grad=True) * 2
    assert y.requires_grad
