"""The recorder: calls are appended to a thread's pending graph, and run as whole programs when a value is needed.

Flush policy
  - a value is read (`force`): the thread's whole pending graph runs;
  - a second `backward()` enters the same graph (`entering_backward`): everything up to the last marked end of a step
    runs, so that a loop that never reads a value is cut once a step, always at the same place;
  - the graph reaches `config.segment` records.
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import Any

import jax
import numpy as np

from jaxtorch._base.avals import Aval
from jaxtorch._base.devices import META
from jaxtorch._base.native import hot
from jaxtorch._engine import disk as disk  # looks after the cache when the process ends
from jaxtorch._engine import segments
from jaxtorch._engine.calls import CALLS, Call, make_call
from jaxtorch._engine.config import config
from jaxtorch._engine.host import batch as host
from jaxtorch._engine.stats import stats
from jaxtorch._engine.value import NO_DATA, Multi, Part, Value

_flush_lock = threading.RLock()
_getrefcount = sys.getrefcount


_states: dict[int, weakref.ref[_State]] = {}  # of every thread that has one
_orphans: list[_State] = []  # pending graphs whose thread has ended, run at the next flush of any thread


class _State:
    __slots__ = ("pending", "checks", "step_end", "backwards", "gone", "region", "__weakref__")
    # One thread's pending graph; `gone` counts the records that have left it, `region` is the one being watched.

    def __init__(self) -> None:
        self.pending: list[Any] = []
        self.checks: list[tuple] = []
        self.step_end = 0
        self.backwards = 0
        self.gone = 0
        self.region: Region | None = None
        with _flush_lock:
            _states[id(self)] = weakref.ref(self)

    def __del__(self) -> None:
        # The thread ends; what it recorded and handed on can still be asked for.
        if _states is not None:
            _states.pop(id(self), None)
        if hot is not None:
            hot.drop_pending(self.pending)
        if self.pending and _orphans is not None:  # None while the interpreter goes away
            _trim(self.pending)
            if self.pending:
                _orphans.append(self)


class _Local(threading.local):
    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self.state = _State()
        if hot is not None:
            hot.use_pending(self.state.pending)


_local = _Local()
_LIMIT = config.segment
_BATCHED_READ = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, "
    "please try to rewrite what you're doing with other operations. If error is occurring somewhere inside PyTorch "
    "internals, please file a bug report."
)


def _record(call: Call, args: tuple[Value, ...]) -> Any:
    """Append a call to the pending graph: a Value, or a tuple of Values for a call with several outputs."""
    if call.slow:
        return _record_slow(call, args)
    pending = _local.state.pending
    if call.multi:
        made = Multi(call, args)
        pending.append(made)
        return made.outs
    value = Value(call, args, call.out_avals)
    pending.append(value)
    if len(pending) >= _LIMIT:
        _over_limit()
    return value


def find_call(op, statics: tuple, structure: tuple | None, args: tuple[Value, ...]) -> Call:
    """The call of an op on given values; made if this signature is new."""
    avals = tuple([a.aval for a in args])
    key = (op, *avals) if not statics and structure is None else (op, statics, structure, *avals)
    return CALLS.get(key) or make_call(op, statics, structure, avals)


def _record_slow(call: Call, args: tuple[Value, ...]) -> Any:
    region = _local.state.region
    if call.eager:
        lose("an operation that runs at once")
        return _run_now(call, args)
    if call.check is not None:
        if region is not None:
            region.checks.append((call.check, args))
        _check(call, args)
    if call.prompt and region is None:
        value = _at_once(call, args)
        if value is not None:
            return value
    pending = _local.state.pending
    if call.multi:
        made = Multi(call, args)
        pending.append(made)
        return made.outs
    value = Value(call, args, call.out_avals)
    pending.append(value)
    return value


def _at_once(call: Call, args: tuple[Value, ...]) -> Value | None:
    """The result of a call on whole numbers that are there; None when they are not, or the host cannot do it."""
    for a in args:
        if type(a.data) is not np.ndarray and not a.aval.weak:
            return None
    array = host.run_call(call, args)
    # A copy: what NumPy gives as a view would follow its base.
    return None if array is None else Value(None, None, call.out_avals, np.array(array))


def _check(call: Call, args: tuple[Value, ...]) -> None:
    """Check indices at once when they are there; them else, and floats, by an extra output of the program."""
    check: Any = call.check
    integers = [args[i] for i in check.integers]
    if integers and all(a.data is not None for a in integers):
        failure = check.look(args)
        if failure is not None:
            raise failure
        return
    value = Value(check.call, (*args,), check.call.out_avals)  # a tuple of its own: a shared one counts as a user's
    state = _local.state
    state.pending.append(value)
    state.checks.append((value, check, integers))


def _run_now(call: Call, args: tuple[Value, ...]) -> Any:
    """Run a call at once: on tracers, or (meta device) not at all."""
    outs = call.out_avals if call.multi else (call.out_avals,)
    if any(a.device is META for a in outs):
        made = tuple(Value(None, None, a, NO_DATA) for a in outs)
    else:
        result = call.fn(*[_for_tracing(a) for a in args])
        results = result if call.multi else (result,)
        made = tuple(
            Value(None, None, Aval(o.shape, o.dtype, o.device, False, isinstance(r, jax.core.Tracer), o.batch), r)
            for o, r in zip(outs, results, strict=True)
        )
    return made if call.multi else made[0]


def _for_tracing(value: Value):
    data = value.data if value.data is not None and value.aval.batch else force(value)
    return np.asarray(data, value.aval.dtype.numpy_dtype) if value.aval.weak else data


def force(value: Value) -> Any:
    """The data of a value, running what is pending if it has to be."""
    lose("a value is read")
    if value.aval.batch:
        raise RuntimeError(_BATCHED_READ)
    if value.data is None:
        flush()
        if value.data is None:  # recorded by another thread
            for state in _other_states(None):
                _flush_state(state)
        if value.data is None:
            raise RuntimeError(f"jaxtorch engine: the value of {value.call!r} was lost; its program failed earlier")
    if value.data is NO_DATA:
        raise NotImplementedError("Cannot copy out of meta tensor; no data!")
    return value.data if type(value.data) is not Part else value.data.get()


def flush() -> None:
    """Run this thread's pending graph."""
    _flush_state(_local.state)


def _flush_state(state: _State, upto: int | None = None) -> None:
    with _flush_lock:
        while _orphans:
            _run_state(_orphans.pop(0))
        _run_state(state, upto)


def _run_state(state: _State, upto: int | None = None) -> None:
    """Run a graph, or its first `upto` records; under the lock."""
    pending = state.pending
    count = len(pending) if upto is None else upto
    if not count:
        return
    batch = pending[:count]
    del pending[:count]
    state.gone += count
    trains = state.step_end > 0
    state.step_end = 0
    state.backwards = 0
    checks, state.checks = state.checks, []
    stats.flushes += 1
    stats.records += count
    for part in _parts(state, batch):
        segments.run_batch(part, trains)
        segments.release(part)
    if checks:
        if upto is not None:
            state.checks = [c for c in checks if c[0].data is None] + state.checks
            checks = [c for c in checks if c[0].data is not None]
        _raise_failures(checks)


def _other_states(own: _State | None) -> list[_State]:
    found = [*_orphans, *[reference() for reference in list(_states.values())]]
    return [state for state in found if state is not None and state is not own]


def _parts(state: _State, batch: list):
    """The batch, cut where it reads a value that another thread has recorded, which runs there first."""
    alone = len(_states) == 1 and id(state) in _states and not _orphans
    if alone or not any(other.pending for other in _other_states(state)):
        yield batch
        return
    own: set[int] = set()
    begin = 0
    for i, record_ in enumerate(batch):
        missing = [a for a in record_.args if a.data is None and id(a) not in own]
        if missing:
            if begin < i:
                yield batch[begin:i]
                begin = i
            for value in missing:
                _run_elsewhere(value, state)
        own.update(id(o) for o in record_.outs or (record_,))
    yield batch[begin:]


def _run_elsewhere(value: Value, own: _State) -> None:
    """Run another thread's graph as far as it makes `value`.

    No further: what was recorded later may read what the thread that asks has still to compute.
    """
    if value.data is not None:  # made together with another one
        return
    for other in _other_states(own):
        for i, record_ in enumerate(other.pending):
            if record_ is value or any(o is value for o in record_.outs or ()):
                _run_state(other, i + 1)
                return


def _raise_failures(checks: list[tuple]) -> None:
    for value, check, integers in checks:
        flags = np.asarray(value.data)
        if not flags.all():
            raise check.failure(flags, [np.asarray(a.data) for a in integers])


def _over_limit() -> None:
    state = _local.state
    _flush_state(state, segments.cut_point(state.pending))


def entering_backward() -> None:
    """Called when `backward()` starts: a second one in the same graph runs the steps that are complete."""
    state = _local.state
    state.backwards += 1
    if state.region is not None:
        state.region.backwards += 1
    if state.backwards > 1 and state.step_end:
        _flush_state(state, state.step_end)
        state.backwards = 1


def end_of_step() -> None:
    """Called after an optimiser's step: a natural place to cut."""
    state = _local.state
    state.step_end = len(state.pending)
    if state.region is not None:
        state.region.steps += 1


class Region:
    """What a thread records between `watch` and `unwatch`, for what stands above to make one call of.

    `checks` are the range checks with their arguments, `backwards` and `steps` count backward passes and optimisers'
    steps; `lost` says why the records alone do not tell what was done.
    """

    __slots__ = ("begin", "checks", "backwards", "steps", "lost")

    def __init__(self, begin: int) -> None:
        self.begin = begin
        self.checks: list[tuple] = []
        self.backwards = self.steps = 0
        self.lost: str | None = None


def watch() -> Region:
    """Begin to watch what this thread records."""
    state = _local.state
    state.region = Region(state.gone + len(state.pending))
    return state.region


def watched() -> bool:
    """Whether what this thread records is being watched."""
    return _local.state.region is not None


def lose(reason: str) -> None:
    """Say that the records do not tell what is done, where they are watched."""
    region = _local.state.region
    if region is not None:
        region.lost = region.lost or reason


def unwatch(region: Region) -> list:
    """End it: the records that are still pending. Fewer than were made say so in `region.lost`."""
    state = _local.state
    state.region = None
    begin = region.begin - state.gone
    if begin < 0:
        region.lost = region.lost or "the graph was run"
    return state.pending[max(begin, 0) :]


def take_back(count: int) -> list:
    """Take the latest records out of this thread's graph, which are never run."""
    pending = _local.state.pending
    taken = pending[len(pending) - count :]
    del pending[len(pending) - count :]
    return taken


def known(value: Value) -> Any:
    """The data of a value that is there, else None; None as well while a region is watched, whose records must not
    depend on it."""
    if _local.state.region is not None:
        return None
    return value.data if type(value.data) is not Part else value.data.get()


def checks_pending() -> bool:
    """Whether the graph holds checks that can fail when it runs."""
    return any(value.aval.numel for value, *_ in _local.state.checks)


def check_range(check: Any, args: tuple[Value, ...], flags: Value) -> None:
    """Check the indices in `args`: now where they are there, else when `flags`, the check's own result, is."""
    integers = [args[i] for i in check.integers]
    if all(a.data is not None for a in integers):
        failure = check.look(args)
        if failure is not None:
            raise failure
    else:
        _local.state.checks.append((flags, check, integers))


def forget_unused() -> None:
    """Drop the records at the end of this thread's graph that nothing refers to: nobody can ask for them any more."""
    state = _local.state
    pending = state.pending
    _trim(pending)
    state.step_end = min(state.step_end, len(pending))


def _trim(pending: list) -> None:
    while pending and type(pending[-1]) is Value and _getrefcount(pending[-1]) <= 2:  # the list and the argument
        pending.pop()


def abandon() -> None:
    """Forget this thread's graph: a forked child must not compute what its parent will."""
    _local.renew()


def pending_count() -> int:
    """How many records this thread's graph holds."""
    return len(_local.state.pending)


def _own_pending() -> None:
    """Make this thread's graph, which a thread's first record asks for."""
    hot.use_pending(_local.state.pending)


if hot is None:
    record = _record
else:
    hot.configure(
        Value=Value,
        Multi=Multi,
        Call=Call,
        CALLS=CALLS,
        record_slow=_record_slow,
        over_limit=_over_limit,
        own_pending=_own_pending,
        limit=_LIMIT,
    )
    record = hot.record
