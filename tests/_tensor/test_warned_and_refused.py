"""Warnings and refusals of PyTorch's that programs of other libraries look for."""

import math

import pytest

import jaxtorch as torch
from jaxtorch._base import once


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: torch.meshgrid(torch.ones(1), torch.ones(1)), "torch.meshgrid: in an upcoming release"),
        (lambda: torch.stft(torch.ones(11), 5, return_complex=True), "A window was not provided"),
        (lambda: torch.istft(torch.ones(3, 7) + 0j, 4), "Please provide the same window used by stft"),
    ],
)
def test_warned_once(call, message, monkeypatch):
    monkeypatch.setattr(once, "_given", set())
    with pytest.warns(UserWarning, match=message):
        call()
    call()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: torch.use_deterministic_algorithms(1),
            TypeError,
            "argument 'mode' .position 1. must be bool, not int",
        ),
        (lambda: torch.use_deterministic_algorithms(False, warn_only=1), TypeError, "'warn_only' must be bool"),
        (lambda: torch.unravel_index(torch.tensor([1]), torch.tensor([2])), TypeError, "'shape' to be int or sequence"),
        (lambda: torch.unravel_index(torch.tensor([1]), (1, 2.0)), TypeError, "'shape' sequence to only contain ints"),
    ],
)
def test_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_deterministic_flags():
    try:
        torch.use_deterministic_algorithms(True, warn_only=True)
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert torch.get_deterministic_debug_mode() == 1
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.get_deterministic_debug_mode() == 0


def test_new_takes_a_size():
    assert torch.ones(1).new(size=(3, 4)).shape == (3, 4)


def test_complex_log1p_keeps_small_numbers():
    x = torch.tensor([1e-19, 1e-20 + 1e-10j, -1e-17 + 1e-5j, 3 + 4j, -1.0], dtype=torch.complex128)
    expected = torch.tensor([1e-19, 1.5e-20 + 1e-10j, 4.999e-11 + 1e-5j, 1.7328679513998633 + 0.7853981633974483j])
    torch.testing.assert_close(torch.log1p(x)[:3], expected.to(torch.complex128)[:3], rtol=1e-4, atol=0)
    torch.testing.assert_close(torch.log1p(x)[3], expected[3].to(torch.complex128))
    assert torch.log1p(x)[4].real == -torch.inf
    y = x[1:4].clone().requires_grad_()
    torch.log1p(y).sum().real.backward()
    torch.testing.assert_close(y.grad, (1 / (1 + y.detach())).conj())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: torch.tensor_split(torch.tensor(1.0), 2), "expected at least a 1-dimensional tensor"),
        (lambda: torch.tensor_split(torch.ones(3), torch.rand(1)), "to have dtype of long, but got Float"),
        (lambda: torch.tensor_split(torch.ones(3), torch.tensor([[1]])), "but got a tensor with 2 dims"),
        (lambda: torch.unique(torch.empty(5, 0), dim=0), "There are 0 sized dimensions"),
        (lambda: torch.unique(torch.empty(5, 0, 0), dim=1), "Number of zero sized dimensions is more than one"),
    ],
)
def test_sizes_refused(call, message):
    with pytest.raises(RuntimeError, match=message):
        call()


def test_unique_sorts_nan_of_half_floats_last():
    x = torch.tensor([torch.nan, 0, 0, torch.nan, 1], dtype=torch.bfloat16)
    found = torch.unique(x)
    assert found.dtype is torch.bfloat16
    assert found[:2].tolist() == [0, 1]
    assert found[2:].isnan().all()


def test_threshold_may_write_into_expanded_tensors():
    x = torch.tensor([[0.25, 0.75]])
    torch.nn.functional.threshold(x.expand(3, 2), 0.5, 0.5, inplace=True)
    assert x.tolist() == [[0.5, 0.75]]


def test_attention_over_an_empty_batch():
    attention = torch.nn.MultiheadAttention(8, 2)
    found, _ = attention(torch.ones(3, 0, 8), torch.ones(5, 0, 8), torch.ones(5, 0, 8), need_weights=False)
    assert found.shape == (3, 0, 8)


@pytest.mark.parametrize("name", ["adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_avg_pool3d"])
def test_pooling_refuses_no_channels(name):
    with pytest.raises(RuntimeError, match="non-zero size for non-batch dimensions.* with dimension 1 being empty"):
        getattr(torch.nn.functional, name)(torch.ones(1, 0, *[4] * int(name[-2])), 2)


@pytest.mark.parametrize("convert", [float, complex, lambda x: f"{float(x):.1f}", math.sqrt])
def test_scalars_of_what_requires_grad_are_warned_of_once(convert, monkeypatch):
    monkeypatch.setattr(once, "_given", given_yet := set())
    x = torch.ones(1, requires_grad=True)
    with torch.no_grad():
        assert convert(x) and not given_yet
    with pytest.warns(UserWarning, match="Converting a tensor with requires_grad=True to a scalar") as given:
        convert(x), convert(x), int(x), bool(x), x.item(), float(x.detach())
    assert len(given) == 1
