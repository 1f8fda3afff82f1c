"""Numbers that a dtype cannot hold are refused where PyTorch refuses them."""

import pytest

import jaxtorch as torch

MASK = torch.tensor([True, False, True])
FIRST = torch.tensor([0])


@pytest.mark.parametrize("value", [300, -300, 1e30, float("nan")])
@pytest.mark.parametrize(
    "call",
    [
        lambda x, v: x.masked_fill(MASK, v),
        lambda x, v: x.masked_fill_(MASK, v),
        lambda x, v: x.index_fill(0, FIRST, v),
        lambda x, v: x.scatter(0, FIRST, v),
        lambda x, v: torch.addcmul(x, x, x, value=v),
    ],
)
def test_numbers_that_do_not_fit_are_refused(call, value):
    with pytest.raises(RuntimeError, match="value cannot be converted to type int8_t without overflow"):
        call(torch.zeros(3, dtype=torch.int8), value)


@pytest.mark.parametrize(
    "call", [lambda x: x.clamp(max=300), lambda x: torch.where(MASK, x, 300), lambda x: torch.add(x, x, alpha=300)]
)
def test_promoting_ops_refuse_what_the_promoted_dtype_cannot_hold(call):
    with pytest.raises(RuntimeError, match="without overflow"):
        call(torch.zeros(3, dtype=torch.int8))
    assert call(torch.zeros(3)).dtype is torch.float32


def test_arithmetic_wraps_its_numbers():
    x = torch.zeros(3, dtype=torch.int8)
    assert (x + 300).tolist() == [44, 44, 44]
    assert torch.where(MASK, x, 1e30).dtype is torch.float32
    assert torch.where(MASK, torch.zeros(3, dtype=torch.float16), 1e30)[1] == float("inf")
