"""View chains: how a view reads from its storage's value and how a write through it goes back.

A link is (op, statics, numbers): a view op, its metadata and its runtime integers. A chain is a tuple of links from the
storage's value outwards.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

from jaxtorch._base.avals import batched_aval
from jaxtorch._engine.calls import Call, adhoc_call
from jaxtorch._engine.lifting import fit
from jaxtorch._engine.recorder import find_call, record
from jaxtorch._engine.value import Value, scalar
from jaxtorch._ops.table import LINEAR, Op
from jaxtorch._ops.views import write_through_index_map


class Link(NamedTuple):
    """One view op applied."""

    op: Op
    statics: tuple
    numbers: tuple[int, ...] | None  # None: the op takes no runtime integers

    def arguments(self, base: Value) -> tuple[Value, ...]:
        """The values the op is called on."""
        return (base,) if self.numbers is None else (base, *[scalar(n) for n in self.numbers])

    @property
    def structure(self) -> tuple | None:
        """How the flat values are grouped (see `_ops.table.flatten`)."""
        return None if self.numbers is None else ("v", ("v",) * len(self.numbers))

    def call(self, args: tuple[Value, ...]) -> Call:
        """The call of this link on given values."""
        return find_call(self.op, self.statics, self.structure, args)


def read(value: Value, chain: tuple[Link, ...]) -> Value:
    """What the chain shows of `value`."""
    for link in chain:
        args = link.arguments(value)
        value = record(link.call(args), args)
    return value


def write_call(base: Value, new: Value, chain: tuple[Link, ...]) -> tuple[Call, tuple[Value, ...]]:
    """The call that gives `base` with the part the chain shows replaced by `new`, and its arguments."""
    shape_of_chain = tuple(
        [(link.op, link.statics, None if link.numbers is None else len(link.numbers)) for link in chain]
    )
    numbers = [scalar(n) for link in chain for n in link.numbers or ()]
    args = (base, new, *numbers)
    if base.aval.batch or new.aval.batch:
        single = [batched_aval(a, ()) for a in (base.aval, new.aval)]
        return fit(_write_call(*single, shape_of_chain, False), args), args
    return _write_call(base.aval, new.aval, shape_of_chain, base.aval.traced or new.aval.traced), args


@functools.lru_cache(maxsize=4096)
def _write_call(base, new, shape_of_chain: tuple, traced: bool) -> Call:
    def write(memory, part, *numbers):
        steps, taken = [], 0
        for op, statics, count in shape_of_chain:
            named: dict[str, Any] = {p.name: v for p, v in zip(op.statics, statics, strict=True)}
            lists = () if count is None else (list(numbers[taken : taken + count]),)
            taken += count or 0
            steps.append((op, named, lists))
        shown = [memory]
        for op, named, lists in steps[:-1]:
            shown.append(op.fn(shown[-1], *lists, **named))
        # From the first view on that may show an element several times: what is written is where the last view is.
        first = next((i for i, (op, _, _) in enumerate(steps[:-1]) if not callable(op.view)), None)
        if first is not None:
            part = write_through_index_map(functools.partial(_shown, steps[first:]), shown[first], part)
            del steps[first:], shown[first:]
        for (op, named, lists), inside in zip(reversed(steps), reversed(shown), strict=True):
            part = _write_one(op, named, lists, inside, part)
        return part

    from_scalars = tuple(scalar(0).aval for _, _, count in shape_of_chain for _ in range(count or 0))
    return adhoc_call("CopySlices", write, (base, new, *from_scalars), base, LINEAR)


def _shown(steps: list, x):
    for op, named, lists in steps:
        x = op.fn(x, *lists, **named)
    return x


def _write_one(op: Op, named: dict, lists: tuple, base, new):
    if callable(op.view):
        return op.view(base, new, *lists, **named)
    return write_through_index_map(lambda x: op.fn(x, *lists, **named), base, new)
