"""Timing a statement."""

from __future__ import annotations

import enum
import sys
import textwrap
import timeit
from collections.abc import Callable
from typing import Any, NoReturn

import jax
import numpy as np

from jaxtorch._engine import recorder
from jaxtorch.utils.benchmark.utils import common

__all__ = ["Language", "Timer", "timer"]

# The engine runs what it sees for the first times on the host, and compiles it then.
_WARM_RUNS, _WARM_SECONDS = 5, 2.0


def _settle() -> None:
    """Compute what was recorded.

    Without it a loop would record its statement again and again, and nobody would ever compute the results, which
    nothing refers to. The ends of the graph are held, so that it is computed as it would be for a caller.
    """
    pending = recorder._local.state.pending
    if not pending:
        return
    inner = {id(arg) for value in pending for arg in value.args or ()}
    ends = [value for value in pending if id(value) not in inner]
    recorder.flush()
    jax.block_until_ready([data for data in (getattr(value, "data", None) for value in ends) if data is not None])


def timer() -> float:
    """The time in seconds, when all that was recorded is computed."""
    _settle()
    return timeit.default_timer()


class Language(enum.Enum):
    """What a statement is written in."""

    PYTHON = 0
    CPP = 1


class _SettlingTimer(timeit.Timer):
    def __init__(self, stmt: str, setup: str, timer: Callable[[], float], globals: dict[str, Any]) -> None:
        names = {**globals, "_jaxtorch_settle": _settle}
        super().__init__(f"{stmt}\n_jaxtorch_settle()", f"{setup}\n_jaxtorch_settle()", timer, names)
        self._warm = False

    def timeit(self, number: int = 1000000) -> float:
        """As of `timeit.Timer`; the first time the statement runs before, until its program is compiled."""
        if number and not self._warm:
            self._warm = True
            spent = 0.0
            for _ in range(_WARM_RUNS):
                spent += super().timeit(1)
                if spent > _WARM_SECONDS:
                    break
        return super().timeit(number)


def _dedent(code: str) -> str:
    return textwrap.dedent(code).removeprefix("\n").rstrip()


class Timer:
    """Times `stmt`, a string, after `setup`; `globals` are the names both see, beside `torch`.

    Every run of the statement is computed before the next begins. Differs from PyTorch: statements in C++ and
    instruction counts (Callgrind) raise NotImplementedError; compilation is not timed: the statement runs some times
    before.

        Timer("x @ x", globals={"x": torch.randn(64, 64)}).blocked_autorange()
    """

    _timer_cls: Any = _SettlingTimer

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Language | str = Language.PYTHON,
    ) -> None:
        if not isinstance(stmt, str):
            raise ValueError("Currently only a `str` stmt is supported.")
        if language in (Language.CPP, "cpp", "c++"):
            raise NotImplementedError("Timer of C++ statements is not supported by jaxtorch; time Python code")
        if language not in (Language.PYTHON, "py", "python"):
            raise ValueError(f"Invalid language `{language}`.")
        if global_setup:
            raise ValueError(
                f"global_setup is C++ only, got `{global_setup}`. Most likely this code can simply be moved to `setup`."
            )
        self._globals = dict(globals or {})
        self._globals.setdefault("torch", sys.modules[__name__.partition(".")[0]])
        self._language = Language.PYTHON
        stmt, setup = _dedent(stmt), _dedent(setup)
        self._timer = self._timer_cls(stmt=stmt, setup=setup, timer=timer, globals=self._globals)
        self._task_spec = common.TaskSpec(
            stmt=stmt,
            setup=setup,
            global_setup=global_setup,
            label=label,
            sub_label=sub_label,
            description=description,
            env=env,
            num_threads=num_threads,
        )

    def _timeit(self, number: int) -> float:
        return max(self._timer.timeit(number), 1e-9)  # never zero, which ratios could not be taken of

    def _measured(self, number: int, times: list[float]) -> common.Measurement:
        return common.Measurement(number_per_run=number, raw_times=times, task_spec=self._task_spec)

    def timeit(self, number: int = 1000000) -> common.Measurement:
        """The time of `number` runs, after some that are not timed."""
        with common.set_torch_threads(self._task_spec.num_threads):
            self._timeit(max(number // 100, 2))
            return self._measured(number, [self._timeit(number)])

    def repeat(self, repeat: int = -1, number: int = -1) -> NoReturn:
        """Not there: see `blocked_autorange`."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def autorange(self, callback: Callable | None = None) -> NoReturn:
        """Not there: see `blocked_autorange`."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def _loop(
        self, number: int, least: float, most: float | None, callback: Callable | None, enough: Callable
    ) -> list[float]:
        times: list[float] = []
        with common.set_torch_threads(self._task_spec.num_threads):
            while sum(times) < least or not enough(times):
                times.append(self._timeit(number))
                if callback:
                    callback(number, times[-1])
                if most and sum(times) > most:
                    break
        return times

    def _estimate_block_size(self, min_run_time: float) -> int:
        """Runs between two looks at the clock: so many that looking takes next to nothing."""
        with common.set_torch_threads(self._task_spec.num_threads):
            overhead = float(np.median([self._timeit(0) for _ in range(5)]))
            number = 1
            while True:
                taken = self._timeit(number)
                if (overhead / taken <= 1e-4 and taken >= min_run_time / 1000) or taken > min_run_time:
                    return number
                if number * 10 > 2147483647:
                    return number
                number *= 10

    def blocked_autorange(self, callback: Callable | None = None, min_run_time: float = 0.2) -> common.Measurement:
        """Times of as many blocks of runs as `min_run_time` seconds take."""
        number = self._estimate_block_size(min_run_time)
        return self._measured(number, self._loop(number, min_run_time, None, callback, bool))

    def adaptive_autorange(
        self,
        threshold: float = 0.1,
        *,
        min_run_time: float = 0.01,
        max_run_time: float = 10.0,
        callback: Callable | None = None,
    ) -> common.Measurement:
        """Times of blocks of runs until their interquartile range is below `threshold` of the median."""
        number = self._estimate_block_size(min_run_time=0.05)

        def enough(times: list[float]) -> bool:
            return len(times) > 3 and self._measured(number, times).meets_confidence(threshold=threshold)

        return self._measured(number, self._loop(number, min_run_time, max_run_time, callback, enough))

    def collect_callgrind(self, number: int = 100, **options: Any) -> NoReturn:
        """Instruction counts: NotImplementedError."""
        raise NotImplementedError("Timer.collect_callgrind is not supported by jaxtorch; use blocked_autorange")
