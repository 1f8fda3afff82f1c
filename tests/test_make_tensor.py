"""`torch.testing.make_tensor`: PyTorch's bounds, errors and numbers."""

import pytest

import jaxtorch as torch
from jaxtorch.testing import make_tensor


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"low": 3, "high": 1}, "`low` must be less than `high`, but got 3 >= 1"),
        ({"low": float("nan")}, "`low` and `high` cannot be NaN"),
        ({"low": 300, "high": 400, "dtype": torch.uint8}, "but torch.uint8 only supports"),
        (
            {"requires_grad": True, "dtype": torch.int8},
            "`requires_grad=True` is not supported for boolean and integral",
        ),
        ({"noncontiguous": True, "memory_format": torch.channels_last}, "are mutually exclusive"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        make_tensor(2, **{"dtype": torch.float32, **options})


def test_equal_bounds_warn():
    with pytest.warns(FutureWarning, match="Passing `low==high`"):
        assert make_tensor(2, dtype=torch.float32, low=1, high=1).tolist() == [1.0, 1.0]


def test_the_numbers_of_a_seed():
    torch.manual_seed(0)
    found = make_tensor(3, dtype=torch.float32)
    torch.testing.assert_close(found, torch.tensor([-0.0674, 4.8280, -7.4074]), rtol=0, atol=1e-4)
    strided = make_tensor(2, 3, dtype=torch.int64, noncontiguous=True)
    assert (strided.stride(), strided.storage_offset()) == ((6, 2), 1)
    assert make_tensor(50, dtype=torch.uint8, high=2, exclude_zero=True).eq(1).all()
