"""A compiled function: captured once for each kind of arguments, then replayed as one call.

The first call with new arguments tells which code runs, the second and the third are watched; where both did the same,
later calls are replayed as long as the Python state they went by is the same. What cannot be replayed runs as it is.
"""

from __future__ import annotations

import functools
import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any

from jaxtorch._autograd import saved
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.batching import active, batching
from jaxtorch._base.modes import defaults, modes
from jaxtorch._base.native import hot
from jaxtorch._engine import recorder
from jaxtorch._engine.breaks import GraphBreak
from jaxtorch._engine.stats import Capture, stats
from jaxtorch._tensor import overriding
from jaxtorch.compiler import _composite, _tree
from jaxtorch.compiler._builder import Builder, equal_constants
from jaxtorch.compiler._entry import Entry
from jaxtorch.compiler._observation import Observation
from jaxtorch.compiler._options import Asked, unsupported
from jaxtorch.compiler._snapshot import NOT_FOUND, Refused, Snapshot
from jaxtorch.compiler._watcher import Watcher
from jaxtorch.nn.modules import _hooks


class Settings:
    """Bounds of compilation; `torch._dynamo.config` changes them."""

    recompile_limit = 8
    refusals = 3  # after so many a function runs as it is for good
    force_eager = False


settings = Settings()
_NOTHING_ASKED = Asked()
_lock = threading.RLock()
_runners: weakref.WeakSet[CompiledFunction] = weakref.WeakSet()
_logger = logging.getLogger("torch._dynamo.convert_frame")  # PyTorch's, which programs may have silenced


class _Local(threading.local):
    busy = False  # a call is being watched or replayed: what it calls runs as it is
    capturing = False  # a call is being watched


local = _Local()


class Case:
    """Arguments of one kind under given modes, on the way to an entry."""

    __slots__ = ("watcher", "snapshot", "builder", "entry", "pinned", "grads")

    def __init__(self) -> None:
        self.watcher: Watcher | None = None
        self.snapshot: Snapshot | None = None
        self.builder: Builder | None = None
        self.entry: Entry | None = None
        self.pinned: list = []  # objects that count by identity, kept so that it is not given again
        self.grads: tuple[int, ...] = ()  # known tensors whose gradient is known too

    def restart(self) -> None:
        """Begin anew, after a guard failed."""
        self.watcher = self.snapshot = self.builder = self.entry = None


class CompiledFunction:
    """Runs `function`, replaying calls that were captured; its Python state is searched from the function itself."""

    def __init__(self, function: Callable, name: str, asked: Asked = _NOTHING_ASKED) -> None:
        self.function = function
        self.name = name
        self.asked = asked
        _runners.add(self)
        self.cases: dict[Any, Case] = {}
        self.captures = 0
        self.refusals = 0
        self.given_up: str | None = None

    def __reduce__(self) -> Any:
        return CompiledFunction, (self.function, self.name, self.asked)  # a copy captures for itself

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        if self.given_up is not None and self.asked.fullgraph:
            self._insist(self.given_up)
        if self.given_up is not None or local.busy or settings.force_eager or unusual():
            return self.function(*args, **kwargs)
        tensors: list[Variable] = []
        others: list = []
        try:
            key = (modes.grad, modes.inference, mode_key(), _tree.describe((args, kwargs), tensors, others))
            case = self.cases.get(key)
        except (Refused, TypeError) as reason:  # TypeError: an argument that cannot be hashed
            self._refuse(str(reason))
            return self.function(*args, **kwargs)
        entry = None if case is None else case.entry
        if case is not None and entry is not None:
            known = self._known(case, entry, tensors)
            if known is not None:
                local.busy = True
                try:
                    return entry.replay(known)
                finally:
                    local.busy = False
        return self._prepare(key, args, kwargs, tensors, others)

    def _known(self, case: Case, entry: Entry, tensors: list) -> list[Variable] | None:
        """The tensors of the entry, or None where a guard fails."""
        snapshot = case.snapshot
        if snapshot is None:  # another thread captures anew
            return None
        changed = None if snapshot.holds() else snapshot.difference() or snapshot.changed_tensor()
        if changed is None:
            known = [*tensors, *snapshot.tensors]
            grads = _gradients_of(known) if entry.reads_gradients else case.grads
            if grads == case.grads:
                if entry.reads_gradients:
                    known.extend([known[i]._meta.grad for i in grads])
                if entry.fits(known):
                    return known
            changed = "which tensors share memory or have a gradient"
        case.restart()
        self._note(f"captured anew: {changed} changed")
        return None

    # ----- Capturing -----

    def _prepare(self, key: Any, args: tuple, kwargs: dict, tensors: list, others: list) -> Any:
        if not _lock.acquire(blocking=False):  # another thread captures, and may wait for what this one does
            return self.function(*args, **kwargs)
        try:
            case = self.cases.get(key)
            if case is None:
                if len(self.cases) >= settings.recompile_limit:
                    self._over_limit()
                    return self.function(*args, **kwargs)
                case = self.cases[key] = Case()
                case.pinned = others
            local.busy = local.capturing = True
            try:
                return self._observe(case, args, kwargs, tensors)
            finally:
                local.busy = local.capturing = False
        finally:
            _lock.release()

    def _observe(self, case: Case, args: tuple, kwargs: dict, tensors: list) -> Any:
        refused: str | None = None
        fixed: list[Variable] = []
        try:
            if case.watcher is not None:
                if case.snapshot is None:
                    case.snapshot = self._snapshot(case)
                elif (changed := case.snapshot.difference()) is not None:
                    raise Refused(f"{changed} changes between calls")
                case.snapshot.note_tensors()
                fixed = case.snapshot.tensors
            seen = Observation([*tensors, *fixed])
            case.grads = _gradients_of([*tensors, *fixed])
        except Refused as reason:
            self._refuse(str(reason))
            case.restart()
            return self.function(*args, **kwargs)
        if case.watcher is None:
            with Watcher() as watcher:
                returned = seen.run(self.function, args, kwargs)
            refused = watcher.refused or _lost(seen)
            case.watcher = watcher
        else:
            returned = seen.run(self.function, args, kwargs)
            refused = seen.refused or self._finish(case, seen)
        seen.forget()
        if refused is not None:
            self._refuse(refused)
            case.restart()
            self._insist(refused)
        return returned

    def _snapshot(self, case: Case) -> Snapshot:
        assert case.watcher is not None
        try:
            return Snapshot(case.watcher).of([(self.function, self.name), *[(x, "an argument") for x in case.pinned]])
        except Refused:
            raise
        except Exception as error:  # of a container's own methods, say, which are anybody's code
            raise Refused(f"its state cannot be looked at: {error!r}") from error

    def _finish(self, case: Case, seen: Observation) -> str | None:
        """Compare with the call before, or be the first; the reason where the call cannot be replayed."""
        assert case.snapshot is not None
        changed = case.snapshot.difference()
        if changed is not None:
            return f"{changed} is changed by the call"
        builder = Builder(self.name, seen, self.asked.xla)
        try:
            entry = builder.build()
        except Refused as reason:
            return str(reason)
        before, case.builder = case.builder, builder
        builder.let_go()
        if before is None:
            return None
        if before.key != builder.key:
            return "two calls with equal arguments did not do the same"
        if any(x is y for x, y in zip(before.objects, builder.objects, strict=True)):
            return "an object is returned that was there before"
        different = equal_constants(before.constants, builder.constants)
        if different is not None:
            return different
        case.entry, case.builder = entry, None
        self.captures += 1
        self._note("captured")
        if self.captures > settings.recompile_limit:
            self._over_limit()
        return None

    # ----- What is told -----

    def _note(self, what: str) -> None:
        stats.captures.append(Capture(self.name, what))

    def _refuse(self, reason: str) -> None:
        self.refusals += 1
        self._note(f"run as it is: {reason}")
        if self.refusals >= settings.refusals:
            self.given_up = reason
            self.cases.clear()

    def _insist(self, reason: str) -> None:
        """Raise for what PyTorch would not capture either, where each call is asked to be captured whole."""
        if self.asked.fullgraph and isinstance(reason, GraphBreak):
            raise unsupported(reason)

    def _over_limit(self) -> None:
        self.given_up = f"more than {settings.recompile_limit} kinds of calls"
        self._note(f"run as it is: {self.given_up}")
        _logger.warning(
            "torch._dynamo hit config.recompile_limit (%d)\n   function: '%s'\n"
            "   Its calls run as they are from now on; torch.engine.explain() tells why it was captured anew.",
            settings.recompile_limit,
            self.name,
        )
        self.cases.clear()


def _lost(seen: Observation) -> str | None:
    """The reason that holds whatever tensors there are: the first call was watched without knowing them."""
    return None if seen.refused is None or seen.refused.endswith(NOT_FOUND) else seen.refused


def _python_gradients_of(known: list[Variable]) -> tuple[int, ...]:
    """Which tensors have a gradient that is none of the others."""
    found = [i for i, x in enumerate(known) if x._meta is not None and x._meta.grad is not None]
    if found:
        ids = {id(x) for x in known}
        found = [i for i in found if id(known[i]._meta.grad) not in ids]  # type: ignore[union-attr]
    return tuple(found)


_gradients_of = _python_gradients_of if hot is None else hot.gradients_of


def mode_key() -> tuple:
    """The modes under which a call gives another result."""
    cast = overriding.state
    return (
        defaults.dtype,
        defaults.device,
        modes.deterministic,
        None if cast.cast is None else (*sorted(cast.autocast.items()), *sorted(cast.autocast_dtypes.items(), key=str)),
    )


def unusual() -> bool:
    """Whether something else looks at single operations just now."""
    return bool(
        (batching.used and active.levels)
        or overriding.state.modes
        or modes.anomaly
        or saved.hooks
        or recorder.watched()
        or _hooks._global_forward_hooks
        or _hooks._global_forward_pre_hooks
        or _hooks._global_backward_hooks
        or _hooks._global_backward_pre_hooks
    )


def forget() -> None:
    """Forget all captured calls."""
    _composite.forget()
    for runner in list(_runners):
        runner.cases.clear()
        runner.captures = runner.refusals = 0
        runner.given_up = None


def compiled(function: Callable, name: str, asked: Asked = _NOTHING_ASKED) -> Callable:
    """`function` as one that is captured, with its name and signature."""
    runner = CompiledFunction(function, name, asked)

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        return runner(*args, **kwargs)

    run._torchdynamo_orig_callable = function  # type: ignore[attr-defined]
    run._compiled = runner  # type: ignore[attr-defined]
    return run
