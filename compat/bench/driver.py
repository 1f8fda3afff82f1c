"""Runs a row on several sides in alternation, so that all see the machine in the same state."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from compat.bench.rowfile import RowFile
from compat.bench.sides import ROOT, Side

PAUSE = 0.05  # seconds between two sides: thread pools stop spinning


class SideFailed(Exception):
    """A side cannot run the row; the text says why."""


@dataclass
class Worker:
    """The process of one side."""

    side: Side
    row: str
    cache: str | None = None
    process: subprocess.Popen[str] = field(init=False)
    log: Any = field(init=False)

    def __post_init__(self) -> None:
        command, environment = self.side.command(self.row, self.cache)
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, start_new_session=True)  # fmt: skip

    def ask(self, timeout: float, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        assert self.process.stdin and self.process.stdout
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], timeout)
        if not ready:
            raise SideFailed(f"no answer in {timeout:g} s")
        line = self.process.stdout.readline()
        if not line:
            raise SideFailed(self.last_words())
        return json.loads(line)

    def last_words(self) -> str:
        self.process.wait(10)
        self.log.seek(0)
        lines = [line.strip() for line in self.log if line.strip()]
        # JAX and chained exceptions put more text behind the line that says what went wrong
        errors = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Interrupt)\b", line)]
        return (errors or lines or [f"exit code {self.process.returncode}"])[-1][:300]

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.log):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


@dataclass
class Result:
    """What one side did in one row."""

    side: str
    failure: str = ""
    failures: dict[str, str] = field(default_factory=dict)  # of single measures
    seconds: dict[str, list[float]] = field(default_factory=dict)  # measure -> one value a round
    losses: list[float] = field(default_factory=list)
    load: float = 0.0
    first: float = 0.0  # seconds of the first step, compilation included
    warmup: float = 0.0
    programs: int | None = None
    programs_later: int | None = None  # compiled after the warm-up
    memory: list[float] = field(default_factory=list)
    growth: float = 0.0  # megabytes gained in the last round
    peak: float = 0.0

    def add(self, answer: dict[str, Any]) -> None:
        for measure, seconds in answer["seconds"].items():
            self.seconds.setdefault(measure, []).append(seconds)
        self.losses += answer["losses"]
        self.memory.append(answer["memory"])
        self.growth = answer["memory"] - answer["memory before"]
        self.peak = answer["peak"]
        if "programs" in answer:
            self.programs_later = answer["programs"] - (self.programs or 0)


def has_limit(row: str) -> bool:
    return importlib.util.find_spec(f"compat.bench.limits.{row}") is not None


def run(row: RowFile, sides: list[Side], rounds: int, short: bool, timeout: float) -> list[Result]:
    """All rounds of a row. A side that fails is left out from then on and says why."""
    sides = [s for s in sides if s.mode != "limit" or has_limit(row.name)]
    if row.cold:
        return _run_cold(row, sides, rounds, timeout)
    results = {side.name: Result(side.name) for side in sides}
    with contextlib.ExitStack() as stack:
        workers: dict[str, Worker] = {}
        for side in sides:
            worker = workers[side.name] = Worker(side, row.name)
            stack.callback(worker.close)
            with _noting(results[side.name]):
                _warm_up(worker, results[side.name], row.warmup(short), timeout)
        for number in range(rounds):
            for side in _rotated(sides, number):
                result = results[side.name]
                if not result.failure:
                    time.sleep(PAUSE)
                    with _noting(result):
                        result.add(workers[side.name].ask(timeout, do="round", count=row.steps(short)))
    return list(results.values())


def _warm_up(worker: Worker, result: Result, count: int, timeout: float) -> None:
    loaded = worker.ask(timeout, do="load")
    result.load, result.failures = loaded["seconds"], loaded["failures"]
    begin = time.perf_counter()
    first = worker.ask(timeout, do="round", count=1)
    result.first = time.perf_counter() - begin
    result.losses += first["losses"]
    answer = worker.ask(timeout, do="round", count=max(1, count - 1))
    result.losses += answer["losses"]
    result.warmup = time.perf_counter() - begin
    result.programs = answer.get("programs")


def _run_cold(row: RowFile, sides: list[Side], rounds: int, timeout: float) -> list[Result]:
    """Each round a new process with an empty cache of compiled programs."""
    results = {side.name: Result(side.name) for side in sides}
    for number in range(rounds):
        for side in _rotated(sides, number):
            result = results[side.name]
            if result.failure:
                continue
            with tempfile.TemporaryDirectory() as cache, _noting(result):
                worker = Worker(side, row.name, cache)
                try:
                    result.load = worker.ask(timeout, do="load")["seconds"]
                    answer = worker.ask(timeout, do="round", count=1)
                finally:
                    worker.close()
                result.add(answer)
                result.programs, result.programs_later = answer.get("programs"), None
    return list(results.values())


def _rotated(sides: list[Side], number: int) -> list[Side]:
    """The sides take turns in being first."""
    shift = number % len(sides)
    return sides[shift:] + sides[:shift]


@contextlib.contextmanager
def _noting(result: Result) -> Iterator[None]:
    try:
        yield
    except SideFailed as error:
        result.failure = str(error)


def wall_time(command: list[str], environment: dict[str, str], timeout: float) -> float:
    """Seconds of a whole process."""
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout)
    seconds = time.perf_counter() - begin
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise SideFailed(lines[-1][:300] if lines else f"exit code {done.returncode}")
    return seconds
