"""Factories that fill what they are given, and stacks of what is no list."""

import pytest

import jaxtorch as torch


@pytest.mark.parametrize(
    "fill",
    [
        lambda out: torch.arange(4, out=out),
        lambda out: torch.linspace(0, 3, 4, out=out),
        lambda out: torch.arange(0.0, 4.0, out=out),
    ],
)
def test_an_out_of_the_right_size_keeps_its_shape(fill):
    x = torch.zeros(2, 3)
    out = x.narrow(1, 1, 2)
    assert fill(out) is out and x.tolist() == [[0.0, 0.0, 1.0], [0.0, 2.0, 3.0]]
    transposed = torch.zeros(2, 2).t()
    assert fill(transposed).tolist() == [[0.0, 1.0], [2.0, 3.0]]


@pytest.mark.parametrize(
    "fill",
    [
        lambda out: torch.linspace(0, 1, 3, out=out),
        lambda out: torch.zeros(3, out=out),
        lambda out: torch.full((3,), 1.0, out=out),
        lambda out: torch.randn(3, out=out),
    ],
)
def test_factories_resize_in_silence(fill):
    assert fill(torch.empty(2)).shape == (3,)


@pytest.mark.parametrize("fill", [lambda out: torch.arange(5.0, out=out), lambda out: torch.fft.fftfreq(5, out=out)])
def test_ranges_tell_of_another_number_of_elements(fill):
    assert fill(torch.empty(0)).shape == (5,)
    with pytest.warns(UserWarning, match=r"shape \[2, 2\] is 4 which does not match the computed number of elements 5"):
        assert fill(torch.empty(2, 2)).shape == (5,)


@pytest.mark.parametrize("function", [torch.hstack, torch.vstack, torch.dstack, torch.column_stack, torch.row_stack])
def test_stacks_take_lists(function):
    with pytest.raises(TypeError, match="must be tuple of Tensors, not Tensor"):
        function(torch.ones(3))


def test_no_blocks_and_nothing_to_join():
    assert torch.block_diag().shape == (1, 0)
    with pytest.raises((RuntimeError, ValueError), match="expected a non-empty list of Tensors"):
        torch.cat([])


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_storages_as_data():
    half = torch.ones(3, dtype=torch.half)
    assert torch.tensor(half.untyped_storage(), dtype=torch.half).tolist() == [1.0] * 3
    with pytest.raises(RuntimeError, match="Expected a Storage of type"):
        torch.tensor([]).set_(torch.storage.TypedStorage([1], dtype=torch.half))
    meta = torch.storage.TypedStorage([1, 2], dtype=torch.half, device="meta")
    assert meta.data_ptr() == 0 and meta.nbytes() == 4
    with pytest.raises(NotImplementedError, match="Not available for 'meta' device type"):
        meta[0]


def test_resize_shows_what_nobody_has_written_to():
    x = torch.tensor([1.0, 2.0])
    torch.use_deterministic_algorithms(True)
    try:
        assert x.resize_(4)[:2].tolist() == [1.0, 2.0] and x[2:].isnan().all()
        assert torch.empty(1, dtype=torch.uint64).item() == 2**64 - 1
    finally:
        torch.use_deterministic_algorithms(False)


def test_cauchy_about_infinity():
    assert torch.empty(2).cauchy_(float("inf"), 0.5).tolist() == [float("inf")] * 2


def test_odd_arguments():
    assert torch.eye(2, out=torch.empty(0, dtype=torch.int32)).tolist() == [[1, 0], [0, 1]]
    assert torch.combinations(torch.arange(3), r=0).shape == (0,)
    with pytest.raises(RuntimeError, match="2 or fewer dimensions. Input 1 has 3 dimensions"):
        torch.block_diag(torch.ones(2), torch.ones(2, 2, 2))
    with pytest.raises(TypeError, match="expected Tensor as element 1 in argument 0, but got int"):
        torch.block_diag(torch.ones(2), 3)
    with pytest.raises(RuntimeError, match=r"Negative strides are not supported at the moment, got strides: \[2, -1\]"):
        torch.as_strided(torch.ones(3, 3), (1, 1), (2, -1))
