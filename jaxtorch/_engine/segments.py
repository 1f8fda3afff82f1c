"""How a batch of records becomes programs.

A small batch runs on the host (NumPy) the first times it is seen: most of what a script or a test does once would not
repay a compilation. What a program would not do any quicker stays there for good. Others are compiled as one program
when they are short and do not repeat themselves; else cut by
content (`cuts`), since segments are shared between lengths and layers and compile time stops growing with depth. A
batch that keeps coming back in pieces is compiled whole in the background and used from a fixed occurrence on: what
runs when must not depend on the clock, or two runs of one script would differ in the last digits.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from types import SimpleNamespace

from jaxtorch._base.native import hot
from jaxtorch._engine import background, cuts, program
from jaxtorch._engine.config import config
from jaxtorch._engine.host import batch as host
from jaxtorch._engine.host.process import process
from jaxtorch._engine.stats import stats

_LONG_RUN = 24  # records of a repeating run from which on even a short batch is cut
# What a batch may take on the host, and more for each record: less than compiling it would.
_HOST_SECONDS, _HOST_SECONDS_PER_RECORD = 0.01, 1e-3
# What calling a program takes, and more for each array in or out: what takes less on the host stays there.
_CALL_SECONDS, _CALL_SECONDS_PER_ARRAY, _ARRAYS_OF_A_CUT = 2e-5, 3e-6, 6
_MOST_TIMES = 50  # in units of `config.host_times`: the estimates are rough
# A step of training runs there so often, if it is small: steps over ever other lengths come again some times only.
_TRAINING_TIMES, _TRAINING_SECONDS = 4, 2e-3
# Others do so once, if that takes less than this share of compiling: a first step makes the optimiser's state and
# differs from all that follow. What comes up after many other steps will come seldom, like an epoch's last batch, and
# runs there until it has cost that share.
_FIRST_SHARE, _OUTPUTS_OF_AN_UPDATE, _SETTLED = 0.5, 3, 8
_HOST_SHARE, _COMPILE_SECONDS = 0.1, 0.01  # of the time compiling takes, which is about this much a record
_PIECE_RECORDS = 10  # what compiling a piece costs beside its records
_RECORDS_PER_RUN = 16  # a training step comes once for each so many records before it is compiled whole
# What does not train is compiled whole after so many times: that takes 10 ms a record, and pieces cost 4 microseconds a
# record more than the whole. A loop that trains will go on, a test's does not.
_PATIENCE_OUTSIDE_TRAINING = 1000
# Equal layers, unlike unrolled time steps, come again in the same number: such a batch is compiled whole early. A
# period of so many records is a layer's.
_LAYER, _LAYERS_PATIENCE = 24, 4
_WORTH_SHARING = 2  # a step of layers is cut only where its pieces, each once, are less than this part of it
_UNTIL_USED = 3  # times as many occurrences until the whole program is used: compiling it takes about that long


class _Plan:
    """How a batch runs: on the host at first, whole (`ends` is None) or in pieces, and how often it has come.

    At `patience` occurrences in pieces the whole program is compiled in the background, some later it is used.
    """

    __slots__ = ("ends", "times", "patience", "job", "on_host")

    def __init__(self, stretch: program.Stretch, trains: bool) -> None:
        batch = stretch.records
        ids = [record.call.id for record in batch]
        repeats = cuts.long_run(ids, _LONG_RUN)
        self.ends: list[int] | None = None
        if len(batch) > config.whole or repeats:
            ends = cuts.cut(ids, [record.call.fingerprint for record in batch])
            shared = _WORTH_SHARING * _to_compile(ids, ends) < len(ids)
            self.ends = ends if len(ends) > 1 and (shared or not trains or not _layered(ids)) else None
        self.times = 0
        self.on_host = _times_on_host(stretch, _to_compile(ids, self.ends), len(self.ends or (0,)))
        if trains and not repeats:
            self.on_host = _training_on_host(stretch)
        self.patience = _patience(ids, trains)
        self.job: background.Job | None = None


def _patience(ids: list[int], trains: bool) -> int:
    """How often a batch runs in pieces before it is compiled whole."""
    if not trains:
        return _PATIENCE_OUTSIDE_TRAINING
    if _layered(ids):
        return _LAYERS_PATIENCE
    return max(config.promote, len(ids) // _RECORDS_PER_RUN)


def _layered(ids: list[int]) -> bool:
    """Whether nothing shorter than a layer repeats itself."""
    return not cuts.long_run(ids, _LONG_RUN, _LAYER - 1)


def _to_compile(ids: list[int], ends: list[int] | None) -> int:
    """How many records compiling a batch comes to: equal pieces are compiled once, each with some fixed cost."""
    if ends is None:
        return len(ids)
    pieces = {tuple(ids[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)}
    return min(len(ids), sum(len(piece) + _PIECE_RECORDS for piece in pieces))


def _times_on_host(stretch: program.Stretch, compiled: int, calls: int = 1) -> float:
    """How often a stretch runs on the host before it is compiled: until the loss is a share of compiling it.

    `compiled` is how many records compiling it comes to, `calls` how many programs it would be.
    """
    cost = host.cost(stretch.records, _HOST_SECONDS + _HOST_SECONDS_PER_RECORD * compiled)
    if cost is None or not config.host_times:
        return 0
    arrays = len(stretch.leaves) + len(stretch.outputs) + _ARRAYS_OF_A_CUT * (calls - 1)
    lost = cost.spared - calls * _CALL_SECONDS - arrays * _CALL_SECONDS_PER_ARRAY
    if lost <= 0:
        return math.inf
    times = int(_HOST_SHARE * _COMPILE_SECONDS * compiled / lost)
    return max(config.host_times, min(times, _MOST_TIMES * config.host_times))


def _training_on_host(stretch: program.Stretch) -> float:
    """How often a training step, or a piece of it, runs on the host before it is compiled; it will come again soon."""
    if not config.host_times:
        return 0
    if host.cost(stretch.records, _TRAINING_SECONDS) is not None:
        return _TRAINING_TIMES
    # a fused update is a record for all parameters, but takes as long to compile as one for each
    compiled = sum(1 if r.outs is None else max(len(r.outs) // _OUTPUTS_OF_AN_UPDATE, 1) for r in stretch.records)
    worth = _FIRST_SHARE * _COMPILE_SECONDS * compiled
    cost = host.cost(stretch.records, worth)
    if cost is None:
        return 0
    rare = _progress.training_steps >= _SETTLED
    return min(int(worth / cost.seconds), _MOST_TIMES) if rare else 1


_progress = SimpleNamespace(training_steps=0)
_plans: OrderedDict[tuple, _Plan] = OrderedDict()


def run_batch(batch: list, trains: bool) -> None:
    """Run all records of a batch; the batch is emptied when it runs in pieces.

    `trains` says that it holds an optimiser's step: such a batch will come again and is compiled soon, unless it
    repeats itself inside (unrolled time steps, whose number changes).
    """
    if process.host_only:
        _run_on_host(batch)
        return
    stretch = program.survey(batch)
    plan = _plans.get(stretch.key)
    if plan is None:
        plan = _plans[stretch.key] = _Plan(stretch, trains)
        while len(_plans) > config.programs:
            _plans.popitem(last=False)
    plan.times += 1
    _progress.training_steps += trains
    if plan.on_host:
        plan.on_host -= 1
        plan.times = 0
        stats.host_batches += 1
        start = time.perf_counter()
        host.run(stretch)
        stats.tell("host batch", batch, start)
        return
    if plan.ends is not None and plan.times <= _UNTIL_USED * plan.patience:
        if plan.times == plan.patience:
            plan.job = background.compile_whole(stretch)
        del stretch
        _run_pieces(batch, plan.ends, trains)
        return
    if plan.job is not None:
        plan.job.wait()
        plan.job = None
    program.run(stretch)


def set_host_only() -> None:
    """Run every batch on the host from now on: this process was forked and has no XLA."""
    process.host_only = True


def _run_on_host(batch: list) -> None:
    for record in batch:
        if host.host_call(record.call) is None:
            raise RuntimeError(
                f"jaxtorch engine: {record.call!r} has no implementation on the host, and a forked process cannot "
                "use XLA; "
                "in a DataLoader, take num_workers=0 or multiprocessing_context='spawn'"
            )
    host.run(program.survey(batch))


_pieces_on_host: OrderedDict[tuple, float] = OrderedDict()  # how often a piece may still run there


def _run_piece(piece: list, trains: bool) -> None:
    """One piece of a batch: outside of training steps it too runs on the host until it has come some times."""
    stretch = program.survey(piece)
    left = _pieces_on_host.get(stretch.key)
    if left is None:
        left = _training_on_host(stretch) if trains else _times_on_host(stretch, len(piece))
        while len(_pieces_on_host) > config.programs:
            _pieces_on_host.popitem(last=False)
    _pieces_on_host[stretch.key] = max(left - 1, 0)
    if left:
        host.run(stretch)
    else:
        program.run(stretch)


def _run_pieces(batch: list, ends: list[int], trains: bool) -> None:
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
        _run_piece(piece, trains)
        release(piece)


def _release(batch: list) -> None:
    """Values that are alive keep their data, not the graph they came from."""
    for record in batch:
        record.args = None
        if record.outs is None:
            record.call = None


release = _release if hot is None else hot.release


def cut_point(pending: list) -> int:
    """Where a graph that has grown too long is cut."""
    return cuts.periodic_prefix([record.call.id for record in pending])
