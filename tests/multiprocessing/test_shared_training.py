"""Optimisers on parameters in shared memory, which are written at once."""

import pytest

import jaxtorch as torch
from jaxtorch import nn


@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.Adam])
def test_a_step_on_shared_parameters_is_the_step_on_others(make):
    def trained(shared):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
        if shared:
            model.share_memory()
        optimizer = make(model.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            model(torch.ones(2, 4)).pow(2).sum().backward()
            optimizer.step()
        return [p.detach().clone() for p in model.parameters()]

    for a, b in zip(trained(True), trained(False), strict=True):
        torch.testing.assert_close(a, b)
