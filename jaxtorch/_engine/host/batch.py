"""Running a batch of records on the host."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxtorch._base.devices import CPU
from jaxtorch._engine.calls import Call
from jaxtorch._engine.host import costs
from jaxtorch._engine.host.elementwise import Unsupported
from jaxtorch._engine.host.lowering import HostCall
from jaxtorch._engine.host.steps import Step, run_steps
from jaxtorch._engine.host.sums import stack_terms
from jaxtorch._engine.host.untraced import untraced
from jaxtorch._engine.program import Stretch

_lowered: dict[int, HostCall | None] = {}
_BOUND = 20_000


def host_call(call: Call) -> HostCall | None:
    """The NumPy steps of a call; None when it has to run on XLA."""
    found = _lowered.get(call.id, _lowered)
    if found is _lowered:
        if len(_lowered) >= _BOUND:
            _lowered.clear()
        found = _lowered[call.id] = _lower(call)
    return found  # type: ignore[return-value]


def _lower(call: Call) -> HostCall | None:
    if any(a.device is not CPU for a in (*call.avals, *_outs(call))):
        return None
    types = [jax.ShapeDtypeStruct(a.array_shape, a.dtype.numpy_dtype) for a in call.avals]
    direct = untraced(call)
    if direct is not None:
        return direct
    try:
        return HostCall(call.fn.trace(*types).jaxpr)
    except Unsupported:
        return None


def _outs(call: Call) -> tuple:
    return call.out_avals if call.multi else (call.out_avals,)


class Cost(NamedTuple):
    """About how many seconds a batch takes here, and how many of them a program would not, were calling it free."""

    seconds: float
    spared: float


_FUSED = 0.7  # of what elementwise steps take; a step's own cost goes as a whole, products stay


def cost(batch: list, most: float) -> Cost | None:
    """What a batch takes here; None when it cannot run here or takes more than `most`."""
    total = spared = 0.0
    for record in batch:
        lowered = host_call(record.call)
        if lowered is None:
            return None
        total += lowered.seconds
        steps = min(costs.STEP_SECONDS * len(lowered.steps), lowered.seconds - lowered.products)
        spared += steps + _FUSED * (lowered.seconds - lowered.products - steps)
        if total > most:
            return None
    return Cost(max(total, 1e-6), spared)


class Prepared:
    """A batch as one row of steps: nothing is looked up while it runs, and what nobody needs is not computed.

    The slots are the leaves, then `tail` as in `HostCall`; `outputs` says where the values that are alive lie.
    """

    __slots__ = ("tail", "steps", "outputs")

    def __init__(self, stretch: Stretch) -> None:
        count = len(stretch.leaves)
        self.tail: list[Any] = []
        where: list[int] = []  # the slot of each of the batch's values
        steps: list[Step] = []
        for record in stretch.records:
            call = host_call(record.call)
            assert call is not None
            slots = [where[a.pos] if a.pos >= 0 else -1 - a.pos for a in record.args]
            slots.extend(range(count + len(self.tail), count + len(self.tail) + len(call.tail)))
            self.tail.extend(call.tail)
            for function, ins, out, _ in call.steps:
                made = slots[out] if type(out) is int else tuple([slots[i] for i in out])
                steps.append((function, tuple([slots[i] for i in ins]), made, ()))
            where.extend([slots[i] for i in call.outputs])
        self.outputs = [where[value.pos] for value in stretch.outputs]

        def new_slot() -> int:
            self.tail.append(None)
            return count + len(self.tail) - 1

        steps = stack_terms(steps, self.outputs, new_slot)
        temporary = {count + i for i, constant in enumerate(self.tail) if constant is None}
        self.steps = _needed(steps, self.outputs, temporary)

    def run(self, leaves: list) -> list:
        """The outputs, from the leaves' arrays."""
        slots = [*leaves, *self.tail]
        run_steps(self.steps, slots)
        return [slots[i] for i in self.outputs]


def _needed(steps: list[Step], outputs: list[int], temporary: set[int]) -> tuple[Step, ...]:
    """The steps that an output depends on, each with the slots it is the last to read."""
    wanted = set(outputs)
    kept: list[Step] = []
    for function, ins, out, _ in reversed(steps):
        made = (out,) if type(out) is int else out
        if not wanted.isdisjoint(made):
            dead = [i for i in (*made, *ins) if i in temporary and i not in wanted]
            wanted.update(ins)
            kept.append((function, ins, out, tuple(dict.fromkeys(dead))))
    return tuple(kept[::-1])


_prepared: OrderedDict[tuple, Prepared] = OrderedDict()
_STEPS_KEPT = 100_000
_steps_kept = 0


def _prepare(stretch: Stretch) -> Prepared:
    global _steps_kept
    found = _prepared.get(stretch.key)
    if found is None:
        found = _prepared[stretch.key] = Prepared(stretch)
        _steps_kept += len(found.steps)
        while _steps_kept > _STEPS_KEPT:
            _steps_kept -= len(_prepared.popitem(last=False)[1].steps)
    return found


def run(stretch: Stretch) -> None:
    """Run a stretch, and give its outputs their data."""
    prepared = _prepare(stretch)
    with np.errstate(all="ignore"):
        results = prepared.run([_array(leaf) for leaf in stretch.leaves])
    for value, array in zip(stretch.outputs, results, strict=True):
        value.data = array if type(array) is np.ndarray else np.asarray(array)


def run_call(call: Call, args: tuple) -> np.ndarray | None:
    """The only result of one call; None when it has to run on XLA."""
    lowered = host_call(call)
    if lowered is None:
        return None
    with np.errstate(all="ignore"):
        return lowered.run(*[_array(a) for a in args])[0]


def _array(value: Any) -> np.ndarray:
    data = value.data
    if type(data) is np.ndarray:
        return data
    return np.asarray(data, value.aval.dtype.numpy_dtype) if value.aval.weak else np.asarray(data)
