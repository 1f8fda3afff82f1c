"""Memory orders asked for by `empty`, `resize_`, `resize_as_`; of `out=` that is resized; of `where`."""

import pytest

import jaxtorch as torch

LAST, SIZES = torch.channels_last, (2, 3, 4, 5)
IN_ORDER, LAST_STRIDES = (60, 20, 5, 1), (60, 1, 15, 3)


@pytest.mark.parametrize(
    ("make", "strides"),
    [
        (lambda: torch.empty(SIZES, memory_format=LAST), LAST_STRIDES),
        (lambda: torch.empty(*SIZES, memory_format=torch.contiguous_format), IN_ORDER),
        (lambda: torch.empty(0).resize_(*SIZES, memory_format=LAST), LAST_STRIDES),
        (
            lambda: torch.empty(SIZES, memory_format=LAST).resize_(SIZES, memory_format=torch.contiguous_format),
            IN_ORDER,
        ),
        (lambda: torch.empty(0).resize_as_(torch.empty(SIZES), memory_format=LAST), LAST_STRIDES),
        (
            lambda: torch.empty(0).resize_as_(
                torch.empty(SIZES, memory_format=LAST), memory_format=torch.preserve_format
            ),
            LAST_STRIDES,
        ),
        (lambda: torch.empty(0).resize_as_(torch.empty(SIZES, memory_format=LAST)), IN_ORDER),
        (lambda: torch.add(torch.empty(SIZES, memory_format=LAST), 1, out=torch.empty(0)), LAST_STRIDES),
        (lambda: torch.where(torch.empty(SIZES, memory_format=LAST) > 0, torch.ones(5), 0.0), LAST_STRIDES),
        (lambda: torch.cat([torch.empty(1, 3, 4, 5, memory_format=LAST)] * 2, out=torch.empty(0)), LAST_STRIDES),
    ],
)
def test_strides(make, strides):
    made = make()
    assert made.stride() == strides
    assert made.shape == SIZES


def test_resized_memory_is_taken_in_the_new_order():
    x = torch.arange(6.0).reshape(1, 2, 1, 3)
    assert x.resize_(1, 2, 1, 3, memory_format=LAST).flatten().tolist() == [0, 2, 4, 1, 3, 5]


def test_gradient_at_equal_distances_leaves_the_middle_out():
    inf = float("inf")
    (found,) = torch.gradient(torch.tensor([1.0, inf, 3.0, 5.0]))
    assert found.tolist() == [inf, 1.0, -inf, 2.0]
    (found,) = torch.gradient(torch.tensor([1.0, 2.0, 4.0]), spacing=[torch.tensor([0.0, 1.0, 2.0]).double()])
    assert found.dtype is torch.float64
    (found,) = torch.gradient(torch.tensor([1.0, 2.0, 4.0]), spacing=[torch.tensor([0.0, 1j, 2.0])])
    torch.testing.assert_close(found[0], torch.tensor(-1j))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: torch.empty(2, memory_format=torch.preserve_format), RuntimeError, "Unsupported memory format"),
        (lambda: torch.empty(2, memory_format=LAST), RuntimeError, "required rank 4 tensor"),
        (lambda: torch.normal(torch.ones(6), torch.ones(2, 5)), RuntimeError, "The size of tensor a"),
        (lambda: torch.arange(3).apply_(lambda x: "no"), TypeError, "'str' object cannot be interpreted as an integer"),
        (lambda: torch.ones(2).map_(torch.ones(2, requires_grad=True), max), RuntimeError, r"Can't call map_\(\)"),
        (lambda: torch.device("cpu", -1), RuntimeError, "Device index must not be negative"),
        (lambda: torch.device("cuda", "0"), TypeError, "argument 'index' .position 2. must be int, not str"),
    ],
)
def test_errors(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
