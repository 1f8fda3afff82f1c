"""Schedules give PyTorch's learning rates and momentums, and survive a state dict."""

import json

import pytest

import jaxtorch as torch
from tests.optim import cases

RECORDED = json.loads(cases.RECORDED.read_text())["schedules"]


@pytest.mark.parametrize("name", cases.SCHEDULES)
def test_learning_rates_are_pytorchs(name):
    found = cases.run_schedule(torch, cases.SCHEDULES[name])
    for a, b in zip(found, RECORDED[name], strict=True):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-12)


def _sgd(lr=0.1):
    return torch.optim.SGD([torch.ones(2, requires_grad=True)], lr=lr)


@pytest.mark.filterwarnings("ignore:Detected call of")
def test_state_dict_continues_a_schedule():
    first, second = _sgd(), _sgd()
    a, b = [torch.optim.lr_scheduler.StepLR(o, 2, 0.5) for o in (first, second)]
    for _ in range(3):
        a.step()
    b.load_state_dict(a.state_dict())
    second.load_state_dict(first.state_dict())
    a.step(), b.step()
    assert a.get_last_lr() == b.get_last_lr() == [0.025]
    assert "optimizer" not in a.state_dict()


def test_lambda_state_keeps_only_attributes_of_objects():
    class Decay:
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, epoch):
            return self.rate**epoch

    scheduler = torch.optim.lr_scheduler.LambdaLR(_sgd(), Decay(0.5))
    assert scheduler.state_dict()["lr_lambdas"] == [{"rate": 0.5}]
    other = torch.optim.lr_scheduler.LambdaLR(_sgd(), Decay(0.1))
    other.load_state_dict(scheduler.state_dict())
    assert other.lr_lambdas[0].rate == 0.5


def test_warns_when_the_schedule_steps_first():
    scheduler = torch.optim.lr_scheduler.ExponentialLR(_sgd(), 0.9)
    with pytest.warns(UserWarning, match="Detected call of `lr_scheduler.step\\(\\)` before `optimizer.step\\(\\)`"):
        scheduler.step()


def test_a_tensor_learning_rate_stays_that_tensor():
    lr = torch.tensor(0.1)
    optimizer = _sgd(lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == pytest.approx(0.05)


def test_errors():
    schedulers = torch.optim.lr_scheduler
    with pytest.raises(TypeError, match="int is not an Optimizer"):
        schedulers.StepLR(3, 3)
    with pytest.raises(KeyError, match="param 'initial_lr' is not specified in param_groups\\[0\\]"):
        schedulers.StepLR(_sgd(), 3, last_epoch=4)
    with pytest.raises(ValueError, match="Expected 1 lr_lambdas, but got 2"):
        schedulers.LambdaLR(_sgd(), [lambda e: 1.0, lambda e: 1.0])
    with pytest.raises(ValueError, match="does not support `ReduceLROnPlateau`"):
        schedulers.ChainedScheduler([schedulers.ReduceLROnPlateau(_sgd())])
