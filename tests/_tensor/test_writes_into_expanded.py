"""Writes into views that show one place of memory several times."""

import pytest

import jaxtorch as torch

MASK = torch.tensor([[False, True, False], [False, False, False], [False, False, True]])
ROWS = torch.tensor([0, 2])


def column():
    return torch.tensor([[1.0], [2.0], [3.0]])


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda b: b.expand(3, 4)[:, 0].zero_(), [0, 0, 0]),
        (lambda b: b.expand(3, 4)[:, 2].mul_(3), [3, 6, 9]),
        (lambda b: b.expand(3, 4)[1:, 1:2].add_(1), [1, 3, 4]),
        (lambda b: b.expand(2, 3, 4)[0, :, 1].copy_(torch.arange(3.0)), [0, 1, 2]),
        (lambda b: b.expand(3, 3).diagonal().copy_(torch.arange(3.0)), [0, 1, 2]),
        (lambda b: b.view(-1).unfold(0, 2, 1)[0].mul_(2), [2, 4, 3]),
        (lambda b: b.view(-1).as_strided((2, 2), (1, 1))[1].zero_(), [1, 0, 0]),
    ],
)
def test_a_part_without_overlap(write, expected):
    b = column()
    write(b)
    assert b.flatten().tolist() == expected


@pytest.mark.parametrize(
    ("name", "write", "expected"),
    [
        ("masked_fill_", lambda x: x.masked_fill_(MASK, 5.0), [5, 2, 5]),
        ("masked_fill_", lambda x: x.__setitem__(MASK, 5.0), [5, 2, 5]),
        ("index_fill_", lambda x: x.index_fill_(0, ROWS, 5.0), [5, 2, 5]),
        ("index_fill_", lambda x: x.index_fill_(1, ROWS, 5.0), [5, 5, 5]),
        ("index_put_", lambda x: x.__setitem__(ROWS, 7.0), [7, 2, 7]),
        ("index_put_", lambda x: x.__setitem__((ROWS, ROWS), torch.tensor([7.0, 8.0])), [7, 2, 8]),
        ("index_put_", lambda x: x.index_put_((ROWS[:1],), torch.tensor(1.0), accumulate=True), [4, 2, 3]),
    ],
)
def test_masks_and_indices(name, write, expected):
    b = column()
    with pytest.warns(UserWarning, match=f"Use of {name} on expanded tensors is deprecated"):
        write(b.expand(3, 3))
    assert b.flatten().tolist() == expected


def test_no_derivative_goes_through_them():
    b = column().requires_grad_() * 1
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        b.expand(3, 3).masked_fill_(MASK, 5.0)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        b.expand(3, 3)[:] = torch.ones(3, 3)


def test_gradients_of_a_part():
    a = column().requires_grad_()
    v = torch.ones(3, requires_grad=True)
    b = a * 2
    b.expand(3, 4)[:, 2].mul_(v)
    b.sum().backward()
    assert a.grad.flatten().tolist() == [2, 2, 2]
    assert v.grad.tolist() == [2, 4, 6]
