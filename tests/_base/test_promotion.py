"""Type promotion against PyTorch's own table: all pairs of dtypes, tensors with dimensions, 0-dim tensors, numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jaxtorch as torch

NAMES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]
# Recorded from PyTorch: a row a dtype on the left, a digit a dtype on the right; c is complex32, not had here.
BOTH_DIM = """0123456789ab 1133456789ab 2323456789ab 3333456789ab 4444456789ab 5555556789ab 6666666889ab 7777778789ab
              8888888889ab 9999999999bb aaaaaaaaabab bbbbbbbbbbbb""".split()
DIM_WITH_ZERO_DIM = """0123456789ab 1111116789ab 2222226789ab 3333336789ab 4444446789ab 5555556789ab 6666666666cc
                       7777777777aa 8888888888aa 9999999999bb aaaaaaaaaaaa bbbbbbbbbbbb""".split()
NUMBERS = [(True, "0123456789ab"), (1, "5123456789ab"), (1.0, "8888886789ab"), (1j, "aaaaaacaabab")]
DIVISION = ["8888886789ab"] * 6 + BOTH_DIM[6:]

index = st.integers(0, len(NAMES) - 1)


def make(i, shape=(2,)):
    return torch.ones(shape, dtype=getattr(torch, NAMES[i]))


def named(digit):
    return getattr(torch, NAMES[int(digit, 16)])


@given(index, index)
def test_tensors_of_the_same_kind(a, b):
    expected = named(BOTH_DIM[a][b])
    assert (make(a) + make(b)).dtype is expected
    assert (make(a, ()) + make(b, ())).dtype is expected
    assert torch.result_type(make(a), make(b)) is torch.promote_types(make(a).dtype, make(b).dtype) is expected


@given(index, index)
def test_dimensions_go_before_none(a, b):
    if DIM_WITH_ZERO_DIM[a][b] != "c":
        expected = named(DIM_WITH_ZERO_DIM[a][b])
        assert (make(a) + make(b, ())).dtype is (make(b, ()) * make(a)).dtype is expected


@given(index, st.sampled_from(NUMBERS))
def test_tensor_and_number(a, number_row):
    number, row = number_row
    if row[a] != "c":
        assert (make(a) + number).dtype is (number * make(a, ())).dtype is named(row[a])


@given(index, index)
def test_true_division(a, b):
    assert (make(a) / make(b)).dtype is named(DIVISION[a][b])


@pytest.mark.parametrize("default", [torch.float64, torch.float16])
def test_default_dtype(default):
    torch.set_default_dtype(default)
    try:
        assert (
            torch.tensor(1.0).dtype is (torch.ones(2, dtype=torch.int32) + 1.5).dtype is torch.zeros(1).dtype is default
        )
        assert (torch.ones(2, dtype=torch.int32) / 2).dtype is default
        assert (torch.ones(2, dtype=torch.float32) + 1.5).dtype is torch.float32
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    ("source", "target", "allowed"),
    [
        (torch.float32, torch.int64, False),
        (torch.int64, torch.float16, True),
        (torch.float64, torch.float32, True),
        (torch.complex64, torch.float64, False),
        (torch.int32, torch.bool, False),
        (torch.bool, torch.uint8, True),
    ],
)
def test_can_cast(source, target, allowed):
    assert torch.can_cast(source, target) is allowed


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda: torch.tensor([1, 2]).add_(1.5), "result type Float can't be cast to the desired output type Long"),
        (lambda: torch.ones(2).mul_(1j), "result type ComplexFloat can't be cast to the desired output type Float"),
        (lambda: torch.tensor([True]).add_(1), "result type Long can't be cast to the desired output type Bool"),
    ],
)
def test_results_that_do_not_fit(write, message):
    with pytest.raises(RuntimeError) as caught:
        write()
    assert str(caught.value).split("\n")[0] == message


@pytest.mark.parametrize("function", ["add", "sub", "add_", "sub_"])
def test_alpha_of_the_right_kind(function):
    ints, floats, bools = torch.tensor([1, 2]), torch.tensor([1.0, 2.0]), torch.tensor([True, False])
    with pytest.raises(RuntimeError) as caught:
        getattr(ints, function)(ints, alpha=0.5)
    assert str(caught.value) == "For integral input tensors, argument alpha must not be a floating point number."
    assert getattr(floats, function)(floats, alpha=2).dtype is torch.float32
    if not function.startswith("sub"):
        with pytest.raises(RuntimeError, match="Boolean alpha only supported for Boolean results."):
            getattr(ints, function)(ints, alpha=False)
        assert getattr(bools, function)(bools, alpha=True).tolist() == [True, False]
