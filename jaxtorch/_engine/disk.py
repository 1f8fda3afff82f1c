"""Keeping the persistent compilation cache below its bound.

JAX's own bound takes a file lock at every look-up, polled in steps of 50 ms: with a few processes side by side most of
a script's start went into waiting for it. So the cache is unbounded for JAX and pruned here: when a process that has
compiled something ends, at most every ten minutes, the entries that were written first go.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import time
from pathlib import Path

from jaxtorch._engine.config import config
from jaxtorch._engine.stats import stats

_EVERY = 600.0
_STAMP = ".pruned"


def prune(folder: str, bound: int) -> None:
    """Remove the oldest files of a folder until it is below `bound` bytes."""
    files = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False) and entry.name != _STAMP:
                found = entry.stat()
                files.append((found.st_mtime, found.st_size, entry.path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= bound:
            return
        with contextlib.suppress(OSError):  # another process may be pruning too
            os.remove(path)
        total -= size


def _at_exit() -> None:
    if not config.cache_dir or not stats.ever_compiled:
        return
    stamp = Path(config.cache_dir) / _STAMP
    with contextlib.suppress(OSError):
        if stamp.exists() and time.time() - stamp.stat().st_mtime < _EVERY:
            return
        stamp.touch()
        prune(config.cache_dir, config.cache_size)


atexit.register(_at_exit)
