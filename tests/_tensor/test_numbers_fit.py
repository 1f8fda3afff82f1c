"""Python numbers that the dtype of a result does not hold."""

import pytest

import jaxtorch as torch

I8, U8, HALF, F32 = (torch.zeros(2, dtype=d) for d in (torch.int8, torch.uint8, torch.float16, torch.float32))
MASK, INDEX = torch.tensor([True, False]), torch.tensor([0])
REFUSED = [
    (lambda: I8.masked_fill(MASK, 300), "int8_t"),
    (lambda: I8.clone().masked_fill_(MASK, 300), "int8_t"),
    (lambda: HALF.masked_fill(MASK, 1e9), "c10::Half"),
    (lambda: F32.masked_fill(MASK, 1e40), "float"),
    (lambda: I8.masked_fill(MASK, torch.tensor(300)).tolist(), "int8_t"),
    (lambda: I8.pow(300), "int8_t"),
    (lambda: I8**300, "int8_t"),
    (lambda: U8.clone().pow_(300), "uint8_t"),
    (lambda: torch.zeros(2, dtype=torch.int64).masked_fill(MASK, float("nan")), "int64_t"),
    (lambda: I8.scatter(0, INDEX, 300), "int8_t"),
    (lambda: I8.scatter(0, INDEX, 300, reduce="add"), "int8_t"),
    (lambda: I8.index_fill(0, INDEX, 300), "int8_t"),
    (lambda: torch.where(MASK, I8, 300), "int8_t"),
    (lambda: torch.nn.functional.pad(I8, (1, 1), value=300), "int8_t"),
    (lambda: torch.nn.functional.threshold(I8, 1, 300), "int8_t"),
    (lambda: torch.nn.functional.hardtanh(HALF, -1e9, 1e9), "c10::Half"),
    (lambda: I8.clamp(min=300), "int8_t"),
    (lambda: I8.clamp_max(300), "int8_t"),
    (lambda: I8.add(I8, alpha=300), "int8_t"),
    (lambda: HALF.add(HALF, alpha=1e9), "c10::Half"),
    (lambda: torch.addcmul(I8, I8, I8, value=300), "int8_t"),
    (lambda: torch.addcmul(F32, F32, F32, value=1e40), "float"),
]


@pytest.mark.parametrize(("call", "name"), REFUSED)
def test_refused(call, name):
    with pytest.raises(RuntimeError, match=f"value cannot be converted to type {name} without overflow"):
        call()


def test_taken():
    assert U8.masked_fill(MASK, -1).tolist() == [255, 0]  # an unsigned dtype wraps
    assert U8.masked_fill(MASK, torch.tensor(-1)).tolist() == [255, 0]
    assert MASK.masked_fill(MASK, torch.tensor(3)).tolist() == [True, False]
    assert (F32 + 1).pow(300).tolist() == [1, 1]
    assert I8.masked_fill(MASK, 2.5).tolist() == [2, 0]
    assert torch.addcmul(HALF, HALF, HALF, value=1e9).tolist() == [0, 0]  # computed in float32
    assert (I8 + 300).tolist() == [44, 44]
    assert F32.clamp(max=float("inf")).tolist() == [0, 0]
    assert torch.where(MASK, HALF, 1e9).tolist() == [0, float("inf")]


LONG, BOOLS = torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.bool)
MULTIPLIERS = [
    (
        lambda: torch.addr(torch.ones(2, 2, dtype=torch.int64), LONG, LONG, beta=1.5, alpha=2),
        "beta must not be a floating",
    ),
    (lambda: torch.addr(torch.ones(2, 2, dtype=torch.bool), BOOLS, BOOLS, alpha=2.0), "alpha must not be a floating"),
    (lambda: torch.addr(torch.ones(2, 2), F32, F32, alpha=1j), "cannot be converted to type float without overflow"),
    (lambda: torch.addcmul(F32, F32, F32, value=1j), "cannot be converted to type float without overflow"),
    (lambda: torch.addcdiv(F32, F32, F32, value=1j), "cannot be converted to type float without overflow"),
]


@pytest.mark.parametrize(("call", "text"), MULTIPLIERS)
def test_multipliers_of_a_higher_kind(call, text):
    with pytest.raises(RuntimeError, match=text):
        call()
