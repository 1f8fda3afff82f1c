"""AveragedModel, SWALR and update_bn."""

import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch.optim import swa_utils


def _fill(model, value):
    with torch.no_grad():
        for p in model.parameters():
            p.fill_(value)


def _value(model):
    return next(model.parameters()).flatten()[0].item()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 2.0),
        ({"avg_fn": swa_utils.get_swa_avg_fn()}, 2.0),
        ({"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}, 2.0),
        ({"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.9)}, 1 + 0.1 + 0.19),
        ({"avg_fn": swa_utils.get_ema_avg_fn(0.9)}, 1 + 0.1 + 0.19),
    ],
    ids=["plain", "swa", "multi swa", "multi ema", "ema"],
)
def test_averages(options, expected):
    model = nn.Linear(2, 2)
    averaged = swa_utils.AveragedModel(model, **options)
    for value in (1.0, 2.0, 3.0):
        _fill(model, value)
        averaged.update_parameters(model)
    assert _value(averaged) == pytest.approx(expected, rel=1e-6)
    assert averaged.n_averaged.item() == 3
    assert "n_averaged" in averaged.state_dict()


def test_update_bn_computes_statistics_anew():
    model = nn.BatchNorm1d(1)
    batches = [torch.tensor([[0.0], [2.0]]), torch.tensor([[4.0], [6.0]])]
    model.eval()
    swa_utils.update_bn(batches, model)
    assert model.running_mean.item() == pytest.approx(3.0) and not model.training and model.momentum == 0.1


def test_swalr_anneals():
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = swa_utils.SWALR(optimizer, 0.5, anneal_epochs=2, anneal_strategy="linear")
    rates = []
    for _ in range(4):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    assert rates == pytest.approx([1.0, 0.75, 0.5, 0.5])
