"""`torch.autograd.graph`."""

import threading

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


def test_what_was_saved_may_change_where_that_is_allowed():
    x = torch.tensor([3.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = x.clone()
        out = (y**2).sum()
        y[:1].zero_()
        out.backward()
        with pytest.raises(RuntimeError, match="cannot be nested"):
            with torch.autograd.graph.allow_mutation_on_saved_tensors():
                pass
    assert x.grad.tolist() == [6.0]
    y = x.clone()
    out = (y**2).sum()
    y.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.backward()


def test_hooks_on_saved_tensors_cannot_be_disabled_where_they_are_in_use():
    enabled = torch._C._autograd._saved_tensors_hooks_is_enabled
    with torch.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x):
        with pytest.raises(RuntimeError, match="told"):
            with torch.autograd.graph.disable_saved_tensors_hooks("told"):
                pass
    with torch.autograd.graph.disable_saved_tensors_hooks("told"):
        assert not enabled()
    assert enabled()


def test_saved_tensors_are_made_by_nodes():
    with pytest.raises(RuntimeError, match="Trying to create a SavedTensor object from Python is forbidden"):
        torch.autograd.SavedTensor()


def test_multithreading_is_a_flag():
    enabled = torch.autograd.is_multithreading_enabled
    with torch.autograd.set_multithreading_enabled(False):
        assert not enabled()
        torch.autograd.set_multithreading_enabled(True)
        assert enabled()
    assert enabled()


def test_a_pass_of_another_thread_does_not_count():
    from_thread = []

    def look(gradient):
        thread = threading.Thread(target=lambda: from_thread.append(torch._C._current_graph_task_id()))
        thread.start()
        thread.join()
        assert torch._C._current_graph_task_id() >= 0

    x = torch.ones(1, requires_grad=True)
    x.register_hook(look)
    x.backward()
    assert from_thread == [-1]
