"""Writes into memory that is read at the same time: PyTorch refuses them where it sees them."""

import pytest

import jaxtorch as torch


def _x():
    return torch.arange(12.0).reshape(3, 4)


def _added(x):
    x += x.t()


def _where(x):
    torch.where(x[1:] > 3, x[1:], x[:-1], out=x[1:])


_ROWS = torch.tensor([0, 1, 2])
_BOOLS = torch.ones(3, dtype=torch.bool)
REFUSED = [
    lambda: (lambda x: x[1:].add_(x[:-1]))(_x()),
    lambda: _added(torch.arange(9.0).reshape(3, 3)),
    lambda: (lambda x: x[1:].copy_(x[:-1]))(_x()),
    lambda: (lambda x: x[1:].lerp_(x[:-1], 0.5))(_x()),
    lambda: (lambda x: x[1:].clamp_(min=x[:-1]))(_x()),
    lambda: (lambda x: x.scatter_(0, torch.zeros(1, 4, dtype=torch.int64), x))(_x()),
    lambda: (lambda x: x.index_add_(0, _ROWS, x))(_x()),
    lambda: (lambda x: x.index_put_((_ROWS[:2],), x[:2]))(_x()),
    lambda: (lambda x: x[1:].masked_fill_(x[:-1], True))(_BOOLS.clone()),
    lambda: (lambda x: torch.exp(x[:-1], out=x[1:]))(_x()),
    lambda: _where(_x()),
    lambda: (lambda b: torch.masked_select(b, b, out=b))(_BOOLS.clone()),
    lambda: (lambda i: torch.gather(i.clone(), 0, i[1:], out=i[:1]))(_ROWS.clone()),  # once out has its size
]


@pytest.mark.parametrize("write", REFUSED)
def test_refused(write):
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        write()


def test_the_target_itself_may_be_read():
    x = torch.ones(2, 2)
    assert x.add_(x).tolist() == [[2, 2], [2, 2]]
    assert x.fill_(x[0, 0]).tolist() == [[2, 2], [2, 2]]
    assert x.mul_(x.detach()).tolist() == [[4, 4], [4, 4]]


def test_abs_into_complex():
    with pytest.raises(RuntimeError, match="In-place abs is not supported for complex tensors"):
        torch.ones(2, dtype=torch.complex64).abs_()
