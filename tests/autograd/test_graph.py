"""`torch.autograd.graph`."""

import pytest

import jaxtorch as torch
from jaxtorch.autograd import graph


def test_hook_over_several_tensors():
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    seen = []
    handle = graph.register_multi_grad_hook([a, b], lambda grads: seen.append([g.tolist() for g in grads]))
    (a * 2 + b * 3).sum().backward()
    handle.remove()
    (a * b).sum().backward()
    assert seen == [[[2.0, 2.0], [3.0, 3.0]]]


def test_edges():
    x = torch.ones(2, requires_grad=True)
    parts = (x * 2).unbind()
    edge = graph.get_gradient_edge(parts[1])
    assert type(edge.node).__name__ == type(parts[1].grad_fn).__name__
    with pytest.raises(RuntimeError, match="does not require gradients"):
        graph.get_gradient_edge(torch.ones(1))


def test_saving_on_the_cpu_changes_nothing():
    x = torch.ones(2, requires_grad=True)
    with graph.save_on_cpu():
        (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_versions_count_changes_made_outside():
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    z = y * y
    graph.increment_version(y)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()
