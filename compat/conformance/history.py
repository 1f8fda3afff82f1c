"""The record of earlier runs: totals of each, and which checks failed in the last run that covered them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from compat.conformance.outcome import Check

DEFAULT = Path(__file__).parent / "history.json"
KEPT_RUNS = 50


def load(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"runs": [], "covered": {}, "failed": {}}
    return json.loads(path.read_text())


def regressions(history: dict[str, Any], checks: Iterable[Check]) -> list[Check]:
    """Checks that fail now on samples where an earlier run saw them not fail."""
    covered = {case: _expand(ranges) for case, ranges in history["covered"].items()}
    found = []
    for check in checks:
        if check.outcome in ("pass", "oracle") or check.key in history["failed"]:
            continue
        if check.index in covered.get(f"{check.op}|{check.dtype}|{check.kind}", ()):
            found.append(check)
    return found


def record(path: Path, setting: dict[str, Any], checks: list[Check]) -> None:
    """Add this run's totals, and replace what was known of the samples it covered."""
    history = load(path)
    history["runs"].append({"setting": setting, "counts": dict(Counter(c.outcome for c in checks))})
    history["runs"] = history["runs"][-KEPT_RUNS:]
    now: dict[str, set[int]] = {}
    for check in checks:
        now.setdefault(f"{check.op}|{check.dtype}|{check.kind}", set()).add(check.index)
    failed = {key: outcome for key, outcome in history["failed"].items() if not _within(key, now)}
    failed |= {c.key: c.outcome for c in checks if c.outcome not in ("pass", "oracle")}
    covered = {case: _expand(ranges) for case, ranges in history["covered"].items()}
    for case, indices in now.items():
        covered[case] = covered.get(case, set()) | indices
    history["failed"] = dict(sorted(failed.items()))
    history["covered"] = {case: _ranges(indices) for case, indices in sorted(covered.items())}
    path.write_text(json.dumps(history, indent=0) + "\n")


def _within(key: str, now: dict[str, set[int]]) -> bool:
    op, dtype, kind, index, _ = key.split("|", 4)
    return int(index) in now.get(f"{op}|{dtype}|{kind}", ())


def _ranges(indices: set[int]) -> str:
    """{0, 1, 2, 5} as "0~2 5"."""
    parts: list[list[int]] = []
    for i in sorted(indices):
        if parts and parts[-1][1] == i - 1:
            parts[-1][1] = i
        else:
            parts.append([i, i])
    return " ".join(str(a) if a == b else f"{a}~{b}" for a, b in parts)


def _expand(ranges: str) -> set[int]:
    indices: set[int] = set()
    for part in ranges.split():
        first, _, last = part.partition("~")
        indices.update(range(int(first), int(last or first) + 1))
    return indices
