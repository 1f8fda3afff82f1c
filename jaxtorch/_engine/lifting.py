"""Calls lifted over batch levels (`vmap`), and the calls that enter and leave a level.

A batched value is one example's aval with an array of all examples behind it, so recording, autograd and views go on
as they do without `vmap`; only the call is another one: `jax.vmap` of the call for one example, over those inputs that
have the level. A derivative is taken for one example and then lifted by what it is called on, so the gradient of an
input without the level comes out for each example, and is summed where it arrives (`autograd.backward`).
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from jaxtorch._base.avals import Aval, aval, batched_aval
from jaxtorch._base.sizes import Size
from jaxtorch._engine.calls import Call, Check, adhoc_call, set_lift
from jaxtorch._ops.table import LINEAR, NONE

_lifted: dict[tuple, Call] = {}


def fit(call: Call, args: tuple) -> Call:
    """The call lifted to the levels of the values it is about to be recorded on."""
    avals = tuple([a.aval for a in args])
    if all(a is b for a, b in zip(avals, call.avals, strict=True)):
        return call
    if not any(a.batch for a in (*avals, *call.avals)):
        return call
    return lift(call, avals)


def lift(call: Call, avals: tuple[Aval, ...]) -> Call:
    """The call for batched avals, from the call for one example."""
    base = call.base or call
    if any(a.traced for a in avals):
        return _make_lifted(base, avals)
    key = (base.id, *avals)
    found = _lifted.get(key)
    if found is None:
        found = _lifted[key] = _make_lifted(base, avals)
    return found


set_lift(lift)


def _make_lifted(base: Call, avals: tuple[Aval, ...]) -> Call:
    if all(a is b for a, b in zip(avals, base.avals, strict=True)):
        return base
    fn, outs, extra = _mapped(base.fn, base, avals)
    call = Call(None, base.name, jax.jit(fn, inline=True), avals, outs if base.multi else outs[0], base.kind)
    call.base = base
    call.statics, call.structure, call.undefined = base.statics, base.structure, base.undefined
    call.saves, call.saves_result = base.saves, base.saves_result
    if base.check is not None:
        call.check, call.slow = _LiftedCheck(base.check, avals), True
    return call


def _mapped(fn: Any, base: Call, avals: tuple[Aval, ...]) -> tuple[Any, tuple[Aval, ...], list]:
    """The function over the levels that `base` does not have itself, its output avals, and those levels."""
    own = [dict(a.batch) for a in base.avals]
    given = [dict(a.batch) for a in avals]
    singles = base.out_avals if base.multi else (base.out_avals,)
    outs = [dict(o.batch) for o in singles]
    fn = _with_missing_levels(fn, own, given)
    # What is passed has these axes; levels it lacks are put in inside, by `_with_missing_levels`.
    present = [{n: size for n, size in o.items() if n in g} for o, g in zip(own, given, strict=True)]
    extra = sorted({(n, size) for o, g in zip(own, given, strict=True) for n, size in g.items() if n not in o})
    for number, size in extra:
        axes: list[int | None] = []
        for p, g in zip(present, given, strict=True):
            if number in g and number not in p:
                p[number] = size
                axes.append(sorted(p).index(number))
            else:
                axes.append(None)
        places = []
        for o in outs:
            o[number] = size
            places.append(sorted(o).index(number))
        fn = jax.vmap(fn, in_axes=tuple(axes), out_axes=tuple(places) if base.multi else places[0])
    return fn, tuple([batched_aval(a, tuple(sorted(o.items()))) for a, o in zip(singles, outs, strict=True)]), extra


def _with_missing_levels(fn: Any, own: list[dict], given: list[dict]) -> Any:
    """A call that leaves a level is made for values that have it; one without it is the same for all examples."""
    missing = [sorted(n for n in o if n not in g) for o, g in zip(own, given, strict=True)]
    if not any(missing):
        return fn

    def widened(*args: Any) -> Any:
        full = []
        for x, levels, o in zip(args, missing, own, strict=True):
            for number in levels:
                axis = sorted(n for n in o if n not in levels or n <= number).index(number)
                x = jnp.repeat(jnp.expand_dims(x, axis), o[number], axis)
            full.append(x)
        return fn(*full)

    return widened


class _LiftedCheck(Check):
    """The range check of every example."""

    __slots__ = ()

    def __init__(self, base: Check, avals: tuple[Aval, ...]) -> None:
        self.verdicts, self.integers = base.verdicts, base.integers
        fn, _, extra = _mapped(base.call.fn, base.call, avals)

        def conditions(*args: Any) -> Any:
            return fn(*args).all(tuple(range(len(extra))))

        flags = aval(tuple(base.call.out_avals.shape), base.call.out_avals.dtype)
        self.call = Call(None, base.call.name, jax.jit(conditions, inline=True), avals, flags, NONE)

    def look(self, args: tuple) -> Exception | None:
        if any(a.data is None for a in args):
            return None  # floats that are pending; the indices are looked at when they are read
        flags = self.call.fn(*[jnp.asarray(a.data, a.aval.dtype.numpy_dtype) for a in args])
        return None if flags.all() else self.failure(flags, [args[i].data for i in self.integers])


# ----- Entering and leaving a level -----


_moves: dict[tuple, Call] = {}


def enter_call(a: Aval, number: int) -> Call:
    """The call that takes the first dimension of `a` for the level's axis."""
    found = None if a.traced else _moves.get(("enter", a, number))
    if found is None:
        batch = tuple(sorted((*a.batch, (number, a.shape[0]))))
        inside = batched_aval(Aval(Size(a.shape[1:]), a.dtype, a.device, False, a.traced), batch)
        found = _make_moves(a, inside, number)[0]
    return found


def leave_call(inside: Aval, number: int) -> Call:
    """The call that makes the level's axis the first dimension."""
    found = None if inside.traced else _moves.get(("leave", inside, number))
    if found is None:
        shape = Size((dict(inside.batch)[number], *inside.shape))
        rest = tuple([pair for pair in inside.batch if pair[0] != number])
        outside = batched_aval(Aval(shape, inside.dtype, inside.device, False, inside.traced), rest)
        found = _make_moves(outside, inside, number)[1]
    return found


def _axis(batch: tuple, number: int) -> int:
    return [n for n, _ in batch].index(number)


def _make_moves(outside: Aval, inside: Aval, number: int) -> tuple[Call, Call]:
    source, place = len(outside.batch), _axis(inside.batch, number)

    def enter(x: Any) -> Any:
        return jnp.moveaxis(x, source, place)

    def leave(x: Any) -> Any:
        return jnp.moveaxis(x, place, source)

    entering = adhoc_call("BatchBackward0", enter, (outside,), inside, LINEAR)
    leaving = adhoc_call("UnbatchBackward0", leave, (inside,), outside, LINEAR)
    # Each is the other's derivative.
    entering._vjps[((True,), None)] = (leaving, ())
    leaving._vjps[((True,), None)] = (entering, ())
    if not outside.traced:
        _moves[("enter", outside, number)], _moves[("leave", inside, number)] = entering, leaving
    return entering, leaving


def widen_call(a: Aval, batch: tuple[tuple[int, int], ...]) -> Call:
    """The call that repeats a value for each example of the levels it lacks."""
    full = tuple(sorted({**dict(batch), **dict(a.batch)}.items()))
    key = ("widen", a, full)
    found = None if a.traced else _moves.get(key)
    if found is None:
        out = batched_aval(a, full)
        absent = tuple(i for i, (number, _) in enumerate(full) if number not in dict(a.batch))
        shape = out.array_shape
        found = adhoc_call(
            "ExpandBackward0", lambda x: jnp.broadcast_to(jnp.expand_dims(x, absent), shape), (a,), out, LINEAR
        )
        found._vjps[((True,), None)] = (sum_call(out, tuple(full[i][0] for i in absent)), ())
        if not a.traced:
            _moves[key] = found
    return found


def sum_call(a: Aval, numbers: tuple[int, ...]) -> Call:
    """The call that sums over levels: what a gradient for each example comes to for what all examples share."""
    key = ("sum", a, numbers)
    found = None if a.traced else _moves.get(key)
    if found is None:
        axes = tuple(_axis(a.batch, n) for n in numbers)
        out = batched_aval(a, tuple([pair for pair in a.batch if pair[0] not in numbers]))
        found = adhoc_call("SumBackward1", lambda x: x.sum(axes, dtype=x.dtype), (a,), out, LINEAR)
        same = adhoc_call("ExpandBackward0", lambda x: x, (out,), out, LINEAR)
        found._vjps[((True,), None)] = same._vjps[((True,), None)] = (same, ())
        if not a.traced:
            _moves[key] = found
    return found
