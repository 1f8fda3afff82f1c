"""Host calls that need no trace of their own: ops with NumPy forms, and elementwise ops, traced once for all shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from jaxtorch._base.avals import Aval, aval
from jaxtorch._engine.calls import Call, vjp_function
from jaxtorch._engine.host.elementwise import ELEMENTWISE
from jaxtorch._engine.host.lowering import ELEMENT_SECONDS, FLOP_SECONDS, STEP_SECONDS, HostCall, inner_jaxpr
from jaxtorch._ops.host_forms import form_of
from jaxtorch._ops.table import unflatten, with_structure


class Untraced:
    """What `HostCall` is for a jaxpr: `run(*arrays)` gives a list of arrays, `seconds` is about what it takes."""

    __slots__ = ("run", "seconds")

    def __init__(self, run: Callable[..., list], seconds: float) -> None:
        self.run = run
        self.seconds = seconds


def untraced(call: Call) -> Untraced | None:
    """A call on the host without a trace; None when it has to be traced."""
    if any(a.batch or a.traced for a in call.avals):
        return None
    if call.origin is not None:
        return _derivative(call)
    if call.op is None:
        return None
    form = form_of(call.op, call.avals)
    if form is None:
        return _elementwise(call) if call.pointwise and call.structure is None else None
    grouped = _grouped(call, call.avals)
    if form.shape(*grouped, **call.statics) is None:
        return None
    run = with_structure(form.run, len(call.op.arrays) - len(call.avals), call.structure, call.statics)
    return Untraced(lambda *arrays: [run(*arrays)], _seconds(call.out_avals, 3) + form.flops(*grouped) * FLOP_SECONDS)


def _seconds(out: Aval, steps: int) -> float:
    return steps * (STEP_SECONDS + out.numel * ELEMENT_SECONDS)


def _grouped(call: Call, flat: Any) -> list:
    """Flat arrays as the op's parameters."""
    assert call.op is not None
    if call.structure is None:
        return [*flat, *[None] * (len(call.op.arrays) - len(call.avals))]
    return unflatten(flat, call.structure)


def _derivative(call: Call) -> Untraced | None:
    forward, needed, mask, given = call.origin  # type: ignore[misc]
    if forward.op is None or given is not None or forward.multi:
        return None
    form = form_of(forward.op, forward.avals)
    if form is None and forward.pointwise and forward.structure is None:
        return _elementwise_derivative(call, forward, needed, mask)
    if form is None or form.pull is None or form.shape(*_grouped(forward, forward.avals), **forward.statics) is None:
        return None
    pull, flat = form.pull, list(forward.avals)

    def run(*arrays: Any) -> list:
        for i, array in zip(needed, arrays, strict=False):
            flat[i] = array
        found = pull(arrays[-1], *_grouped(forward, flat), **forward.statics)
        return [g for g, m in zip(found, mask, strict=True) if m]

    return Untraced(run, _seconds(forward.avals[0], 2 * sum(mask)))


# ----- Elementwise: one trace on numbers serves every shape -----

_scalar_steps: dict[tuple, HostCall | None] = {}


def _types_of(call: Call) -> tuple:
    outs = call.out_avals if call.multi else (call.out_avals,)  # tell apart what other default dtypes gave
    types = [(a.dtype, a.weak, a.ndim == 0) for a in call.avals]
    return (call.op, tuple(call.statics.items()), *[a.dtype for a in outs], *types)


def _elementwise(call: Call) -> Untraced | None:
    key = _types_of(call)
    if key not in _scalar_steps:
        # the call's own function: the default dtype may be another by now
        _scalar_steps[key] = _on_numbers(call.fn, call.avals)
    return _broadcasting(_scalar_steps[key], (call.out_avals,))


def _elementwise_derivative(call: Call, forward: Call, needed: tuple, mask: tuple) -> Untraced | None:
    shape = forward.out_avals.shape
    if any(a.shape != shape for a, m in zip(forward.avals, mask, strict=True) if m):
        return None  # a gradient that is summed over what was broadcast
    key = (*_types_of(forward), needed, mask)
    if key not in _scalar_steps:
        numbers = tuple([a if a.weak else aval((), a.dtype, a.device) for a in forward.avals])
        out = aval((), forward.out_avals.dtype, forward.out_avals.device)
        pull = vjp_function(forward.fn, forward.kind, numbers, (out,), False, needed, mask, (True,))
        _scalar_steps[key] = _on_numbers(pull, call.avals)
    outs = call.out_avals if call.multi else (call.out_avals,)
    return _broadcasting(_scalar_steps[key], outs)


def _on_numbers(function: Callable, avals: tuple) -> HostCall | None:
    closed = jax.make_jaxpr(function)(*[jax.ShapeDtypeStruct((), a.dtype.numpy_dtype) for a in avals])
    return HostCall(closed) if _acts_by_element(closed.jaxpr) else None


def _acts_by_element(jaxpr: Any) -> bool:
    for eqn in jaxpr.eqns:
        inner = inner_jaxpr(eqn)
        if inner is not None:
            if not _acts_by_element(getattr(inner, "jaxpr", inner)):
                return False
        elif eqn.primitive.name not in ELEMENTWISE:
            return False
    return True


def _broadcasting(steps: HostCall | None, outs: tuple) -> Untraced | None:
    if steps is None:
        return None
    shapes = [tuple(a.shape) for a in outs]

    def run(*arrays: Any) -> list:
        results = steps.run(*arrays)
        return [
            r if np.shape(r) == shape else np.broadcast_to(r, shape) for r, shape in zip(results, shapes, strict=True)
        ]

    return Untraced(run, sum(_seconds(a, len(steps.steps) + 1) for a in outs))
