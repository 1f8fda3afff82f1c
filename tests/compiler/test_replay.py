"""What a replayed call costs, in counts: Python that runs does not grow with the model."""

import sys

import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch._base.batching import batching
from jaxtorch._base.native import hot
from tests.compiler.comparing import CALLS

needs_native = pytest.mark.skipif(hot is None, reason="built without a C compiler")


def _enter(names, frame, event):
    if event == "call" and frame.f_code.co_name != "<lambda>":
        names.append(frame.f_code.co_name)


def entered(function):
    """The Python functions that a call enters, but for the hash of tensors that are keys."""
    names: list[str] = []
    sys.setprofile(lambda frame, event, _: _enter(names, frame, event))
    try:
        function()
    finally:
        sys.setprofile(None)
    return names


def network(layers):
    return nn.Sequential(*[layer for _ in range(layers) for layer in (nn.Linear(4, 4), nn.ReLU())])


@needs_native
def test_a_replay_runs_as_much_python_whatever_the_depth():
    x = torch.randn(2, 4)
    found = []
    for layers in (1, 12):
        model = torch.compile(network(layers))
        for _ in range(CALLS):
            model(x)
        found.append(entered(lambda model=model: model(x)))
    assert found[0] == found[1]
    assert len(found[0]) < 20


@needs_native
def test_the_node_of_a_replayed_call_is_walked_in_c():
    if hot.attention(0) or batching.used:
        pytest.skip("another test has switched on for good what only the twins in Python know")
    model = torch.compile(network(3))
    x = torch.randn(2, 4)
    for _ in range(CALLS):
        model(x).sum().backward()
    loss = model(x).sum()
    names = entered(loss.backward)
    assert "_visit" not in names
    assert "pull" not in names


@needs_native
def test_a_whole_step_runs_as_much_python_whatever_the_depth():
    x = torch.randn(2, 4)
    found = []
    for layers in (1, 12):
        model = network(layers)
        optimizer = torch.optim.Adam(model.parameters())

        @torch.compile
        def step(model=model, optimizer=optimizer):
            optimizer.zero_grad()
            loss = model(x).square().mean()
            loss.backward()
            optimizer.step()
            return loss

        for _ in range(CALLS):
            step()
        torch.engine.flush()
        found.append(entered(step))
    assert found[0] == found[1]
    assert len(found[0]) < 25
