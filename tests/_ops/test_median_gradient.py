"""The median of a whole tensor shares its gradient among the elements equal to it."""

import pytest

import jaxtorch as torch

NAN = float("nan")


@pytest.mark.parametrize(
    ("name", "values", "shares"),
    [
        ("median", [1.0, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]),
        ("nanmedian", [1.0, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]),
        ("median", [NAN, 1.0, NAN], [1, 0, 1]),
        ("nanmedian", [NAN, NAN], [1, 1]),
        ("nanmedian", [NAN, 1.0, 1.0], [0, 1, 1]),
        ("median", [3.0, 1.0, 2.0], [0, 0, 1]),
    ],
)
def test_shares(name, values, shares):
    x = torch.tensor(values, requires_grad=True)
    getattr(torch, name)(x).backward()
    torch.testing.assert_close(x.grad, torch.tensor(shares) / sum(shares))
