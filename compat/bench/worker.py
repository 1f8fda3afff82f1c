"""A long-lived process that runs one row on one side: `python -m compat.bench.worker ROW MODE`.

It reads requests, one JSON object a line, from standard input and answers each with one line on the standard output it
was started with; what the row prints goes to standard error. Under jaxtorch's launcher `import torch` is jaxtorch.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
import warnings
from typing import Any

PAGE = os.sysconf("SC_PAGE_SIZE")


def memory() -> float:
    """Resident megabytes now."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * PAGE / 1e6


class Steps:
    """A row's step function, and what its rounds saw."""

    def __init__(self, step: Any) -> None:
        self.step = step
        self.failures: dict[str, str] = {}

    def round(self, count: int) -> dict[str, Any]:
        losses, last = [], None
        begin = time.perf_counter()
        for _ in range(count):
            last = self.step()
            if isinstance(last, float):
                losses.append(last)
        if last is not None and not isinstance(last, float):
            losses.append(float(last))  # the round ends when its last value is there
        seconds = time.perf_counter() - begin
        return {"seconds": {"step": seconds / count}, "losses": losses}


class Calls:
    """A row's single calls: recorded many times, run outside of the clock."""

    def __init__(self, calls: dict[str, Any], flush: Any) -> None:
        self.flush = flush
        self.calls, self.failures = {}, {}
        for name, call in calls.items():
            try:
                call()
                self.calls[name] = call
            except Exception as error:
                self.failures[name] = f"{type(error).__name__}: {error}"

    def round(self, count: int) -> dict[str, Any]:
        seconds = {}
        for name, call in self.calls.items():
            self.flush()
            begin = time.perf_counter()
            for _ in range(count):
                call()
            seconds[name] = (time.perf_counter() - begin) / count
            self.flush()
        return {"seconds": seconds, "losses": []}


def load(row: str, mode: str) -> Steps | Calls:
    if mode == "limit":
        importlib.import_module("jaxtorch._engine.backend")  # the same settings of XLA
        return Steps(importlib.import_module(f"compat.bench.limits.{row}").make())
    module = importlib.import_module(f"compat.bench.rows.{row}")
    torch = importlib.import_module("torch")
    engine = getattr(torch, "engine", None)
    if hasattr(module, "calls"):
        return Calls(module.calls(), engine.flush if engine else lambda: None)
    return Steps(module.make(torch.compile if mode == "compile" else lambda function: function))


def counters() -> dict[str, Any]:
    """What the engine says of compilation; nothing on other sides."""
    engine = getattr(sys.modules.get("torch"), "engine", None)
    if engine is None:
        return {}
    seen = engine.explain()
    return {"programs": seen.programs, "reasons": seen.reasons}


def main() -> None:
    row, mode = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    begin = time.perf_counter()
    work: Steps | Calls | None = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "load":
            work = load(row, mode)
            answer: dict[str, Any] = {"seconds": time.perf_counter() - begin, "failures": work.failures}
        else:
            assert work is not None
            before = memory()
            answer = work.round(request["count"])
            answer |= {"memory before": before, "memory": memory(), **counters()}
            answer["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
