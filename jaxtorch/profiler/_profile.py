"""`torch.profiler.profile`: when to record, and what to do with it."""

from __future__ import annotations

import enum
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import jax

from jaxtorch._engine import recorder
from jaxtorch._engine.stats import stats
from jaxtorch.profiler._events import Event, EventList, operations_of


class ProfilerActivity(enum.Enum):
    """What to watch."""

    CPU = 0
    XPU = 1
    CUDA = 2
    MTIA = 3
    HPU = 4
    PrivateUse1 = 5


class ProfilerAction(enum.Enum):
    """What the profiler does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """A schedule: after `skip_first` steps, cycles of `wait`, `warmup` and `active` steps, `repeat` times or on."""
    if wait < 0 or warmup < 0 or active <= 0 or repeat < 0 or skip_first < 0:
        raise AssertionError("Invalid profiler schedule arguments")

    def action(step: int) -> ProfilerAction:
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first
        if skip_first_wait:
            step += wait
        cycle = wait + warmup + active
        if repeat > 0 and step // cycle >= repeat:
            return ProfilerAction.NONE
        position = step % cycle
        if position < wait:
            return ProfilerAction.NONE
        if position < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if position < cycle - 1 else ProfilerAction.RECORD_AND_SAVE

    return action


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[profile], None]:
    """What writes each finished recording into a folder."""
    name = worker_name or f"{socket.gethostname()}_{os.getpid()}"

    def handle(profiler: profile) -> None:
        os.makedirs(dir_name, exist_ok=True)
        profiler.export_chrome_trace(os.path.join(dir_name, f"{name}.{time.time_ns()}.pt.trace.json"))

    return handle


_recording: list[profile] = []


class profile:
    """Records the programs that run, what compiles, and the ranges that `record_function` names.

    An operation is a part of a program here and has no time of its own; a program's trace entry lists its operations.
    For XLA's own view into programs, give `jax_trace_dir`, which `jax.profiler` writes to.

    Example:
        >>> with torch.profiler.profile() as prof:
        ...     torch.ones(3).sum().item()
        >>> print(prof.key_averages().table(sort_by="self_cpu_time_total", row_limit=10))
    """

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[[profile], Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        experimental_config: Any = None,
        execution_trace_observer: Any = None,
        acc_events: bool = False,
        use_cuda: bool | None = None,
        custom_trace_id_callback: Any = None,
        jax_trace_dir: str | None = None,
    ) -> None:
        self.activities = set(activities or ())
        self.schedule = schedule or (lambda step: ProfilerAction.RECORD)
        self.on_trace_ready = on_trace_ready
        self.step_num = 0
        self.jax_trace_dir = jax_trace_dir
        self.current_action = self.schedule(0)
        self._events = EventList()
        self._begin = 0.0

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop()

    def start(self) -> None:
        """Begin."""
        self._begin = time.perf_counter()
        self._switch(self.current_action)
        if self.jax_trace_dir:
            jax.profiler.start_trace(self.jax_trace_dir)

    def stop(self) -> None:
        """End; what is recorded goes to `on_trace_ready`."""
        records = self in _recording
        self._switch(ProfilerAction.NONE)
        if self.jax_trace_dir:
            jax.profiler.stop_trace()
        if records and self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def step(self) -> None:
        """The next step of the schedule."""
        finished = self.current_action is ProfilerAction.RECORD_AND_SAVE
        if finished:
            self._switch(ProfilerAction.NONE)
            if self.on_trace_ready is not None:
                self.on_trace_ready(self)
        self.step_num += 1
        self.current_action = self.schedule(self.step_num)
        if finished:
            self._events = EventList()
        self._switch(self.current_action)

    def _switch(self, action: ProfilerAction) -> None:
        wanted = action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        if wanted == (self in _recording):
            return
        recorder.flush()  # what was recorded before belongs to before
        if wanted:
            _recording.append(self)
        else:
            _recording.remove(self)
        stats.listener = _listen if _recording else None

    def add(self, name: str, kind: str, start: float, end: float, operations: tuple = ()) -> None:
        """Take up a range, given in `perf_counter` seconds."""
        scale = 1e6
        thread = threading.get_ident()
        begin, stop = (start - self._begin) * scale, (end - self._begin) * scale
        self._events.append(Event(name, begin, stop, kind, operations, thread))

    def events(self) -> EventList:
        """Everything recorded, one by one."""
        return self._events

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0) -> EventList:
        """Sums by name."""
        return self._events.key_averages()

    def export_chrome_trace(self, path: str) -> None:
        """Write the events for chrome://tracing or Perfetto."""
        self._events.export_chrome_trace(path)

    def __repr__(self) -> str:
        return f"<torch.profiler.profile of {len(self._events)} events>"


def _listen(kind: str, records: list, start: float, end: float) -> None:
    operations = operations_of(records)
    name = f"{kind}: {operations[0][0] if len(operations) == 1 else f'{len(records)} operations'}"
    for found in _recording:
        found.add(name, kind, start, end, operations)


class record_function:
    """Names a range of the program for the profiler; as a context manager or a decorator."""

    _numbers = itertools.count()

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._start = 0.0
        self._traced: Any = None

    def __enter__(self) -> record_function:
        self._start = time.perf_counter()
        if _recording:
            self._traced = jax.profiler.TraceAnnotation(self.name)
            self._traced.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self._traced is not None:
            self._traced.__exit__(*error)
            self._traced = None
        end = time.perf_counter()
        for found in _recording:
            found.add(self.name, "user", self._start, end)

    def __call__(self, function: Callable) -> Callable:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name, self.args):
                return function(*args, **kwargs)

        wrapped.__name__ = getattr(function, "__name__", self.name)
        wrapped.__doc__, wrapped.__wrapped__ = function.__doc__, function  # type: ignore[attr-defined]
        return wrapped
