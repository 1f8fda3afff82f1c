"""How a batch of records becomes programs: whole, or cut into segments by content."""

from __future__ import annotations

from jaxtorch._engine import program


def run_batch(batch: list) -> None:
    """Run all records of a batch."""
    program.run(program.survey(batch))


def cut_point(pending: list) -> int:
    """Where a graph that has grown too long is cut."""
    return len(pending)
