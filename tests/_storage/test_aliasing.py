"""Views and writes against NumPy: random chains of views over one memory, written through, all looked at again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jaxtorch as torch
from jaxtorch._storage import host
from jaxtorch._storage.storage import Storage

# ----- One view step, on both sides -----


def _strided(array, shape, strides, offset):
    """NumPy's `as_strided` in elements from the start of the memory below `array`."""
    memory = array
    while memory.base is not None:
        memory = memory.base
    flat = memory.reshape(-1)
    return np.lib.stride_tricks.as_strided(flat[offset:], shape, [s * flat.itemsize for s in strides])


def _unfold(array, dim, size, step):
    windows = np.lib.stride_tricks.sliding_window_view(array, size, dim, writeable=True)
    return windows[(slice(None),) * dim + (slice(None, None, step),)]


@st.composite
def step(draw, shape):
    """A view step that fits `shape`: (name, on a tensor, on an array)."""
    ndim = len(shape)
    kinds = ["unsqueeze"]
    if ndim:
        kinds += [
            "slice",
            "slice",
            "transpose",
            "permute",
            "select",
            "narrow",
            "diagonal",
            "unfold",
            "flatten",
            "squeeze",
        ]
    kind = draw(st.sampled_from(kinds))
    dim = draw(st.integers(0, max(ndim - 1, 0)))
    size = shape[dim] if ndim else 1
    if kind == "unsqueeze" or (size < 1 and kind in ("select", "unfold", "narrow")):
        return "unsqueeze", lambda t: t.unsqueeze(dim), lambda a: np.expand_dims(a, dim)
    if kind == "slice":
        begin, end = sorted((draw(st.integers(0, size)), draw(st.integers(0, size))))
        cut = (slice(None),) * dim + (slice(begin, end, draw(st.integers(1, 3))),)
        return f"slice{cut}", lambda t: t[cut], lambda a: a[cut]
    if kind == "transpose":
        other = draw(st.integers(0, ndim - 1))
        return "transpose", lambda t: t.transpose(dim, other), lambda a: np.swapaxes(a, dim, other)
    if kind == "permute":
        order = draw(st.permutations(range(ndim)))
        return f"permute{order}", lambda t: t.permute(order), lambda a: np.transpose(a, order)
    if kind == "select":
        i = draw(st.integers(-size, size - 1))
        return f"select{dim, i}", lambda t: t.select(dim, i), lambda a: a[(slice(None),) * dim + (i, ...)]
    if kind == "narrow":
        begin = draw(st.integers(0, size - 1))
        length = draw(st.integers(0, size - begin))
        cut = (slice(None),) * dim + (slice(begin, begin + length),)
        return f"narrow{dim, begin, length}", lambda t: t.narrow(dim, begin, length), lambda a: a[cut]
    if kind == "diagonal" and ndim >= 2:
        one, two = draw(st.permutations(range(ndim)))[:2]
        k = draw(st.integers(-1, 1))
        return f"diagonal{k, one, two}", lambda t: t.diagonal(k, one, two), lambda a: _diagonal(a, k, one, two)
    if kind == "unfold":
        width, jump = draw(st.integers(1, size)), draw(st.integers(1, 2))
        return f"unfold{dim, width, jump}", lambda t: t.unfold(dim, width, jump), lambda a: _unfold(a, dim, width, jump)
    if kind == "squeeze":
        return "squeeze", lambda t: t.squeeze(), lambda a: a.squeeze()
    return "flatten", lambda t: t.view(-1) if t.is_contiguous() else t, lambda a: a.reshape(-1) if _contiguous(a) else a


def _diagonal(array, k, one, two):
    found = np.diagonal(array, k, one, two)
    found.setflags(write=True)
    return found


def _contiguous(array):
    return array.size == 0 or array.flags.c_contiguous


def _same(tensor, array, strides=True):
    assert tuple(tensor.shape) == array.shape
    assert tensor.tolist() == array.tolist()
    if strides and array.size:
        # A stride along a dimension of size 1 is never used, and NumPy gives it as it likes.
        used = [d for d, n in enumerate(array.shape) if n > 1]
        assert [tensor.stride(d) for d in used] == [array.strides[d] // array.itemsize for d in used]
        assert tensor.is_contiguous() == array.flags.c_contiguous


@settings(max_examples=60)
@given(st.data())
def test_every_alias_sees_every_write(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    count = int(np.prod(shape))
    memory = np.arange(float(count), dtype=np.float32).reshape(shape)
    pairs = [(torch.arange(float(count)).reshape(shape).clone(), memory)]
    for n in range(data.draw(st.integers(2, 6))):
        tensor, array = pairs[data.draw(st.integers(0, len(pairs) - 1))]
        if data.draw(st.booleans()) and n:
            overlaps = array.size > len({int(i) for i in _positions(array, memory)})
            if not overlaps:
                _write(data, tensor, array)
        else:
            name, on_tensor, on_array = data.draw(step(array.shape))
            pairs.append((on_tensor(tensor), on_array(array)))
        for t, a in pairs:
            _same(t, a)
        for t, a in pairs[1:]:
            if a.size:
                assert t.storage_offset() == _offset(a, memory)


def _offset(array, memory):
    return (array.__array_interface__["data"][0] - memory.__array_interface__["data"][0]) // memory.itemsize


def _positions(array, memory):
    first = _offset(array, memory)
    grid = np.indices(array.shape).reshape(array.ndim, -1)
    return first + sum((g * s // memory.itemsize for g, s in zip(grid, array.strides, strict=True)), np.zeros(1, int))


def _write(data, tensor, array):
    kind = data.draw(st.sampled_from(["add", "fill", "set", "copy", "first"]))
    if kind == "add":
        tensor.add_(10)
        array += 10
    elif kind == "fill":
        tensor.fill_(-3)
        array[...] = -3
    elif kind == "set":
        tensor[...] = 7
        array[...] = 7
    elif kind == "copy":
        new = np.arange(100.0, 100.0 + array.size, dtype=np.float32).reshape(array.shape)
        tensor.copy_(torch.from_numpy(new.copy()))
        array[...] = new
    elif array.ndim and array.shape[0]:
        tensor[0] *= 2
        array[0] *= 2


# ----- Single cases -----


def grid(*shape):
    count = int(np.prod(shape))
    return torch.arange(float(count)).reshape(shape).clone()


@pytest.mark.parametrize(
    ("take", "size", "stride", "offset"),
    [
        (lambda t: t.t(), (4, 3), (1, 4), 0),
        (lambda t: t[1:, ::2], (2, 2), (4, 2), 4),
        (lambda t: t[1], (4,), (1,), 4),
        (lambda t: t[:, 3], (3,), (4,), 3),
        (lambda t: t.diagonal(), (3,), (5,), 0),
        (lambda t: t.diagonal(1), (3,), (5,), 1),
        (lambda t: t.unfold(1, 2, 2), (3, 2, 2), (4, 2, 1), 0),
        (lambda t: t.expand(2, 3, 4), (2, 3, 4), (0, 4, 1), 0),
        (lambda t: t[None], (1, 3, 4), (12, 4, 1), 0),
        (lambda t: t.unsqueeze(-1), (3, 4, 1), (4, 1, 1), 0),
        (lambda t: t.as_strided((2, 2), (1, 5), 1), (2, 2), (1, 5), 1),
        (lambda t: t.view(2, 6), (2, 6), (6, 1), 0),
        (lambda t: t.view(-1), (12,), (1,), 0),
        (lambda t: t.reshape(4, 3), (4, 3), (3, 1), 0),
        (lambda t: t.t().reshape(12), (12,), (1,), 0),
        (lambda t: t.flatten(), (12,), (1,), 0),
        (lambda t: t.chunk(2, 1)[1], (3, 2), (4, 1), 2),
        (lambda t: t.split([1, 2])[1], (2, 4), (4, 1), 4),
        (lambda t: t.unbind(1)[2], (3,), (4,), 2),
        (lambda t: t.movedim(0, 1), (4, 3), (1, 4), 0),
        (lambda t: t.t().contiguous(), (4, 3), (3, 1), 0),
        (lambda t: t.t().clone(), (4, 3), (1, 4), 0),
        (lambda t: t.t() + 1, (4, 3), (1, 4), 0),
        (lambda t: torch.zeros_like(t.t()), (4, 3), (1, 4), 0),
    ],
)
def test_strides(take, size, stride, offset):
    got = take(grid(3, 4))
    assert (tuple(got.shape), got.stride(), got.storage_offset()) == (size, stride, offset)


@pytest.mark.parametrize(
    ("write", "changed"),
    [
        (lambda t: t.t()[1].add_(100), [[0, 101, 2], [3, 104, 5]]),
        (lambda t: t.view(-1)[::2].zero_(), [[0, 1, 0], [3, 0, 5]]),
        (lambda t: t.as_strided((2, 2), (1, 3), 1).fill_(9), [[0, 9, 9], [3, 9, 9]]),
        (lambda t: t.diagonal().mul_(-1), [[0, 1, 2], [3, -4, 5]]),
        (lambda t: t.flatten()[4:].fill_(8), [[0, 1, 2], [3, 8, 8]]),
        (lambda t: t.reshape(3, 2)[2].fill_(8), [[0, 1, 2], [3, 8, 8]]),
        (lambda t: t.detach()[0].fill_(8), [[8, 8, 8], [3, 4, 5]]),
        (lambda t: t.data[0].fill_(8), [[8, 8, 8], [3, 4, 5]]),
        (lambda t: t[None].squeeze()[1].fill_(8), [[0, 1, 2], [8, 8, 8]]),
        (lambda t: t.T.copy_(torch.tensor([[1.0, 2], [3, 4], [5, 6]])), [[1, 3, 5], [2, 4, 6]]),
        (lambda t: t.unbind()[1].zero_(), [[0, 1, 2], [0, 0, 0]]),
        (lambda t: t.view(torch.int32).zero_(), [[0, 0, 0], [0, 0, 0]]),
        (lambda t: t.t().reshape(6).zero_(), [[0, 1, 2], [3, 4, 5]]),  # a copy
        (lambda t: t.t().contiguous().zero_(), [[0, 1, 2], [3, 4, 5]]),
        (lambda t: t[[0, 1]].zero_(), [[0, 1, 2], [3, 4, 5]]),
        (lambda t: t.clone().zero_(), [[0, 1, 2], [3, 4, 5]]),
    ],
)
def test_writes_reach_the_base(write, changed):
    t = grid(2, 3)
    write(t)
    assert t.tolist() == changed


@pytest.mark.parametrize(
    ("fails", "kind", "message"),
    [
        (
            lambda t: t.t().view(-1),
            RuntimeError,
            "view size is not compatible with input tensor's size and stride (at least one "
            "dimension spans across two contiguous subspaces). Use .reshape(...) instead.",
        ),
        (lambda t: t.view(5, -1), RuntimeError, "shape '[5, -1]' is invalid for input of size 12"),
        (lambda t: t.view(7), RuntimeError, "shape '[7]' is invalid for input of size 12"),
        (lambda t: t.reshape(-1, -1), RuntimeError, "only one dimension can be inferred"),
        (
            lambda t: t.expand(2, 4),
            RuntimeError,
            "The expanded size of the tensor (2) must match the existing size (3) at "
            "non-singleton dimension 0.  Target sizes: [2, 4].  Tensor sizes: [3, 4]",
        ),
        (
            lambda t: t.expand(2, 3, 4).add_(1),
            RuntimeError,
            "unsupported operation: more than one element of the written-to tensor "
            "refers to a single memory location. Please clone() the tensor before performing the operation.",
        ),
        (
            lambda t: t.select(0, 3),
            IndexError,
            "select(): index 3 out of range for tensor of size [3, 4] at dimension 0",
        ),
        (
            lambda t: t.transpose(0, 2),
            IndexError,
            "Dimension out of range (expected to be in range of [-2, 1], but got 2)",
        ),
        (lambda t: t.narrow(0, 2, 5), RuntimeError, "start (2) + length (5) exceeds dimension size (3)."),
        (
            lambda t: t.permute(0),
            RuntimeError,
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            "length of the desired ordering of dimensions i.e. input.dim() = 2 is not equal to len(dims) = 1",
        ),
        (lambda t: t.unfold(1, 5, 1), RuntimeError, "maximum size for tensor at dimension 1 is 4 but size is 5"),
        (lambda t: t.squeeze(2), IndexError, "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
        (
            lambda t: t[0].mT,
            RuntimeError,
            "tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor.",
        ),
    ],
)
def test_errors(fails, kind, message):
    with pytest.raises(kind) as caught:
        fails(grid(3, 4))
    assert str(caught.value).split("\n")[0] == message


def test_data_ptr_and_is_set_to():
    t = grid(3, 4)
    assert t.view(4, 3).data_ptr() == t.data_ptr() == t.detach().data_ptr() != t.clone().data_ptr()
    assert t[1].data_ptr() - t.data_ptr() == 16
    assert t.untyped_storage().data_ptr() == t[1].untyped_storage().data_ptr()


def test_versions():
    t = grid(3)
    v, d, raw = t[1:], t.detach(), t.data
    t.add_(1)
    assert (t._version, v._version, d._version, raw._version) == (1, 1, 1, 0)
    raw.add_(1)
    assert t._version == 1
    assert t.tolist() == [2, 3, 4]


def test_expanded_reads_follow_the_base():
    t = grid(2, 1)
    wide = t.expand(2, 3)
    t[1] = 5
    assert wide.tolist() == [[0, 0, 0], [5, 5, 5]]


def test_complex_parts_are_views():
    t = torch.zeros(2, dtype=torch.complex64)
    t.real.fill_(2)
    t.imag[1] = 5
    torch.view_as_real(t)[0, 1] = -1
    assert t.tolist() == [2 - 1j, 2 + 5j]


# ----- NumPy's memory -----


def test_numpy_and_tensor_share_both_ways():
    array = np.arange(4.0)
    t = torch.from_numpy(array)
    array[0] = 50
    assert t.tolist() == [50, 1, 2, 3]
    t[1] = 60
    t[2:].mul_(2)
    assert array.tolist() == [50, 60, 4, 6]
    assert t.numpy() is not None and np.shares_memory(t.numpy(), array)


def test_a_tensors_array_follows_it():
    t = grid(3)
    array = t.numpy()
    t += 1
    assert array.tolist() == [1, 2, 3]
    array[0] = 77
    assert t.tolist() == [77, 2, 3]
    view = t[1:]
    array[1:] = 0
    assert view.tolist() == [0, 0]


def test_what_was_written_stays_when_the_array_is_gone():
    t = torch.zeros(2, 3)
    t.numpy()[0] = 1
    np.copyto(np.asarray(t.t())[2:], [[5, 6]])
    assert t.tolist() == [[1, 1, 5], [0, 0, 6]] and type(t._storage) is Storage
    rest = t.numpy()[1:]
    rest += 1
    t += 1
    assert rest.tolist() == [[2, 2, 8]]
    rest[:] = 0
    del rest
    assert t.sum().item() == 2 + 2 + 6
    t.numpy()[0, 0] = 9
    t.fill_(3)
    assert t.sum().item() == 18
    scalar = torch.zeros(())
    scalar.numpy()[...] = 4
    assert scalar.item() == 4


def test_recorded_work_sees_the_array_as_it_was_then():
    array = np.ones(3, np.float32)
    t = torch.from_numpy(array)
    later = t * 2
    array[:] = 5
    assert (t.tolist(), (t * 2).tolist()) == ([5, 5, 5], [10, 10, 10])
    assert later.tolist() == [2, 2, 2]


def test_views_of_shared_memory_read_their_own_part():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    t = torch.from_numpy(array)
    row, column, square = t[1], t.t()[2], t[1].view(2, 2)
    array[1, 2] = 50.0
    assert row.tolist() == [4, 5, 50, 7] and column.tolist() == [2, 50, 10] and square[1, 0].item() == 50
    before = row + 0
    row[0] = -1.0
    assert array[1, 0] == -1 and t[1, 0].item() == -1 and before.tolist() == [4, 5, 50, 7]
    t.mul_(2)
    assert row.tolist() == [-2, 10, 100, 14]
    array[1] = 0.0
    square += 1
    assert array[1].tolist() == [1, 1, 1, 1] and row._base is t and row.storage_offset() == 4


def test_a_row_of_a_shared_array_costs_a_row(monkeypatch):
    compared = []
    same_bytes = host._same_bytes
    monkeypatch.setattr(host, "_same_bytes", lambda a, b: compared.append(a.size) or same_bytes(a, b))
    t = torch.from_numpy(np.zeros((100, 10), np.float32))
    rows = [t[i] for i in range(100)]
    assert compared == []
    assert [row.sum().item() for row in rows[:3]] == [0, 0, 0] and max(compared, default=0) <= 10


def test_as_strided_of_dense_memory_needs_no_map_of_indices():
    layer = torch.empty(320000, 20000, 3, 3, device="meta")
    assert layer.as_strided(layer.shape, layer.stride()).shape == layer.shape
    flat = torch.arange(24.0)
    assert flat.as_strided((2, 3), (1, 2), 4).tolist() == [[4.0, 6.0, 8.0], [5.0, 7.0, 9.0]]
    assert flat.as_strided((2, 1, 3), (3, 7, 1), 1).tolist() == [[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]
