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


def compile_whole(stretch: program.Stretch) -> None:
    """Compile a stretch as one program; it is used from the flush after the one it is ready at."""
    global _worker
    _jobs.put(program.prepare(stretch))
    with _lock:
        if _worker is None:
            _worker = threading.Thread(target=_work, name="jaxtorch-compile", daemon=True)
            _worker.start()


def _work() -> None:
    while not _stop:
        job = _jobs.get()
        if job is not None and not _stop:
            job()


def _finish() -> None:
    # XLA must not be compiling while the interpreter goes away.
    global _stop
    _stop = True
    _jobs.put(None)
    if _worker is not None:
        _worker.join()


atexit.register(_finish)
