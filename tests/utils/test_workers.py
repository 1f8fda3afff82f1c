"""Worker processes: the same batches in the same order as without them, PyTorch's seeds, and errors that come home."""

import multiprocessing
import os
import random
import time

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info
from jaxtorch.utils.data._utils.worker import _generate_state

pytestmark = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="processes are not forked"
)


class Rows(Dataset):
    def __init__(self):
        self.x = torch.arange(20.0).reshape(10, 2) + 1  # still to be computed when the workers start

    def __len__(self):
        return 10

    def __getitem__(self, i):
        return self.x[i] * 2, i


class Draws(Rows):
    def __getitem__(self, i):
        info = get_worker_info()
        return info.id, info.seed, torch.rand(()), random.random(), np.random.rand()


class Stream(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        return iter(range(info.id, 7, info.num_workers))


def _listed(loader):
    return [[x.tolist() for x in batch] if isinstance(batch, list) else batch.tolist() for batch in loader]


@pytest.mark.parametrize("workers", [1, 2])
def test_batches_and_order(workers):
    torch.manual_seed(3)
    expected = _listed(DataLoader(Rows(), batch_size=3, shuffle=True))
    after = torch.rand(1).item()
    torch.manual_seed(3)
    assert _listed(DataLoader(Rows(), batch_size=3, shuffle=True, num_workers=workers)) == expected
    assert torch.rand(1).item() == after


def test_random_numbers_in_workers_are_pytorchs():
    # What PyTorch 2.13 gives for the same dataset after manual_seed(3), from both workers.
    torch.manual_seed(3)
    first, second = list(DataLoader(Draws(), batch_size=1, sampler=[0, 1], num_workers=2))
    assert [first[0].item(), second[0].item()] == [0, 1]
    assert second[1].item() == first[1].item() + 1 == SEED + 1
    assert [x.item() for x in first[2:]] == pytest.approx(FIRST, rel=1e-6)
    assert [x.item() for x in second[2:]] == pytest.approx(SECOND, rel=1e-6)


SEED = 937055941807507096
FIRST = [0.2876076102256775, 0.21793848432592644, 0.8794862824005928]
SECOND = [0.7470175623893738, 0.09049729754573688, 0.13554665930590137]


def test_seed_of_numpy():
    assert _generate_state(1234567890123, 1) == NUMPY_SEED


NUMPY_SEED = [3402254643, 2226588440, 1976042775, 3314260521]


def test_streams_are_shared_out_by_the_dataset():
    loader = DataLoader(Stream(), batch_size=2, num_workers=2)
    assert _listed(loader) == [[0, 2], [1, 3], [4, 6], [5]]


def test_persistent_workers_live_on():
    loader = DataLoader(Draws(), batch_size=5, num_workers=1, persistent_workers=True)
    first = _listed(loader)
    pids = [w.pid for w in loader._iterator._workers]
    next(iter(loader))  # left early
    again = _listed(loader)
    assert [w.pid for w in loader._iterator._workers] == pids
    assert len(first) == len(again) == 2 and first[0][2] != again[0][2]  # the streams go on


def test_worker_init_fn_runs_in_each_worker():
    def init(worker_id):
        get_worker_info().dataset.offset = 100 * worker_id

    class Offset(Rows):
        offset = -1

        def __getitem__(self, i):
            return self.offset + i

    assert _listed(DataLoader(Offset(), batch_size=5, num_workers=2, worker_init_fn=init)) == [
        [0, 1, 2, 3, 4],
        [105, 106, 107, 108, 109],
    ]


def test_errors_come_home_with_their_traceback():
    class Bad(Rows):
        def __getitem__(self, i):
            raise KeyError(f"no {i}")

    with pytest.raises(KeyError) as caught:
        list(DataLoader(Bad(), batch_size=4, num_workers=1))
    text = str(caught.value)
    assert text.startswith(
        "Caught KeyError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):"
    )
    assert "KeyError: 'no 0'" in text


def test_a_worker_that_dies_is_noticed(monkeypatch):
    monkeypatch.setattr("jaxtorch.utils.data._utils.multiprocess.MP_STATUS_CHECK_INTERVAL", 0.2)

    class Dying(Rows):
        def __getitem__(self, i):
            os._exit(3)

    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly"):
        list(DataLoader(Dying(), num_workers=1))


def test_timeout(monkeypatch):
    monkeypatch.setattr("jaxtorch.utils.data._utils.multiprocess.MP_STATUS_CHECK_INTERVAL", 0.2)

    class Slow(Rows):
        def __getitem__(self, i):
            time.sleep(60)

    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.3 seconds"):
        list(DataLoader(Slow(), num_workers=1, timeout=0.3))


def test_a_worker_cannot_use_xla():
    class Heavy(Rows):
        def __getitem__(self, i):
            return torch.igamma(torch.ones(2), torch.ones(2))

    with pytest.raises(RuntimeError, match="has no implementation on the host, and a forked process cannot use XLA"):
        list(DataLoader(Heavy(), num_workers=1))


def test_arguments():
    with pytest.raises(ValueError, match="multiprocessing_context can only be used with multi-process loading"):
        DataLoader(Rows(), multiprocessing_context="fork")
    with pytest.raises(ValueError, match="multiprocessing_context option should specify a valid start method"):
        DataLoader(Rows(), num_workers=1, multiprocessing_context="teleport")
    many = len(os.sched_getaffinity(0)) + 1
    with pytest.warns(UserWarning, match=f"This DataLoader will create {many} worker processes in total"):
        DataLoader(Rows(), num_workers=many)
    assert DataLoader(Rows(), num_workers=1).prefetch_factor == 2
