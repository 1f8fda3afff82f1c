"""Shapes: `torch.Size`, broadcasting, wrapped dimensions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jaxtorch as torch

dims = st.lists(st.sampled_from([0, 1, 2, 3]), max_size=4)


@given(dims, dims)
def test_broadcasting_is_numpys(a, b):
    try:
        expected = np.broadcast_shapes(tuple(a), tuple(b))
    except ValueError:
        with pytest.raises(RuntimeError):
            torch.broadcast_shapes(a, b)
        return
    assert torch.broadcast_shapes(a, b) == expected
    assert (torch.zeros(a) + torch.zeros(b)).shape == expected


def test_size_is_a_tuple():
    size = torch.ones(2, 3).shape
    assert size == (2, 3) and isinstance(size, tuple) and size.numel() == 6 and isinstance(size[:1], torch.Size)
    assert repr(size) == "torch.Size([2, 3])" and torch.Size([1]) + (2,) == (1, 2) and hash(size) == hash((2, 3))
    assert torch.zeros(size).shape == size and list(size) == [2, 3] and size[-1] == 3


@pytest.mark.parametrize("dim", [-3, 2, 5])
def test_dimensions_out_of_range(dim):
    with pytest.raises(IndexError) as caught:
        torch.ones(2, 3).sum(dim)
    expected = f"Dimension out of range (expected to be in range of [-2, 1], but got {dim})"
    assert str(caught.value) == expected


@pytest.mark.parametrize("dim", [0, -1])
def test_zero_dim_tensors_have_dimension_zero(dim):
    assert torch.tensor(3.0).sum(dim).item() == 3


def test_mismatch_message():
    with pytest.raises(RuntimeError) as caught:
        torch.ones(2, 3) + torch.ones(2, 4)
    assert str(caught.value) == (
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"
    )


@pytest.mark.parametrize("given", [[1.5], ["a"], [2, None], [torch.tensor(2.0)]])
def test_a_size_takes_whole_numbers(given):
    with pytest.raises(TypeError, match=r"torch.Size\(\) takes an iterable of 'int' \(item \d is '"):
        torch.Size(given)


def test_a_size_of_indices():
    assert torch.Size([True, torch.tensor(3)]) == (1, 3) and type(torch.Size([torch.tensor(3)])[0]) is int
