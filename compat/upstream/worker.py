"""Runs a PyTorch test file in this process, under jaxtorch or PyTorch, and writes what came of each test."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

TEST_SECONDS = 120  # of processor time, for one test


class TestTooLong(Exception):
    """A test used up its time."""


def _too_long(*_: Any) -> None:
    raise TestTooLong(f"more than {TEST_SECONDS} s of processor time")


class Collector:
    """A pytest plugin that notes outcomes, and saves them as it goes: a crash loses nothing."""

    def __init__(self, out: Path, only: set[str] | None) -> None:
        self.results: dict[str, list[str]] = {}
        self._only = only
        self._log = out.with_suffix(".part").open("w", encoding="utf-8")

    def pytest_collection_modifyitems(self, config: Any, items: list) -> None:
        """Leave out what PyTorch itself does not pass."""
        if self._only is not None:
            items[:] = [item for item in items if _name(item.nodeid) in self._only]

    def pytest_runtest_setup(self, item: Any) -> None:
        """Start the test's clock."""
        self._began = time.monotonic()
        print(json.dumps([_name(item.nodeid), "crashed", ""]), file=self._log, flush=True)
        signal.setitimer(signal.ITIMER_PROF, TEST_SECONDS)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note an outcome; the first one that is not a pass stays."""
        if report.when == "teardown":
            signal.setitimer(signal.ITIMER_PROF, 0)
        if report.when != "call" and report.passed:
            return
        name = _name(report.nodeid)
        if name in self.results and self.results[name][0] != "passed":
            return
        outcome = "error" if report.failed and report.when != "call" else report.outcome
        self.results[name] = [outcome, "" if report.passed else _reason(report)]
        print(json.dumps([name, *self.results[name]]), file=self._log, flush=True)

    def pytest_collectreport(self, report: Any) -> None:
        """Note that the file could not be read."""
        if report.failed:
            self.results["<import>"] = ["error", _reason(report)]


def _name(nodeid: str) -> str:
    return nodeid.partition("::")[2]


def _reason(report: Any) -> str:
    chain = getattr(report.longrepr, "chain", None)
    if chain:  # the first exception; those raised while it was handled say less
        crash = chain[0][1]
        where = f" [{Path(crash.path).name}:{crash.lineno}]" if crash else ""
        return " ".join((crash.message if crash else str(chain[0][0])).split())[:240] + where
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])[:300]
    return " ".join(str(report.longrepr).split())[-300:]


def main(side: str, file: str, out: str, only: str, *arguments: str) -> int:
    """Run the file's tests (those named in the file `only`, unless it is empty) on one side."""
    os.environ.setdefault("PYTORCH_TESTING_DEVICE_ONLY_FOR", "cpu")
    os.environ.setdefault("PYTORCH_PRINT_REPRO_ON_FAILURE", "0")
    if side == "jaxtorch":
        importlib.import_module("compat.upstream.imports").install()  # PyTorch's side must not import jaxtorch
    importlib.import_module("compat.upstream.older").supply(file)
    signal.signal(signal.SIGPROF, _too_long)
    wanted = set(json.loads(Path(only).read_text(encoding="utf-8"))) if only else None
    collector = Collector(Path(out), wanted)
    options = [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-p",
        "no:hypothesispytest",
        "--noconftest",
        "-q",
        "--tb=short",
    ]
    options += ["-c", os.devnull, "--rootdir", str(Path(file).parent), "-W", "ignore"]
    options += ["--tb=short", "--no-header", "--no-summary"]
    code = pytest.main([*options, file, *arguments], plugins=[collector])
    Path(out).write_text(json.dumps(collector.results, indent=0, sort_keys=True), encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
