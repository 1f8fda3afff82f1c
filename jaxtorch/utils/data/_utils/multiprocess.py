"""One pass over a loader (or all, with persistent workers) with the batches fetched by worker processes.

Batches are handed out to the workers in turn, a few ahead of what was asked for, and given back in the order of the
sampler whatever order they come in. Seeds, order and errors are PyTorch's. A forked worker has no XLA: what its dataset
computes with tensors runs on the host (`_engine.forked`).
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import multiprocessing
import os
import pickle
import queue
import time
import warnings
import weakref
from typing import Any

from jaxtorch._engine import forked
from jaxtorch._utils import ExceptionWrapper
from jaxtorch.utils.data._utils.iteration import BaseIterator
from jaxtorch.utils.data._utils.worker import MP_STATUS_CHECK_INTERVAL, Resume, StreamEnd, Task, worker_loop

_alive: weakref.WeakSet[MultiProcessIterator] = weakref.WeakSet()


class MultiProcessIterator(BaseIterator):
    """Takes batches from workers, in order."""

    _stopped = True
    _owner = 0

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        self._prefetch_factor = loader.prefetch_factor
        self._in_order = loader.in_order
        context = loader.multiprocessing_context or multiprocessing.get_context()
        is_forked = context.get_start_method() == "fork"
        task = Task(
            self._dataset,
            self._iterable,
            self._auto_collation,
            self._collate_fn,
            self._drop_last,
            self._base_seed,
            loader.worker_init_fn,
            self._num_workers,
            is_forked,
            self._shared_seed,
        )
        self._results = context.Queue()
        self._done = context.Event()
        self._indices: list[Any] = []
        self._workers: list[Any] = []
        self._stopped, self._owner = False, os.getpid()
        _alive.add(self)
        forked.before_fork()
        for i in range(self._num_workers):
            indices = context.Queue()
            indices.cancel_join_thread()
            worker = context.Process(
                target=worker_loop, args=(task, i, indices, self._results, self._done), daemon=True
            )
            with warnings.catch_warnings():
                # Python and JAX warn that forked threads are gone; the worker does without them.
                warnings.filterwarnings("ignore", "os.fork\\(\\) was called", RuntimeWarning)
                warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
                worker.start()
            self._indices.append(indices)
            self._workers.append(worker)
        self._reset(loader, first_iter=True)

    def _reset(self, loader: Any, first_iter: bool = False) -> None:
        if not first_iter:
            super()._reset(loader)
        self._sent = self._received = 0
        self._tasks: dict[int, tuple] = {}  # number -> (worker,) or (worker, batch)
        self._outstanding = 0
        self._active = [True] * self._num_workers
        self._load = [0] * self._num_workers
        self._turns = itertools.cycle(range(self._num_workers))
        if not first_iter:
            self._resume()
        for _ in range(self._prefetch_factor * self._num_workers):
            self._hand_out()

    def _resume(self) -> None:
        for indices in self._indices:
            indices.put(Resume(self._shared_seed))
        waiting = self._num_workers
        while waiting:  # batches of an epoch that was left early may come first
            waiting -= isinstance(self._take()[0], Resume)

    # ----- Handing out and taking back -----

    def _hand_out(self) -> None:
        most = self._prefetch_factor * self._num_workers
        try:
            index = self._next_index()
        except StopIteration:
            return
        for _ in range(self._num_workers):
            worker = next(self._turns)
            if self._active[worker] and (self._in_order or self._load[worker] < most // sum(self._active)):
                break
        else:
            return
        self._indices[worker].put((self._sent, index))
        self._tasks[self._sent] = (worker,)
        self._load[worker] += 1
        self._outstanding += 1
        self._sent += 1

    def _next_data(self) -> Any:
        while True:
            self._skip_ended()
            if len(self._tasks[self._received]) == 2:
                worker, batch = self._tasks.pop(self._received)
                self._received += 1
                return self._given(worker, batch)
            number, batch = self._take()
            self._outstanding -= 1
            if isinstance(batch, StreamEnd):
                self._active[batch.worker_id] = False
                if not self._persistent_workers:
                    self._indices[batch.worker_id].put(None)
                self._hand_out()
            elif number == self._received or not self._in_order:
                (worker,) = self._tasks.pop(number)
                self._received += number == self._received
                return self._given(worker, batch)
            else:
                self._tasks[number] += (batch,)

    def _skip_ended(self) -> None:
        """Go to the next batch that is there or will come; StopIteration where there is none."""
        while self._received < self._sent:
            task = self._tasks.get(self._received)
            if task is not None:
                if len(task) == 2 or self._active[task[0]]:
                    return
                del self._tasks[self._received]
            self._received += 1
        if not self._persistent_workers:
            self._shutdown_workers()
        raise StopIteration

    def _given(self, worker: int, batch: Any) -> Any:
        self._load[worker] -= 1
        self._hand_out()
        if isinstance(batch, ExceptionWrapper):
            batch.reraise()
        return batch

    def _take(self) -> tuple[Any, Any]:
        """The next message of any worker; RuntimeError when one died or the loader's timeout is over."""
        deadline = time.monotonic() + self._timeout if self._timeout > 0 else None
        while True:
            wait = (
                MP_STATUS_CHECK_INTERVAL
                if deadline is None
                else max(0.0, min(MP_STATUS_CHECK_INTERVAL, deadline - time.monotonic()))
            )
            try:
                number, content = self._results.get(timeout=wait)
                return number, pickle.loads(content) if content else None
            except queue.Empty:
                dead = [w for w, active in zip(self._workers, self._active, strict=True) if active and not w.is_alive()]
                if dead:
                    pids = ", ".join(str(w.pid) for w in dead)
                    self._shutdown_workers()
                    raise RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly") from None
                if deadline is not None and time.monotonic() >= deadline:
                    raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds") from None

    # ----- The end -----

    def _shutdown_workers(self) -> None:
        if self._stopped or self._owner != os.getpid():  # a worker forked later has inherited this iterator
            return
        self._stopped = True
        self._done.set()
        for indices in self._indices:
            with contextlib.suppress(ValueError, OSError):  # closed already
                indices.put(None)
        for worker in self._workers:
            worker.join(timeout=MP_STATUS_CHECK_INTERVAL)
            if worker.is_alive():
                worker.terminate()
                worker.join(timeout=MP_STATUS_CHECK_INTERVAL)
        for each in (*self._indices, self._results):
            each.cancel_join_thread()
            each.close()

    def __del__(self) -> None:
        self._shutdown_workers()


def _stop_all() -> None:
    for iterator in tuple(_alive):
        iterator._shutdown_workers()


atexit.register(_stop_all)
