"""`grouped_mm` against the products it is made of."""

import pytest

import jaxtorch as torch
import jaxtorch.nn.functional as F

_ENDS = torch.tensor([2, 6], dtype=torch.int32)


def _wave(*shape):
    return torch.arange(float(torch.Size(shape).numel())).reshape(shape).sin()


def test_rows_in_groups():
    a, b = _wave(8, 4).requires_grad_(), _wave(2, 4, 3)
    made = F.grouped_mm(a, b, offs=_ENDS)
    torch.testing.assert_close(made[:2], a[:2] @ b[0])
    torch.testing.assert_close(made[2:6], a[2:6] @ b[1])
    assert made[6:].tolist() == [[0.0] * 3] * 2
    made.sum().backward()
    torch.testing.assert_close(a.grad[3], b[1].sum(1))


def test_columns_and_inner_dimensions_in_groups():
    a, b = _wave(2, 5, 4), _wave(4, 8)
    torch.testing.assert_close(F.grouped_mm(a, b, offs=_ENDS)[:, 2:6], a[1] @ b[:, 2:6])
    torch.testing.assert_close(F.grouped_mm(b, b.t(), offs=_ENDS)[1], b[:, 2:6] @ b[:, 2:6].t())
    torch.testing.assert_close(F.grouped_mm(a, _wave(2, 4, 3)), a @ _wave(2, 4, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.grouped_mm(_wave(8, 4), _wave(2, 4, 4)), "Have to provide offsets"),
        (lambda: F.grouped_mm(_wave(4), _wave(2, 4, 4), offs=_ENDS), "mat_a has to be 2 or 3d"),
        (lambda: F.grouped_mm(_wave(8, 4), _wave(2, 8, 4), offs=_ENDS), "contraction dimension"),
        (lambda: F.grouped_mm(_wave(8, 4), _wave(2, 4, 4), offs=_ENDS.long()), "Offsets have to be int32"),
        (lambda: F.scaled_mm(), "scaled_mm is not supported"),
    ],
)
def test_errors(call, message):
    with pytest.raises(RuntimeError, match=message):
        call()
