"""What the engine did: programs compiled and why, hits, and time in record, compile and run."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


class Compilation(NamedTuple):
    """One compiled program: its number of records, the reason, and the seconds of its first run."""

    records: int
    reason: str
    seconds: float


class Capture(NamedTuple):
    """What became of a call of a compiled function: captured, captured anew for a reason, or run as it is for one."""

    function: str
    outcome: str


@dataclass
class Stats:
    """Counters since the start or the last `reset()`."""

    programs: int = 0
    hits: int = 0
    flushes: int = 0
    host_batches: int = 0
    records: int = 0
    ever_compiled: bool = False  # not reset: the disk cache is looked after when the process ends
    seconds: dict[str, float] = field(default_factory=lambda: {"record": 0.0, "compile": 0.0, "run": 0.0})
    compilations: deque[Compilation] = field(default_factory=lambda: deque(maxlen=1000))
    captures: deque[Capture] = field(default_factory=lambda: deque(maxlen=1000))
    # The profiler while it records: called with "program", "compile" or "host batch", the records, begin and end.
    listener: Callable[[str, list, float, float], None] | None = None

    def reset(self) -> None:
        """Set every counter to zero."""
        self.programs = self.hits = self.flushes = self.records = self.host_batches = 0
        self.seconds.update(record=0.0, compile=0.0, run=0.0)
        self.compilations.clear()
        self.captures.clear()

    @contextlib.contextmanager
    def timing(self, phase: str):
        """Add the time inside the block to a phase."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] += time.perf_counter() - start

    def tell(self, kind: str, records: list, start: float) -> None:
        """Let the profiler know of something that began at `start` and ends now."""
        if self.listener is not None:
            self.listener(kind, records, start, time.perf_counter())


stats = Stats()
