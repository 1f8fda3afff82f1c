"""Many records as one call.

`compose` makes a call of a stretch of records: its inputs are given values, its outputs given results. Stretches that
are the same (calls, positions, types, whole numbers) share one call, so what is captured anew, for another learning
rate say, compiles nothing. Python floats stay arguments; whole numbers, which are mostly the places of views, become
part of the program.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxtorch._base.dtypes import FLOATING
from jaxtorch._engine.calls import Call, adhoc_call
from jaxtorch._engine.value import Value


class Unknown(Exception):
    """A stretch reads a value that is none of its inputs."""

    def __init__(self, value: Value) -> None:
        super().__init__(repr(value))
        self.value = value


class Composite(NamedTuple):
    """A call of several outputs, and the key that says what it is."""

    call: Call
    key: tuple


class Stretch:
    """Records in order, with the checks whose results are wanted too."""

    def __init__(self, records: list) -> None:
        self.steps = [(r.call, r.args, r.outs or (r,)) for r in records]
        self.made = {id(o): o for _, _, outs in self.steps for o in outs}

    def add_check(self, check: Any, args: tuple) -> Value:
        """Another record, which nobody has made: the result of a range check."""
        flags = Value(check.call, args, check.call.out_avals)
        self.steps.append((check.call, args, (flags,)))
        self.made[id(flags)] = flags
        return flags

    def needed(self, outputs: Sequence[Value]) -> list[tuple]:
        """The steps that the outputs depend on."""
        wanted = {id(o) for o in outputs}
        kept = []
        for step in reversed(self.steps):
            if any(id(o) in wanted for o in step[2]):
                kept.append(step)
                wanted.update(id(a) for a in step[1])
        kept.reverse()
        return kept

    def leaves(self, outputs: Sequence[Value]) -> list[Value]:
        """What the outputs depend on and is not made here, whole numbers apart; in order."""
        found: dict[int, Value] = {}
        for _, args, _ in self.needed(outputs):
            for a in args:
                if id(a) not in self.made and not _is_fixed(a):
                    found.setdefault(id(a), a)
        for o in outputs:
            if id(o) not in self.made:
                found.setdefault(id(o), o)
        return list(found.values())


def _is_fixed(value: Value) -> bool:
    return value.aval.weak and value.aval.dtype.category < FLOATING


def compose(
    name: str, stretch: Stretch, inputs: Sequence[Value], outputs: Sequence[Value], flags: tuple = ()
) -> Composite:
    """The call of `inputs` that gives `outputs`; the same object for the same work. `flags` are XLA's."""
    place = {id(v): i for i, v in enumerate(inputs)}
    key: list[Any] = [name, flags, len(inputs), *[v.aval for v in inputs]]
    plan = []
    for call, args, outs in stretch.needed(outputs):
        operands: list[Any] = []
        for a in args:
            at = place.get(id(a))
            if at is not None:
                operands.append((at, None))
            elif _is_fixed(a):
                operands.append((-1, (a.data, a.aval)))
            else:
                raise Unknown(a)
        key.append((call.id, tuple(operands)))
        plan.append((call, operands))
        for o in outs:
            place[id(o)] = len(place)
    missing = next((o for o in outputs if id(o) not in place), None)
    if missing is not None:
        raise Unknown(missing)
    wanted = [place[id(o)] for o in outputs]
    whole = (*key, tuple(wanted))
    found = _composites.get(whole)
    if found is None:
        avals = tuple([v.aval for v in inputs])
        function = _function(plan, wanted)
        call = adhoc_call(f"{name}_{hash(whole) & 0xFFFFFF:x}", function, avals, tuple([o.aval for o in outputs]))
        call.flags, call.captured = dict(flags) or None, True
        found = _composites[whole] = call
        while len(_composites) > _BOUND:
            _composites.popitem(last=False)
    return Composite(found, whole)


_composites: OrderedDict[tuple, Call] = OrderedDict()
_BOUND = 1024


def _function(plan: list, wanted: list[int]) -> Any:
    steps = []
    for call, operands in plan:
        constants = [
            None if fixed is None else np.asarray(fixed[0], fixed[1].dtype.numpy_dtype) for _, fixed in operands
        ]
        steps.append((call.fn, [at for at, _ in operands], constants, call.multi))

    def run(*inputs: Any) -> tuple:
        env = list(inputs)
        for fn, places, constants, several in steps:
            result = fn(*[env[at] if at >= 0 else constant for at, constant in zip(places, constants, strict=True)])
            if several:
                env.extend(result)
            else:
                env.append(result)
        return tuple([env[at] for at in wanted])

    return run


def forget() -> None:
    """Drop all composites."""
    _composites.clear()
