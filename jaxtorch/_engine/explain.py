"""`jaxtorch.engine.explain()`: what was compiled, why, and where the time went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from jaxtorch._engine.stats import Capture, Compilation, stats


@dataclass(frozen=True)
class Explanation:
    """A snapshot of the engine's counters; `print` it for a table."""

    programs: int
    hits: int
    flushes: int
    host_batches: int
    records: int
    seconds: dict[str, float]
    compilations: tuple[Compilation, ...]
    captures: tuple[Capture, ...]  # what became of the calls of compiled functions

    @property
    def reasons(self) -> dict[str, int]:
        """How many programs were compiled for each reason."""
        return dict(Counter(c.reason for c in self.compilations))

    def __str__(self) -> str:
        lines = [
            f"flushes {self.flushes}, records {self.records}, run on the host {self.host_batches}, programs compiled "
            f"{self.programs}, found again {self.hits}",
            "seconds: " + ", ".join(f"{name} {value:.3f}" for name, value in self.seconds.items()),
        ]
        lines.extend(f"  {count} x {reason}" for reason, count in self.reasons.items())
        slowest = sorted(self.compilations, key=lambda c: -c.seconds)[:5]
        lines.extend(f"  {c.seconds:.3f} s: {c.records} records ({c.reason})" for c in slowest)
        lines.extend(f"  {c.function}: {c.outcome}" for c in self.captures)
        return "\n".join(lines)


def explain() -> Explanation:
    """The engine's counters since the start, or since the last `reset()`."""
    return Explanation(
        stats.programs,
        stats.hits,
        stats.flushes,
        stats.host_batches,
        stats.records,
        dict(stats.seconds),
        tuple(stats.compilations),
        tuple(stats.captures),
    )


def reset() -> None:
    """Set the counters to zero."""
    stats.reset()
