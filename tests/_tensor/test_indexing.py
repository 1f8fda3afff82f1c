"""Indexing and assignment against NumPy, and PyTorch's own errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jaxtorch as torch


@st.composite
def basic_index(draw, shape):
    """An index of ints, slices, None and Ellipsis, the same for both sides."""
    parts = []
    for n in shape[: draw(st.integers(0, len(shape)))]:
        kind = draw(st.sampled_from(["int", "slice", "step", "all", "none"]))
        if kind == "none":
            parts.append(None)
        if kind == "int" and n:
            parts.append(draw(st.integers(-n, n - 1)))
        elif kind == "slice":
            parts.append(
                slice(draw(st.none() | st.integers(-n - 1, n + 1)), draw(st.none() | st.integers(-n - 1, n + 1)))
            )
        elif kind == "step":
            parts.append(slice(draw(st.none() | st.integers(-n, n)), None, draw(st.integers(1, 3))))
        else:
            parts.append(slice(None))
    if draw(st.booleans()) and len(parts) < 6:
        parts.insert(draw(st.integers(0, len(parts))), ...)
    return tuple(parts)


@st.composite
def advanced_index(draw, shape):
    """One or two integer arrays that broadcast, or a mask, between slices."""
    ndim = len(shape)
    if draw(st.booleans()) and draw(st.booleans()):
        first = draw(st.integers(0, ndim - 1))
        mask = np.array(draw(st.lists(st.booleans(), min_size=shape[first], max_size=shape[first])))
        return (slice(None),) * first + (mask,)
    chosen = sorted(draw(st.sets(st.integers(0, ndim - 1), min_size=1, max_size=2)))
    length = draw(st.integers(1, 3))
    index = [slice(None)] * (chosen[-1] + 1)
    for d in chosen:
        n = shape[d]
        values = draw(st.lists(st.integers(-n, n - 1), min_size=length, max_size=length))
        index[d] = np.array(values).reshape(draw(st.sampled_from([(length,), (1, length), (length, 1)])))
    for d in range(len(index)):
        if isinstance(index[d], slice):
            index[d] = draw(st.sampled_from([slice(None), slice(1, None), slice(None, None, 2)]))
    return tuple(index)


def to_torch(index):
    return tuple(torch.from_numpy(p.copy()) if isinstance(p, np.ndarray) else p for p in index)


shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def arrays(shape):
    count = int(np.prod(shape))
    memory = np.arange(float(count), dtype=np.float32).reshape(shape)
    return torch.from_numpy(memory.copy()).clone(), memory


@settings(max_examples=100)
@given(st.data())
def test_reading(data):
    shape = data.draw(shapes)
    t, a = arrays(shape)
    index = data.draw(basic_index(shape) | advanced_index(shape))
    got, expected = t[to_torch(index)], a[index]
    assert tuple(got.shape) == expected.shape and got.tolist() == expected.tolist()


@settings(max_examples=80)
@given(st.data())
def test_writing(data):
    shape = data.draw(shapes)
    t, a = arrays(shape)
    index = data.draw(basic_index(shape) | advanced_index(shape))
    place = a[index]
    kind = data.draw(st.sampled_from(["number", "same", "broadcast", "augmented"]))
    if kind == "number":
        t[to_torch(index)] = -1.5
        a[index] = -1.5
    elif kind == "augmented":
        t[to_torch(index)] += 10
        a[index] += 10
    else:
        full = kind == "same" or not place.ndim
        values = np.arange(100.0, 100.0 + (place.size if full else place.shape[-1]), dtype=np.float32)
        values = values.reshape(place.shape) if full else values
        if any(isinstance(p, np.ndarray) and p.dtype != bool for p in index):
            values[...] = 5  # with positions that repeat, which write wins is not said
        t[to_torch(index)] = torch.from_numpy(values)
        a[index] = values
    assert t.tolist() == a.tolist()


def grid():
    return torch.arange(24.0).reshape(2, 3, 4).clone()


@pytest.mark.parametrize(
    ("index", "shape"),
    [
        ((slice(None), [0, 2]), (2, 2, 4)),
        (([0], slice(None), [1]), (1, 3)),
        ((..., None, 0), (2, 3, 1)),
        ((None, None), (1, 1, 2, 3, 4)),
        ((True,), (1, 2, 3, 4)),
        ((False,), (0, 2, 3, 4)),
        (([],), (0, 3, 4)),
        (([[0, 1], [1, 0]],), (2, 2, 3, 4)),
        ((slice(None), slice(3, 1)), (2, 0, 4)),
        ((1, ..., 2), (3,)),
        (([True, False],), (1, 3, 4)),
        ((np.int64(1), np.array([0, 1])), (2, 4)),
        ((range(1),), (1, 3, 4)),
    ],
)
def test_shapes(index, shape):
    assert tuple(grid()[index].shape) == shape


def test_tensors_as_indices():
    x = grid()
    assert x[torch.tensor(1)].shape == (3, 4) and x[torch.tensor([0, 1]), torch.tensor([[2], [0]])].shape == (2, 2, 4)
    assert x[x > 20].tolist() == [21, 22, 23] and x[torch.tensor([True, False])].shape == (1, 3, 4)
    assert x[torch.tensor([1, 0], dtype=torch.int32)].shape == (2, 3, 4) and x[0, torch.tensor(2)].tolist() == [
        8,
        9,
        10,
        11,
    ]
    assert [1, 2, 3][torch.tensor(1)] == 2 and list(range(5))[torch.tensor(1) : torch.tensor(3)] == [1, 2]
    assert x[:, torch.tensor(1) :, :: torch.tensor(2)].shape == (2, 2, 2)


@pytest.mark.parametrize(
    ("use", "kind", "message"),
    [
        (lambda x: x[5], IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
        (lambda x: x[0, 7], IndexError, "index 7 is out of bounds for dimension 1 with size 3"),
        (lambda x: x[0, 0, 0, 0], IndexError, "too many indices for tensor of dimension 3"),
        (lambda x: x[torch.tensor([2])], IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
        (
            lambda x: x[torch.tensor([1.0])],
            IndexError,
            "tensors used as indices must be long, int, byte or bool tensors",
        ),
        (
            lambda x: x[torch.tensor([True])],
            IndexError,
            "The shape of the mask [1] at index 0 does not match the shape of the indexed tensor [2, 3, 4] at index 0",
        ),
        (
            lambda x: x[torch.tensor([0, 1]), torch.tensor([0, 1, 2])],
            IndexError,
            "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]",
        ),
        (lambda x: x[::-1], ValueError, "step must be greater than zero"),
        (lambda x: x["a"], TypeError, "new(): invalid data type 'str'"),
        (
            lambda x: x[torch.tensor([0], dtype=torch.int16)],
            IndexError,
            "tensors used as indices must be long, int, byte or bool tensors",
        ),
        (lambda x: torch.tensor(1)[:], IndexError, "slice() cannot be applied to a 0-dim tensor."),
        (lambda x: x.__setitem__(0, [1.0]), TypeError, "can't assign a list to a torch.FloatTensor"),
        (lambda x: x.__setitem__(0, np.ones(4)), TypeError, "can't assign a numpy.ndarray to a torch.FloatTensor"),
        (lambda x: x.__setitem__(0, 1j), RuntimeError, "value cannot be converted to type float without overflow"),
        (
            lambda x: x.__setitem__([0], torch.tensor(1)),
            RuntimeError,
            "Index put requires the source and destination dtypes match, got Float for the destination and Long for",
        ),
        (
            lambda x: x.__setitem__(0, torch.ones(5)),
            RuntimeError,
            "The expanded size of the tensor (4) must match the "
            "existing size (5) at non-singleton dimension 1.  Target sizes: [3, 4].  Tensor sizes: [5]",
        ),
        (
            lambda x: torch.tensor(1)[0],
            IndexError,
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
            "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number",
        ),
        (lambda x: len(torch.tensor(1)), TypeError, "len() of a 0-d tensor"),
        (lambda x: list(torch.tensor(1)), TypeError, "iteration over a 0-d tensor"),
    ],
)
def test_errors(use, kind, message):
    with pytest.raises(kind) as caught:
        use(grid())
    assert str(caught.value).startswith(message)


def test_index_put_accumulates():
    index = (torch.tensor([0, 0, 2]),)
    assert torch.zeros(4).index_put_(index, torch.ones(3), accumulate=True).tolist() == [2, 0, 1, 0]
    x = torch.zeros(4)
    x[index] += 1
    assert x.tolist() == [1, 0, 1, 0]


def test_gradients_of_reading_and_writing():
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (a[torch.tensor([0, 0, 2])] * torch.tensor([1.0, 2.0, 5.0])).sum().backward()
    assert a.grad.tolist() == [3, 0, 5]
    a.grad = None
    b = a * 1
    b[a > 1.5] = a[:2] * 10
    b.sum().backward()
    assert a.grad.tolist() == [11, 10, 0]


def test_one_element_at_a_mask_is_cast():
    x = torch.zeros(2, 3)
    x[0, torch.tensor([True, False, True])] = torch.tensor([3])
    x.index_put_((x == 0,), torch.tensor(7))
    assert x.tolist() == [[3, 7, 3], [7, 7, 7]]


def test_writes_convert_and_keep_the_dtype():
    x = torch.zeros(3, dtype=torch.int64)
    x[0] = 2.7
    x[1:] = torch.tensor([True, False])
    assert x.tolist() == [2, 1, 0] and x.dtype is torch.int64
    x[0] = torch.tensor([5.0])
    assert x.tolist() == [5, 1, 0]


def test_a_second_ellipsis_shows_no_more_dimensions():
    x = torch.arange(6).reshape(2, 3)
    assert x[..., ...].shape == (2, 3)
    assert x[1, ..., 2, ...].item() == 5
    with pytest.raises(IndexError, match="index 0 is out of bounds for dimension 2 with size 0"):
        x[..., ..., 0]


def test_leading_ones_of_what_is_written_are_dropped():
    x = torch.zeros(4)
    x[torch.tensor([0, 1, 2, 3])] = torch.ones(1, 1, 4)
    assert x.tolist() == [1.0] * 4


def test_shapes_are_refused_before_dtypes():
    x = torch.arange(4)
    with pytest.raises((IndexError, RuntimeError), match="shape mismatch: value tensor of shape"):
        x[x > 1] = torch.tensor([1.0, 2.0, 3.0])
    with pytest.raises(RuntimeError, match="Index put requires the source and destination dtypes match"):
        x[x > 1] = torch.tensor([1.0, 2.0])


def test_byte_masks_are_deprecated():
    with pytest.warns(UserWarning, match="indexing with dtype torch.uint8 is now deprecated"):
        assert torch.arange(3)[torch.tensor([0, 1, 1], dtype=torch.uint8)].tolist() == [1, 2]


def test_slices_take_integers():
    with pytest.raises(TypeError, match="slice indices must be integers or None or have an __index__ method"):
        torch.zeros(2)["a":]
