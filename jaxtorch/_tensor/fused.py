"""Fused updates: one record that changes many tensors (an optimiser's step, `clip_grad_norm_`, `_foreach_*`).

A kernel is a pure function `kernel(targets, sources, numbers, *statics) -> new targets` over lists of JAX arrays and
0-d float64 numbers; one whose attribute `pointwise` is true makes each target's elements of elements at the same place
alone. The step of a hundred parameters is then one record instead of fourteen per parameter, and numbers
(learning rate, step count) are runtime arguments that never compile again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax

from jaxtorch._autograd import inplace
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._engine.calls import Call, adhoc_call
from jaxtorch._engine.recorder import record
from jaxtorch._engine.value import scalar
from jaxtorch._ops.table import NONE

_calls: dict[tuple, Call] = {}
_BOUND = 1024


def update(
    kernel: Callable,
    targets: Sequence[Variable],
    sources: Sequence[Variable] = (),
    numbers: Sequence[float] = (),
    statics: tuple = (),
) -> None:
    """Replace the content of `targets` by what the kernel makes of targets, sources and numbers. Not differentiable."""
    args = (
        *[t._storage.value if t._view is None else value_of(t) for t in targets],
        *[s._storage.value if s._view is None else value_of(s) for s in sources],
        *[scalar(n) for n in numbers],
    )
    key = (kernel, statics, len(targets), len(sources), *[a.aval for a in args])
    call = _calls.get(key) or _make(key, [a.aval for a in args])
    results = record(call, args)
    # A list of its own: shared memory is written at once, which runs the graph, and what the call's own tuple alone
    # refers to is not computed then.
    for target, value in zip(targets, list(results) if call.multi else [results], strict=True):
        if target._view is None:
            storage = target._storage
            storage.value = value
            storage.stamp += 1
            target._vc.version += 1
        else:
            inplace.write(target, value)


def _make(key: tuple, avals: list) -> Call:
    kernel, statics, targets, sources = key[:4]
    traced = any(a.traced for a in avals)

    def run(*flat: Any) -> Any:
        new = kernel(
            list(flat[:targets]), list(flat[targets : targets + sources]), list(flat[targets + sources :]), *statics
        )
        cast = [jax.lax.convert_element_type(n, a.dtype.numpy_dtype) for n, a in zip(new, avals[:targets], strict=True)]
        return tuple(cast) if targets > 1 else cast[0]

    outs = tuple(avals[:targets])
    call = adhoc_call(kernel.__name__, run, tuple(avals), outs if targets > 1 else outs[0], NONE)
    call.pointwise = getattr(kernel, "pointwise", False)
    if not traced:
        if len(_calls) >= _BOUND:
            _calls.pop(next(iter(_calls)))
        _calls[key] = call
    return call
