"""`torch._higher_order_ops`: scans."""

import pytest

import jaxtorch as torch
from jaxtorch._higher_order_ops import associative_scan, scan


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 13])
@pytest.mark.parametrize("mode", ["generic", "pointwise"])
def test_associative_scan(n, mode):
    x = torch.arange(1.0, 2 * n + 1).reshape(2, n).requires_grad_()
    assert torch.equal(associative_scan(lambda a, b: a + b, x, -1, combine_mode=mode), x.cumsum(1))
    decayed = associative_scan(
        lambda a, b: (a[0] * b[0], a[1] * b[0] + b[1]),
        (torch.full_like(x, 0.5), x),
        1,
        reverse=True,
        combine_mode=mode,
    )
    expected, state = [], torch.zeros(2)
    for i in reversed(range(n)):
        state = state * 0.5 + x[:, i]
        expected.insert(0, state)
    expected = torch.stack(expected, 1)
    torch.testing.assert_close(decayed[1], expected)
    torch.testing.assert_close(torch.autograd.grad(decayed[1].sum(), x)[0], torch.autograd.grad(expected.sum(), x)[0])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((1, torch.ones(2), 0), ValueError, "^Combine_fn must be a callable"),
        ((max, torch.ones(2), "a"), ValueError, "^Dim must be an int"),
        ((max, torch.ones(2), 0, 1), RuntimeError, "^Reverse must be a bool"),
        ((max, torch.ones(2), 0, False, "x"), ValueError, "^Combine_mode must either"),
        ((max, (), 0), ValueError, "^Expected at least 1 xs leaf"),
        ((max, torch.ones(0), 0), ValueError, "scan dimension > 0"),
    ],
)
def test_what_associative_scan_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        associative_scan(*arguments)


def test_scan():
    last, ys = scan(lambda c, x: (c + x, c * 2), torch.tensor(0.0), torch.tensor([1.0, 2, 3]), reverse=True)
    assert last.item() == 6 and ys.tolist() == [10, 6, 0]
    x = torch.arange(6.0).reshape(2, 3)
    last, ys = scan(lambda c, x: ({"s": c["s"] + x["x"]}, [c["s"]]), {"s": torch.zeros(2)}, {"x": x}, dim=1)
    assert last["s"].tolist() == [3, 12] and ys[0].shape == (3, 2)
    assert scan(None, torch.ones(1), []) == (torch.ones(1), [])
    with pytest.raises(RuntimeError, match="requires init leaves"):
        scan(lambda c, x: (c, x), (), x)
