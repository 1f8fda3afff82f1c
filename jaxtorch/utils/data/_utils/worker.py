"""What runs in a loader's worker process: seeds, the fetch loop, and what a worker knows about itself."""

from __future__ import annotations

import os
import pickle
import queue
import random
import traceback
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from jaxtorch._engine import forked
from jaxtorch._tensor.random import manual_seed
from jaxtorch.utils.data._utils import fetch

CHECK_SECONDS = 5.0  # how often each side looks whether the other is alive


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


class Resume:
    """Sent to persistent workers, and back, when a new epoch begins."""


class _KeyErrorMessage(str):
    """A message that a KeyError shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Failure:
    """An exception of a worker, to be raised again in the main process."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.kind = type(error)
        self.text = "".join(traceback.format_exception(error))
        self.where = where

    def reraise(self) -> None:
        """Raise the exception with the worker's traceback in its message."""
        message = f"Caught {self.kind.__name__} {self.where}.\nOriginal {self.text}"
        if self.kind is KeyError:
            message = _KeyErrorMessage(message)
        try:
            error = self.kind(message)
        except Exception:  # its constructor wants something else
            raise RuntimeError(message) from None
        raise error


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
    np.random.seed(numpy_seed(task.base_seed, worker_id))
    _worker_info = WorkerInfo(worker_id, task.num_workers, seed, task.dataset)
    where = f"in DataLoader worker process {worker_id}"
    fetcher = failure = None
    try:
        if task.init_fn is not None:
            task.init_fn(worker_id)
        fetcher = task.fetcher()
    except Exception as e:
        failure = Failure(e, where)
    parent, ended = os.getppid(), False
    while os.getppid() == parent:
        try:
            message = indices.get(timeout=CHECK_SECONDS)
        except queue.Empty:
            continue
        if message is None:
            break
        if isinstance(message, Resume):
            results.put((message, b""))
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
    task: Task, fetcher: Any, index: Any, failure: Failure | None, worker_id: int, where: str
) -> tuple[bytes, bool]:
    """A batch, a `Failure` or a `StreamEnd`, pickled; and whether the stream has ended.

    The queue would pickle it on a thread of its own, where an error (a tensor that cannot be computed) is lost.
    """
    ended = False
    try:
        if failure is not None:
            return _pickled(failure), False
        batch = fetcher.fetch(index)
        return _pickled(batch), False
    except StopIteration as e:
        ended = task.iterable
        outcome: Any = StreamEnd(worker_id) if ended else Failure(e, where)
    except Exception as e:
        outcome = Failure(e, where)
    try:
        return _pickled(outcome), ended
    except Exception:  # an exception class that pickle cannot name
        outcome.kind = RuntimeError
        return _pickled(outcome), ended


def _pickled(x: Any) -> bytes:
    # Not by multiprocessing's pickler, which would share the memory of tensors: a batch is read once.
    return pickle.dumps(x, pickle.HIGHEST_PROTOCOL)


def numpy_seed(base_seed: int, worker_id: int) -> list[int]:
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
