"""Compiling in the background: programs that have proved hot, while their pieces go on running."""

from __future__ import annotations

import atexit
import queue
import threading

from jaxtorch._engine import program

_jobs: queue.SimpleQueue = queue.SimpleQueue()
_worker: threading.Thread | None = None
_lock = threading.Lock()
_stop = False


class Job:
    """A compilation under way."""

    def __init__(self, run) -> None:
        self._run = run
        self._done = threading.Event()

    def run(self) -> None:
        """Compile; an error is left to the ordinary path, which meets it again at the user's line."""
        try:
            self._run()
        finally:
            self._done.set()

    def wait(self) -> None:
        """Block until it is done."""
        self._done.wait()


def compile_whole(stretch: program.Stretch) -> Job:
    """Start to compile a stretch as one program."""
    global _worker
    job = Job(program.prepare(stretch))
    _jobs.put(job)
    with _lock:
        if _worker is None:
            _worker = threading.Thread(target=_work, name="jaxtorch-compile", daemon=True)
            _worker.start()
    return job


def drain() -> None:
    """Block until every compilation that was started is done."""
    if _worker is not None:
        job = Job(lambda: None)
        _jobs.put(job)
        job.wait()


def _work() -> None:
    while not _stop:
        job = _jobs.get()
        if job is not None and not _stop:
            job.run()


def _finish() -> None:
    # XLA must not be compiling while the interpreter goes away.
    global _stop
    _stop = True
    _jobs.put(None)
    if _worker is not None:
        _worker.join()


atexit.register(_finish)
