"""Addresses: C code reads at `data_ptr()` what a tensor holds."""

import ctypes

import numpy as np
import pytest

import jaxtorch as torch


def _read(x, count=None):
    raw = ctypes.string_at(x.data_ptr(), (count or x.numel()) * x.element_size())
    return np.frombuffer(raw, dtype={torch.bool: np.bool_, torch.int64: np.int64}.get(x.dtype, np.float32)).tolist()


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.arange(6.0) + 1,
        lambda: torch.nn.Parameter(torch.ones(3) * 2).detach(),
        lambda: torch.arange(6) * 2,
        lambda: torch.tensor([True, False]),
        lambda: torch.tensor(3.0),
        lambda: torch.arange(6.0).reshape(2, 3)[1],
        lambda: torch.from_numpy(np.arange(4)),
    ],
)
def test_memory_at_the_address_holds_the_elements(make):
    x = make()
    assert _read(x) == np.ravel(x.tolist()).tolist()


def test_the_address_stays_and_shows_what_was_written_since():
    x = torch.arange(4.0)
    at = x.data_ptr()
    x.add_(1)
    assert x.data_ptr() == at and _read(x) == [1, 2, 3, 4]
    x[1:] *= 2
    assert x[1:].data_ptr() == at + 4 and _read(x) == [1, 4, 6, 8]
    assert x.untyped_storage().data_ptr() == at and x.clone().data_ptr() != at


def test_memory_order_is_the_storages():
    x = torch.arange(24.0).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last)
    assert _read(x, 4) == [0, 12, 1, 13]
    t = torch.arange(6.0).reshape(2, 3).t()
    assert _read(t) == [0, 1, 2, 3, 4, 5]


def test_a_shared_arrays_address():
    x = torch.zeros(3)
    array = x.numpy()
    assert x.data_ptr() == array.ctypes.data
    ctypes.memset(x.data_ptr(), 255, 12)
    assert x.isnan().all()


def test_no_memory_no_address():
    assert torch.empty(0).data_ptr() == 0
    assert torch.empty(5, device="meta").untyped_storage().data_ptr() == 0
