"""What factories refuse, and how: buffers, `asarray`, grids, ranges, repeats, legacy constructors."""

import warnings

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch._base import once

FLOATS = np.arange(4, dtype=np.float32)
F32, INT = torch.float32, torch.int64


def buffer(*args, **options):
    return torch.frombuffer(*args, dtype=F32, **options)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: buffer([1, 2]), ValueError, "object does not implement Python buffer protocol."),
        (lambda: buffer(np.array([])), ValueError, r"both buffer length \(0\) and count \(-1\) must not be 0"),
        (lambda: buffer(FLOATS, count=0), ValueError, r"both buffer length \(16\) and count \(0\)"),
        (lambda: buffer(FLOATS, offset=-4), ValueError, r"offset \(-4 bytes\) must be non-negative"),
        (lambda: buffer(FLOATS, offset=16), ValueError, r"no greater than buffer length \(16 bytes\) minus 1"),
        (lambda: buffer(FLOATS, offset=3), ValueError, r"after offset \(3 bytes\) must be a multiple of element size"),
        (lambda: buffer(FLOATS, count=4, offset=4), ValueError, r"requested buffer length \(4 \* 4 bytes\)"),
        (lambda: buffer(np.ones((4, 4))[:, ::2]), RuntimeError, "could not retrieve buffer from object"),
        (lambda: torch.asarray(torch.ones(2), dtype=torch.float64, copy=False), ValueError, "'Float' into dtype 'Dou"),
        (lambda: torch.asarray(torch.ones(2), device="meta", copy=False), ValueError, "from device 'cpu' to 'meta'"),
        (lambda: torch.asarray([1, 2], copy=False), ValueError, "can't alias arbitrary sequence"),
        (lambda: torch.linspace(0, 1j, 3, dtype=F32), RuntimeError, "inferred dtype c10::complex<float> can't be"),
        (lambda: torch.logspace(0j, 1, 3, dtype=F32), RuntimeError, r"torch.logspace\(\): inferred dtype"),
        (lambda: torch.meshgrid(torch.ones(1), torch.tensor([1])), RuntimeError, "to have the same dtype"),
        (lambda: torch.meshgrid(torch.ones(1), torch.ones(1, device="meta")), RuntimeError, "to have the same device"),
        (lambda: torch.FloatTensor(device="cuda"), RuntimeError, "legacy constructor expects device type: cpu"),
        (lambda: torch.Tensor(torch.ones(1), device="cpu"), RuntimeError, "Legacy tensor constructor of the form"),
        (lambda: torch.ones(1).new(torch.ones(1), device="cpu"), RuntimeError, "Legacy tensor new of the form"),
        (lambda: torch.zeros(2, dtype=INT, requires_grad=True), RuntimeError, "Only Tensors of floating point and"),
        (lambda: torch.arange(2).new_ones(2, requires_grad=True), RuntimeError, "Only Tensors of floating point and"),
        (lambda: torch.repeat_interleave(torch.ones(2, 2, dtype=INT)), RuntimeError, "only accept 1D vector"),
        (lambda: torch.repeat_interleave(torch.ones(2)), NotImplementedError, "not implemented for 'Float'"),
        (lambda: torch.repeat_interleave(torch.tensor([-1])), RuntimeError, "repeats can not be negative"),
        (lambda: torch.ones(2).repeat_interleave(torch.tensor([[1, 2]])), RuntimeError, "repeats must be 0-dim or 1-d"),
        (
            lambda: torch.ones(2).repeat_interleave(torch.tensor([1, 2]), output_size=4),
            RuntimeError,
            "allocated size does not match required size",
        ),
        (lambda: float(torch.tensor(1j)), RuntimeError, "value cannot be converted to type double without overflow"),
        (lambda: int(torch.tensor(1j)), RuntimeError, "value cannot be converted to type int64_t without overflow"),
    ],
)
def test_errors(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (torch.ones(2).__dlpack__(), None),
        (memoryview(np.ones(2, np.float16)), torch.float16),
        (memoryview(np.ones(2, np.complex128)), torch.complex128),
        (memoryview(np.ones((1, 2), np.float32)), None),
    ],
)
def test_asarray_takes_capsules_and_buffers(given, dtype):
    assert torch.asarray(given, dtype=dtype).tolist() == [1, 1]


def test_asarray_shares_buffers():
    memory = bytearray(4)
    torch.asarray(memory, dtype=torch.uint8)[1] = 7
    assert memory[1] == 7


def test_buffers_that_cannot_be_written_warn_once(monkeypatch):
    monkeypatch.setattr(once, "_given", set())
    with pytest.warns(UserWarning, match="The given buffer is not writable"):
        assert torch.frombuffer(b"\0\0\0\0", dtype=F32).tolist() == [0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.frombuffer(b"\0\0\0\0", dtype=F32)


def test_numbers_beyond_integers_may_be_floats():
    assert torch.tensor(2**64, dtype=torch.float64).item() == 2.0**64
    assert torch.tensor([2**70], dtype=F32).item() == 2.0**70
    assert torch.tensor([2**70], dtype=torch.bool).tolist() == [True]
    with pytest.raises(ValueError, match="Overflow when unpacking long long"):
        torch.tensor(2**64)


def test_random_from_a_number_on():
    x = torch.empty(500, dtype=torch.int8).random_(-128, None)
    assert x.min() < -100
    assert x.max() > 100
    assert torch.empty(500, dtype=torch.int8).random_(100, None).min() >= 100


def test_a_complex_number_without_imaginary_part_is_a_float():
    assert float(torch.tensor(1.5 + 0j)) == 1.5
