"""How a batch of records becomes programs.

A batch seen for the first time is compiled as one program when it is short and does not repeat itself; else it is cut by
content (`cuts`), since segments are shared between lengths and layers and compile time stops growing with depth. A
batch that has spent more time in pieces than compiling it whole would take is compiled whole in the background.
"""

from __future__ import annotations

import time
from collections import OrderedDict

from jaxtorch._engine import background, cuts, program
from jaxtorch._engine.config import config
from jaxtorch._engine.stats import stats

_LONG_RUN = 24  # records of a repeating run from which on even a short batch is cut
_SECONDS_PER_RECORD = 0.008  # what compiling costs, measured (docs/performance.md)


class _Plan:
    """What is known of a batch that runs in pieces: where it is cut and how long it has run."""

    __slots__ = ("ends", "seconds", "asked")

    def __init__(self, ends: list[int]) -> None:
        self.ends = ends
        self.seconds = 0.0
        self.asked = False


_plans: OrderedDict[tuple, _Plan] = OrderedDict()


def run_batch(batch: list) -> None:
    """Run all records of a batch; the batch is emptied."""
    stretch = program.survey(batch)
    if program.known(stretch):
        program.run(stretch)
        return
    plan = _plans.get(stretch.key)
    if plan is None:
        ends = _plan(batch)
        if ends is None:
            program.run(stretch)
            return
        plan = _plans[stretch.key] = _Plan(ends)
        while len(_plans) > config.programs:
            _plans.popitem(last=False)
    elif not plan.asked and plan.seconds > config.promote * _SECONDS_PER_RECORD * len(batch):
        plan.asked = True
        background.compile_whole(stretch)
    start, compiling = time.perf_counter(), stats.seconds["compile"]
    del stretch
    _run_pieces(batch, plan.ends)
    plan.seconds += time.perf_counter() - start - (stats.seconds["compile"] - compiling)


def _plan(batch: list) -> list[int] | None:
    """The ends of the segments of a new batch; None to compile it whole."""
    ids = [record.call.id for record in batch]
    if len(batch) <= config.whole and not cuts.long_run(ids, _LONG_RUN):
        return None
    ends = cuts.cut(ids, [record.call.fingerprint for record in batch])
    return ends if len(ends) > 1 else None


def _run_pieces(batch: list, ends: list[int]) -> None:
    # Only the piece holds on to its records while it runs: references decide what is alive outside.
    pieces = []
    begin = 0
    for end in ends:
        pieces.append(batch[begin:end])
        begin = end
    batch.clear()
    pieces.reverse()
    while pieces:
        piece = pieces.pop()
        program.run(program.survey(piece))
        release(piece)


def release(batch: list) -> None:
    """Values that are alive keep their data, not the graph they came from."""
    for record in batch:
        record.args = None
        if record.outs is None:
            record.call = None


def cut_point(pending: list) -> int:
    """Where a graph that has grown too long is cut."""
    return cuts.periodic_prefix([record.call.id for record in pending])
