"""`unique` counts whole numbers that lie close together and sorts the rest; both give what NumPy gives."""

import numpy as np
import pytest

import jaxtorch as torch

CASES = [
    np.array([[3, -1, 3], [7, -1, 0]]),
    np.array([-128, 127, 0, 127], np.int8),
    np.array([255, 0, 255], np.uint8),
    np.array([True, False, True]),
    np.array([True, True]),
    np.array([2**62, -(2**62), 5, 5]),
    np.array([2**62, 2**62 + 3, 2**62]),
    np.array([1 << 40, (1 << 40) + 1, 1 << 40], np.int64),
    np.array([1.5, -2.0, 1.5], np.float32),
    np.zeros(0, np.int64),
]


@pytest.mark.parametrize("array", CASES, ids=lambda a: f"{a.dtype}{a.shape}")
def test_unique(array):
    x = torch.from_numpy(array.copy())
    values, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
    assert torch.unique(x).tolist() == values.tolist() and torch.unique(x).dtype == x.dtype
    got = torch.unique(x, return_inverse=True, return_counts=True)
    assert [g.tolist() for g in got] == [values.tolist(), inverse.reshape(array.shape).tolist(), counts.tolist()]
    assert torch.unique(x, return_counts=True)[1].tolist() == counts.tolist()


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (torch.unique, "_unique2"),
        (lambda x: torch.unique(x, dim=0), "unique_dim"),
        (torch.unique_consecutive, "unique_consecutive"),
    ],
)
def test_distinct_elements_require_grad_and_have_no_derivative(function, name):
    found = function(torch.ones(3, requires_grad=True))
    assert found.requires_grad and not function(torch.ones(3)).requires_grad
    with pytest.raises(NotImplementedError, match=f"the derivative for '{name}' is not implemented."):
        found.sum().backward()


def test_the_kernel_gives_both():
    values, inverse = torch._unique(torch.tensor([3, 1, 3]), return_inverse=True)
    assert (values.tolist(), inverse.tolist()) == ([1, 3], [1, 0, 1]) and torch._unique(values)[1].numel() == 0
