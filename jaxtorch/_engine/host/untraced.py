"""Host calls that need no trace of their own: ops with NumPy forms, and elementwise ops, traced once for all shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import jax
import numpy as np

from jaxtorch._base.avals import Aval, aval
from jaxtorch._engine.calls import Call
from jaxtorch._engine.derivatives import vjp_function
from jaxtorch._engine.host import costs
from jaxtorch._engine.host.elementwise import ELEMENTWISE
from jaxtorch._engine.host.lowering import HostCall, inner_jaxpr
from jaxtorch._ops.host_forms import form_of, spreading
from jaxtorch._ops.table import unflatten


def untraced(call: Call) -> HostCall | None:
    """A call on the host without a trace; None when it has to be traced."""
    if any(a.batch or a.traced for a in call.avals):
        return None
    if call.origin is not None:
        return _derivative(call)
    if call.op is None:
        return _update(call) if call.pointwise else None
    form = form_of(call.op, call.avals)
    if form is None:
        return _elementwise(call) if call.pointwise and call.structure is None else None
    grouped = _grouped(call)
    if form.shape(*grouped, **call.statics) is None:
        return None
    products = form.flops(*grouped) * costs.PRODUCT_SECONDS
    seconds = _seconds(call.out_avals, 3) + products
    return _row(len(call.avals), range(len(call.avals)), [form.make(*grouped, **call.statics)], seconds, products)


def _row(inputs: int, ins: Iterable[int], functions: list[Callable], seconds: float, products: float = 0.0) -> HostCall:
    """Functions of the same inputs, each of which makes one output."""
    outputs = range(inputs, inputs + len(functions))
    steps = [(function, tuple(ins), out, ()) for function, out in zip(functions, outputs, strict=True)]
    return HostCall.of(inputs, [None] * len(functions), steps, outputs, seconds, products)


def _seconds(out: Aval, steps: int) -> float:
    return steps * (costs.STEP_SECONDS + out.numel * costs.CHEAP_SECONDS)


def _grouped(call: Call) -> list:
    """A call's avals as the op's parameters."""
    assert call.op is not None
    if call.structure is None:
        return [*call.avals, *[None] * (len(call.op.arrays) - len(call.avals))]
    return unflatten(call.avals, call.structure)


def _derivative(call: Call) -> HostCall | None:
    forward, needed, mask, given = call.origin  # type: ignore[misc]
    if forward.op is None or given is not None or forward.multi:
        return None
    form = form_of(forward.op, forward.avals)
    if form is None and forward.pointwise and forward.structure is None:
        return _elementwise_derivative(call, forward, needed, mask)
    if form is None or form.pulls is None or form.shape(*_grouped(forward), **forward.statics) is None:
        return None
    pulls = form.pulls(*_grouped(forward), **forward.statics)
    wanted = [pull for pull, m in zip(pulls, mask, strict=True) if m]
    return _row(len(call.avals), [len(call.avals) - 1], wanted, _seconds(forward.avals[0], 2 * sum(mask)))


# ----- Elementwise: one trace on numbers serves every shape -----

_scalar_steps: dict[tuple, HostCall | None] = {}


def _types_of(call: Call) -> tuple:
    outs = call.out_avals if call.multi else (call.out_avals,)  # tell apart what other default dtypes gave
    types = [(a.dtype, a.weak, a.ndim == 0) for a in call.avals]
    return (call.op, tuple(call.statics.items()), *[a.dtype for a in outs], *types)


def _elementwise(call: Call) -> HostCall | None:
    key = _types_of(call)
    if key not in _scalar_steps:
        # the call's own function: the default dtype may be another by now
        _scalar_steps[key] = _on_numbers(call.fn, call.avals)
    return _broadcasting(_scalar_steps[key], call.avals, (call.out_avals,))


def _elementwise_derivative(call: Call, forward: Call, needed: tuple, mask: tuple) -> HostCall | None:
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
    return _broadcasting(_scalar_steps[key], call.avals, outs)


def _update(call: Call) -> HostCall | None:
    """A fused update of many arrays, each by its own elements: one trace on numbers for arrays of any shape."""
    outs = call.out_avals if call.multi else (call.out_avals,)
    return _broadcasting(_on_numbers(call.fn, call.avals), call.avals, outs)


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


def _broadcasting(numbers: HostCall | None, ins: tuple, outs: tuple) -> HostCall | None:
    """The steps for numbers as those for arrays; a result that does not depend on every input may have to be spread."""
    if numbers is None:
        return None
    shapes: list[tuple] = [*[a.shape for a in ins], *[()] * len(numbers.tail)]
    for _, slots, out, _ in numbers.steps:
        shapes[out] = np.broadcast_shapes(*[shapes[i] for i in slots])
    tail, steps, outputs = list(numbers.tail), list(numbers.steps), list(numbers.outputs)
    for i, out in enumerate(outs):
        if len(shapes[outputs[i]]) > out.ndim:
            return None
        if shapes[outputs[i]] != out.shape:
            steps.append((spreading(out.shape), (outputs[i],), len(ins) + len(tail), ()))
            outputs[i] = len(ins) + len(tail)
            tail.append(None)
            shapes.append(out.shape)
    elements = sum(math.prod(shapes[out]) for _, _, out, _ in steps)
    seconds = len(steps) * costs.STEP_SECONDS + elements * costs.CHEAP_SECONDS
    return HostCall.of(len(ins), tail, steps, outputs, seconds)
