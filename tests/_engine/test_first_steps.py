"""How often training steps compile: first steps and rare ones run on the host. Counts, not times."""

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch._autograd.variable import value_of
from jaxtorch._engine import segments
from jaxtorch._engine.stats import stats


def _trainer(channels):
    """A step of a convolutional network, too large to stay on the host for its first four times."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, channels, 3), nn.ReLU(), nn.Flatten(), nn.Linear(channels * 36, 5))
    optimizer = torch.optim.Adam(model.parameters())

    def step(batch):
        optimizer.zero_grad()
        loss = model(torch.ones(batch, 3, 8, 8)).square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return model, step


def _counted(function):
    programs, host = stats.programs, stats.host_batches
    function()
    return stats.programs - programs, stats.host_batches - host


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(segments._progress, "training_steps", 0)


def test_each_kind_of_step_runs_on_the_host_once_and_one_is_compiled():
    _, step = _trainer(40)
    assert _counted(lambda: step(96)) == (0, 1)  # makes the optimiser's state
    assert _counted(lambda: step(96)) == (0, 1)  # the first of those that follow
    assert _counted(lambda: [step(96) for _ in range(3)]) == (1, 0)


def test_a_step_that_comes_up_after_many_others_stays_on_the_host_for_a_while():
    _, step = _trainer(41)
    for _ in range(segments._SETTLED):
        step(96)
    assert _counted(lambda: [step(80) for _ in range(3)]) == (0, 3)


def test_who_else_holds_a_numpy_leaf_compiles_no_second_program():
    model, step = _trainer(42)
    for _ in range(2):
        step(96)  # on the host, which leaves NumPy arrays; JAX holds on for a while to those it is given
    held = [value_of(p).data for p in model.parameters()]
    assert all(type(x) is np.ndarray for x in held)
    before = [x.copy() for x in held]
    assert _counted(lambda: [step(96) for _ in range(4)])[0] == 1
    assert all((x == y).all() for x, y in zip(held, before, strict=True))
