"""What runs in a loader's worker process: seeds, the fetch loop, and what a worker knows about itself."""

from __future__ import annotations

import os
import pickle
import queue
import random
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from jaxtorch._engine import forked
from jaxtorch._tensor.random import Generator, manual_seed
from jaxtorch._utils import ExceptionWrapper
from jaxtorch.utils.data._utils import fetch
from jaxtorch.utils.data.datapipes.datapipe import IterDataPipe, MapDataPipe
from jaxtorch.utils.data.graph_settings import apply_random_seed, apply_sharding

MP_STATUS_CHECK_INTERVAL = 5.0  # how often each side looks whether the other is alive


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """The worker's number, the number of workers, its seed and its copy of the dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


_worker_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """The `WorkerInfo` of this worker; None in the main process."""
    return _worker_info


@dataclass(frozen=True)
class StreamEnd:
    """Sent in place of a batch when a worker's iterable dataset has come to its end."""

    worker_id: int


@dataclass(frozen=True)
class Resume:
    """Sent to persistent workers, and back, when a new epoch begins; with the seed of a datapipe's shufflers."""

    seed: int | None = None


class Task(NamedTuple):
    """What a worker needs to know."""

    dataset: Any
    iterable: bool
    auto_collation: bool
    collate_fn: Any
    drop_last: bool
    base_seed: int
    init_fn: Any
    num_workers: int
    forked: bool
    shared_seed: int | None = None  # of the shufflers of a datapipe, the same in all workers

    def seed_pipes(self, seed: int | None) -> None:
        """Seed the shufflers of an iterable datapipe."""
        if isinstance(self.dataset, IterDataPipe) and seed is not None:
            apply_random_seed(self.dataset, Generator().manual_seed(seed))

    def initialise(self, worker_id: int) -> None:
        """A datapipe takes its part of the stream; then the user's function runs."""
        if isinstance(self.dataset, (IterDataPipe, MapDataPipe)):
            apply_sharding(self.dataset, self.num_workers, worker_id)
        if self.init_fn is not None:
            self.init_fn(worker_id)

    def fetcher(self) -> Any:
        """A fetcher over the worker's dataset."""
        kind = fetch._IterableDatasetFetcher if self.iterable else fetch._MapDatasetFetcher
        return kind(self.dataset, self.auto_collation, self.collate_fn, self.drop_last)


def worker_loop(task: Task, worker_id: int, indices: Any, results: Any, done: Any) -> None:
    """Fetch batches until told to stop. `results` gets (number of the batch, the batch pickled)."""
    global _worker_info
    if task.forked:
        forked.in_child()
    seed = task.base_seed + worker_id
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(_generate_state(task.base_seed, worker_id))
    task.seed_pipes(task.shared_seed)
    _worker_info = WorkerInfo(worker_id, task.num_workers, seed, task.dataset)
    where = f"in DataLoader worker process {worker_id}"
    fetcher = failure = None
    try:
        task.initialise(worker_id)
        fetcher = task.fetcher()
    except Exception:
        failure = ExceptionWrapper(where=where)
    parent, ended = os.getppid(), False
    while os.getppid() == parent:
        try:
            message = indices.get(timeout=MP_STATUS_CHECK_INTERVAL)
        except queue.Empty:
            continue
        if message is None:
            break
        if isinstance(message, Resume):
            results.put((message, b""))
            task.seed_pipes(message.seed)
            fetcher, ended = task.fetcher(), False
            continue
        if done.is_set() or ended:
            continue  # the main process will say when to stop
        number, index = message
        batch, ended = _fetched(task, fetcher, index, failure, worker_id, where)
        failure = None
        results.put((number, batch))
        del batch
    if done.is_set():
        results.cancel_join_thread()
        results.close()


def _fetched(
    task: Task, fetcher: Any, index: Any, failure: ExceptionWrapper | None, worker_id: int, where: str
) -> tuple[bytes, bool]:
    """A batch, an `ExceptionWrapper` or a `StreamEnd`, pickled; and whether the stream has ended.

    The queue would pickle it on a thread of its own, where an error (a tensor that cannot be computed) is lost.
    """
    ended = False
    try:
        if failure is not None:
            return _pickled(failure), False
        batch = fetcher.fetch(index)
        return _pickled(batch), False
    except StopIteration:
        ended = task.iterable
        outcome: Any = StreamEnd(worker_id) if ended else ExceptionWrapper(where=where)
    except Exception:
        outcome = ExceptionWrapper(where=where)
    try:
        return _pickled(outcome), ended
    except Exception:  # an exception class that pickle cannot name
        outcome.exc_type = RuntimeError
        return _pickled(outcome), ended


def _pickled(x: Any) -> bytes:
    # Not by multiprocessing's pickler, which would share the memory of tensors: a batch is read once.
    return pickle.dumps(x, pickle.HIGHEST_PROTOCOL)


def _generate_state(base_seed: int, worker_id: int) -> list[int]:
    """NumPy's `SeedSequence` over (worker, seed), as PyTorch computes it for `np.random.seed`."""
    mask = 0xFFFFFFFF
    constant = 0x43B0D7E5

    def hashed(value: int) -> int:
        nonlocal constant
        value = (value ^ constant) & mask
        constant = (constant * 0x931E8875) & mask
        value = (value * constant) & mask
        return value ^ (value >> 16)

    def mixed(x: int, y: int) -> int:
        value = (0xCA01F9DD * x - 0x4973F715 * y) & mask
        return value ^ (value >> 16)

    pool = [hashed(v) for v in (worker_id, base_seed & mask, base_seed >> 32, 0)]
    for source in range(4):
        for target in range(4):
            if source != target:
                pool[target] = mixed(pool[target], hashed(pool[source]))
    state, constant = [], 0x8B51F9DD
    for value in pool:
        value = (value ^ constant) & mask
        constant = (constant * 0x58F38DED) & mask
        value = (value * constant) & mask
        state.append(value ^ (value >> 16))
    return state
