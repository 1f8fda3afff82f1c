"""Datasets, samplers and the loader: PyTorch's order for the same seed, and its batches."""

import collections
import warnings

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch._engine import recorder
from jaxtorch.utils.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    get_worker_info,
    random_split,
)


def _rows():
    return TensorDataset(torch.arange(20.0).reshape(10, 2), torch.arange(10))


class _Stream(IterableDataset):
    def __iter__(self):
        return iter(range(7))

    def __len__(self):
        return 5


# ----- Order: numbers from PyTorch 2.13 with manual_seed(3) -----

ORDERS = {
    "shuffle": (
        lambda: [y.tolist() for _, y in DataLoader(_rows(), batch_size=4, shuffle=True)],
        [[6, 2, 0, 1], [8, 3, 5, 4], [7, 9]],
    ),
    "second epoch": (
        lambda: [[y.tolist() for _, y in loader] for loader in [DataLoader(_rows(), 5, True)] * 2][1],
        [[3, 4, 0, 9, 6], [7, 1, 2, 5, 8]],
    ),
    "generator": (
        lambda: [y.tolist() for _, y in DataLoader(_rows(), 5, True, generator=torch.Generator().manual_seed(7))],
        [[1, 3, 5, 7, 9], [4, 6, 2, 8, 0]],
    ),
    "split": (lambda: [list(s.indices) for s in random_split(_rows(), [7, 3])], [[6, 0, 3, 7, 8, 5, 1], [9, 2, 4]]),
    "fractions": (
        lambda: [list(s.indices) for s in random_split(range(7), [0.5, 0.3, 0.2])],
        [[5, 3, 4, 6], [0, 2], [1]],
    ),
    "replacement": (lambda: list(RandomSampler(range(9), True, 5)), [4, 6, 6, 5, 8]),
    "many": (lambda: list(RandomSampler(range(4), num_samples=6)), [3, 1, 0, 2, 3, 0]),
    "subset": (lambda: list(SubsetRandomSampler([5, 2, 7])), [2, 5, 7]),
    "weighted": (lambda: list(WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3, 0.6], 6)), [1, 3, 4, 1, 4, 4]),
    "weighted once": (lambda: list(WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3, 0.6], 4, False)), [3, 0, 1, 4]),
    "distributed": (lambda: list(DistributedSampler(range(10), 3, 1, seed=4)), [4, 7, 8, 0]),
}


@pytest.mark.parametrize("name", ORDERS)
def test_order_is_pytorchs(name):
    run, expected = ORDERS[name]
    torch.manual_seed(3)
    assert run() == expected


@pytest.mark.parametrize(("shuffle", "expected"), [(False, 0.285842), (True, 0.471614)])
def test_an_iterator_draws_as_many_numbers_as_pytorchs(shuffle, expected):
    torch.manual_seed(3)
    list(DataLoader(_rows(), shuffle=shuffle))
    assert torch.rand(1).item() == pytest.approx(expected, abs=1e-6)


# ----- Batches -----


def test_batches():
    batches = list(DataLoader(_rows(), batch_size=4))
    assert [b[1].tolist() for b in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert isinstance(batches[0], list) and batches[0][0].shape == (4, 2)
    assert (
        len(list(DataLoader(_rows(), batch_size=4, drop_last=True))) == len(DataLoader(_rows(), 4, drop_last=True)) == 2
    )
    assert [x.tolist() for x in next(iter(DataLoader(_rows(), batch_size=None)))] == [[0.0, 1.0], 0]
    assert next(iter(DataLoader(_rows(), batch_sampler=[[3, -1]])))[1].tolist() == [3, 9]


def test_batches_are_put_together_on_the_host():
    x = torch.arange(20.0).reshape(10, 2)

    class Rows(Dataset):
        def __len__(self):
            return 10

        def __getitem__(self, i):
            return x[i], i

    recorder.flush()
    for dataset in (TensorDataset(x), Subset(TensorDataset(x), [1, 3, 5, 7]), Rows()):
        ((batch, *_),) = [next(iter(DataLoader(dataset, batch_size=4)))]
        assert batch.shape == (4, 2) and recorder.pending_count() == 0


def test_gradients_flow_through_a_batch():
    x = torch.ones(4, 2, requires_grad=True)
    (batch,) = next(iter(DataLoader(TensorDataset(x), batch_size=2)))
    batch.sum().backward()
    assert x.grad.tolist() == [[1, 1], [1, 1], [0, 0], [0, 0]]


def test_a_dataset_over_numpy_memory_shows_changes():
    array = np.zeros((4, 2), np.float32)
    loader = DataLoader(TensorDataset(torch.from_numpy(array)), batch_size=2)
    array[0, 0] = 5.0
    assert next(iter(loader))[0].tolist() == [[5, 0], [0, 0]]


def test_iterable_datasets():
    assert [b.tolist() for b in DataLoader(ChainDataset([_Stream()]), batch_size=3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [b.tolist() for b in DataLoader(_Stream(), batch_size=3, drop_last=True)] == [[0, 1, 2], [3, 4, 5]]
    loader = DataLoader(_Stream(), batch_size=1)
    assert len(loader) == 5
    with pytest.warns(UserWarning, match="Length of IterableDataset .* was reported to be 5"):
        assert len(list(loader)) == 7


def test_combined_datasets():
    both = _rows() + _rows()
    assert isinstance(both, ConcatDataset) and len(both) == 20 and both[-1][1].item() == both[19][1].item() == 9
    stacked = StackDataset(a=_rows(), b=range(10))
    assert stacked[2]["b"] == 2 and [s["b"] for s in stacked.__getitems__([1, 4])] == [1, 4]
    assert StackDataset(range(3), range(3))[1] == (1, 1)
    assert get_worker_info() is None


# ----- Collation -----

Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        ([1, 2], torch.tensor([1, 2])),
        ([1.0, 2.0], torch.tensor([1.0, 2.0], dtype=torch.float64)),
        ([True, False], torch.tensor([True, False])),
        ([np.float32(1), np.float32(2)], torch.tensor([1.0, 2.0])),
        ([np.int32(1), np.int32(2)], torch.tensor([1, 2], dtype=torch.int32)),
        ([np.arange(2), np.arange(2)], torch.tensor([[0, 1], [0, 1]])),
        ([torch.tensor([1, 2]), torch.tensor([3, 4])], torch.tensor([[1, 2], [3, 4]])),
        (["a", "b"], ["a", "b"]),
        ([(1, "x"), (2, "y")], [torch.tensor([1, 2]), ("x", "y")]),
        (
            [{"a": 1, "b": (1, 2.0)}, {"a": 2, "b": (3, 4.0)}],
            {"a": torch.tensor([1, 2]), "b": [torch.tensor([1, 3]), torch.tensor([2.0, 4.0], dtype=torch.float64)]},
        ),
        ([Point(1, 2), Point(3, 4)], Point(torch.tensor([1, 3]), torch.tensor([2, 4]))),
    ],
)
def test_default_collate(batch, expected):
    _same(default_collate(batch), expected)


def _same(found, expected):
    assert type(found) is type(expected)
    if isinstance(expected, torch.Tensor):
        assert found.dtype is expected.dtype and torch.equal(found, expected)
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for k in expected:
            _same(found[k], expected[k])
    elif isinstance(expected, (list, tuple)):
        for a, b in zip(found, expected, strict=True):
            _same(a, b)
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        (
            [object()],
            TypeError,
            "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found",
        ),
        ([None], TypeError, "found <class 'NoneType'>"),
        ([[1, 2], [3]], RuntimeError, "each element in list of batch should be of equal size"),
        ([np.array(["a"])], TypeError, "found <U1"),
        ([torch.ones(2), torch.ones(3)], RuntimeError, "stack expects each tensor to be equal size"),
    ],
)
def test_collation_errors(batch, error, message):
    with pytest.raises(error, match=message):
        default_collate(batch)


def test_default_convert():
    _same(
        default_convert({"a": np.array([1, 2]), "b": "s", "c": (np.float32(1),)}),
        {"a": torch.tensor([1, 2]), "b": "s", "c": [torch.tensor(1.0)]},
    )


# ----- Errors -----


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size should be a positive integer value, but got batch_size=0"),
        ({"sampler": [1], "shuffle": True}, ValueError, "sampler option is mutually exclusive with shuffle"),
        (
            {"batch_sampler": [[0]], "batch_size": 3},
            ValueError,
            "batch_sampler option is mutually exclusive with batch_size",
        ),
        ({"num_workers": -1}, ValueError, "num_workers option should be non-negative"),
        ({"batch_size": None, "drop_last": True}, ValueError, "batch_size=None option disables auto-batching"),
        ({"prefetch_factor": 2}, ValueError, "prefetch_factor option could only be specified in multiprocessing"),
        ({"persistent_workers": True}, ValueError, "persistent_workers option needs num_workers > 0"),
        ({"timeout": -1}, ValueError, "timeout option should be non-negative"),
    ],
)
def test_loader_errors(options, error, message):
    with pytest.raises(error, match=message):
        DataLoader(_rows(), **options)


def test_more_errors():
    with pytest.raises(ValueError, match="expected unspecified shuffle option, but got shuffle=True"):
        DataLoader(_Stream(), shuffle=True)
    with pytest.raises(ValueError, match="batch_size attribute should not be set after DataLoader is initialized"):
        DataLoader(_rows()).batch_size = 3
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        TensorDataset(torch.ones(3), torch.ones(4))
    with pytest.raises(ValueError, match="Sum of input lengths does not equal the length of the input dataset"):
        random_split(_rows(), [3, 4])
    with pytest.raises(IndexError):
        list(DataLoader(_rows(), batch_sampler=[[11]]))
    assert list(BatchSampler(SequentialSampler(range(5)), 2, True)) == [[0, 1], [2, 3]]


def test_pin_memory_without_an_accelerator_warns():
    if torch.cuda.is_available():
        pytest.skip("there is an accelerator")
    with pytest.warns(UserWarning, match="'pin_memory' argument is set as true but no accelerator is found"):
        iter(DataLoader(_rows(), pin_memory=True))


def test_an_empty_part_warns():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        random_split(range(4), [0.5, 0.5, 0.0])
    assert [str(w.message) for w in caught] == [
        "Length of split at index 2 is 0. This might result in an empty dataset."
    ]


def test_distributed_sampler_asks_the_group():
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        DistributedSampler(range(3))
    torch.distributed.init_process_group("gloo", rank=0, world_size=1, init_method="tcp://127.0.0.1:1")
    try:
        assert sorted(DistributedSampler(range(3))) == [0, 1, 2]
    finally:
        torch.distributed.destroy_process_group()
