"""Anomaly detection tells the forward call whose backward failed."""

import warnings

import pytest

import jaxtorch as torch


def fails():
    return torch.sqrt(torch.zeros(2, requires_grad=True)) * 0  # the failing line


def messages(call, error):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        with pytest.raises(RuntimeError, match=error):
            call()
    return [str(w.message) for w in found]


def test_the_forward_call_is_told():
    def run():
        with torch.autograd.detect_anomaly():
            fails().sum().backward()

    enabled, told = messages(run, "Function 'SqrtBackward0' returned nan values in its 0th output")
    assert enabled.startswith("Anomaly Detection has been enabled")
    assert told.startswith("Error detected in SqrtBackward0. Traceback of forward call that caused the error:")
    assert told.rstrip().endswith("# the failing line")


def test_without_forward_information():
    y = fails().sum()

    def run():
        with torch.autograd.set_detect_anomaly(True):
            y.backward()

    (told,) = messages(run, "returned nan")
    assert "No forward pass information available" in told


def test_what_was_changed_in_place_is_told():
    def run():
        with torch.autograd.set_detect_anomaly(True, check_nan=False):
            x = torch.ones(2, requires_grad=True)
            y = x.exp()  # saved
            y.add_(1)
            y.sum().backward()

    (told,) = messages(run, "modified by an inplace operation")
    assert told.rstrip().endswith("# saved")


def test_nan_may_be_let_pass():
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        x = torch.zeros(1, requires_grad=True)
        (torch.sqrt(x) * 0).sum().backward()
    assert x.grad.isnan().all()
    assert not torch.is_anomaly_enabled()
