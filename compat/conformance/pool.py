"""The driver: hands tasks to worker processes, and replaces a worker that crashes, hangs or grows too large."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from compat.conformance import worker
from compat.conformance.cases import Task, entries, namespace
from compat.conformance.outcome import Check

START_TIMEOUT = 180.0


class LookalikeFailed(Exception):
    """The lookalike cannot be imported: there is nothing to test."""


@dataclass
class Limits:
    """What a single check may cost before its worker is replaced."""

    seconds: float = 30.0
    megabytes: int = 4000


@dataclass
class Worker:
    lookalike: str
    log: str
    process: Any = None
    connection: Any = None
    task: Task | None = None
    at: tuple[int, str] = (-1, "samples")
    since: float = 0.0
    ready: bool = False
    retried: set[tuple[Task, int]] = field(default_factory=set)

    def start(self) -> None:
        # fork: torch and its database are imported once, by the driver; the lookalike only ever inside a worker
        context = multiprocessing.get_context("fork")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=worker.main, args=(theirs, self.lookalike, self.log), daemon=True)
        self.process.start()
        theirs.close()
        self.ready, self.since = False, time.monotonic()

    def give(self, task: Task, start: int = 0) -> None:
        self.task, self.at, self.since = task, (-1, "samples"), time.monotonic()
        self.connection.send((task, start))

    def stop(self) -> None:
        if self.process is not None and self.process.is_alive():
            os.kill(self.process.pid, signal.SIGKILL)
        if self.process is not None:
            self.process.join()
            self.connection.close()

    def last_words(self) -> str:
        with open(self.log, errors="replace") as log:
            lines = [line.strip() for line in log if line.strip()]
        return " | ".join(lines[-3:])[:400]


def run(
    tasks: list[Task],
    lookalike: str,
    jobs: int,
    limits: Limits,
    report: Callable[[Check], None],
    finished: Callable[[Task], None] = lambda task: None,
) -> None:
    """Run every task; `report` gets each check as it ends."""
    queue = deque(tasks)
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        workers = [Worker(lookalike, os.path.join(folder, f"{i}.log")) for i in range(max(1, min(jobs, len(tasks))))]
        try:
            for w in workers:
                w.start()
            pending: dict[int, tuple[Task, int]] = {}
            while queue or pending or any(w.task for w in workers):
                _step(workers, queue, pending, limits, report, finished)
        finally:
            for w in workers:
                w.stop()


def _step(
    workers: list[Worker],
    queue: deque[Task],
    pending: dict[int, tuple[Task, int]],
    limits: Limits,
    report: Callable[[Check], None],
    finished: Callable[[Task], None],
) -> None:
    for i, w in enumerate(workers):
        if w.ready and w.task is None:
            if i in pending:
                w.give(*pending.pop(i))
            elif queue:
                w.give(queue.popleft())
    ready = multiprocessing.connection.wait([w.connection for w in workers], timeout=0.5)
    for i, w in enumerate(workers):
        if w.connection in ready:
            try:
                _receive(w, limits, report, finished)
                continue
            except (EOFError, ConnectionResetError):
                w.process.join()
                resume = _lost(w, "crash", f"exit code {w.process.exitcode}: {w.last_words()}", report, finished)
        elif time.monotonic() - w.since > (limits.seconds if w.ready else START_TIMEOUT) and (w.task or not w.ready):
            index = w.at[0]
            if w.task and (w.task, index) not in w.retried:
                w.retried.add((w.task, index))  # a busy machine is no hang: once more
                resume = (w.task, max(index, 0))
            else:
                resume = _lost(w, "timeout", f"no answer in {limits.seconds:g} s", report, finished)
        else:
            continue
        w.stop()
        w.task = None
        w.start()
        if resume:
            pending[i] = resume


def _receive(w: Worker, limits: Limits, report: Callable[[Check], None], finished: Callable[[Task], None]) -> None:
    while w.connection.poll():
        kind, value = w.connection.recv()
        w.since = time.monotonic()
        if kind == "ready":
            w.ready = True
        elif kind == "fatal":
            raise LookalikeFailed(value)
        elif kind == "begin":
            w.at = value
        elif kind == "check":
            report(value)
        elif kind == "done":
            task, w.task = w.task, None
            if task:
                finished(task)
            if value > limits.megabytes:
                w.stop()
                w.start()
            return


def _lost(
    w: Worker, outcome: str, detail: str, report: Callable[[Check], None], finished: Callable[[Task], None]
) -> tuple[Task, int] | None:
    """Report the check that took its worker down; what of the task is still to do."""
    if w.task is None:
        raise LookalikeFailed(f"a worker ended before its first task: {detail}")
    index, check = w.at
    op = entries()[w.task.op]
    at = "" if index < 0 else f"--at {index}"
    report(
        Check(
            w.task.op, namespace(op), w.task.dtype, w.task.kind, index, check, outcome, detail, f"torch.{op.name} {at}"
        )
    )
    if index < 0:
        finished(w.task)
        return None
    return w.task, index + 1
