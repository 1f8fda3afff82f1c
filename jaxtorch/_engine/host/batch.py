"""Running a batch of records on the host."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from jaxtorch._base.devices import CPU
from jaxtorch._engine.calls import Call
from jaxtorch._engine.host.elementwise import Unsupported
from jaxtorch._engine.host.lowering import HostCall
from jaxtorch._engine.host.untraced import Untraced, untraced

_lowered: dict[int, HostCall | Untraced | None] = {}
_BOUND = 20_000


def host_call(call: Call) -> HostCall | Untraced | None:
    """The NumPy steps of a call; None when it has to run on XLA."""
    found = _lowered.get(call.id, _lowered)
    if found is _lowered:
        if len(_lowered) >= _BOUND:
            _lowered.clear()
        found = _lowered[call.id] = _lower(call)
    return found  # type: ignore[return-value]


def _lower(call: Call) -> HostCall | Untraced | None:
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


def cost(batch: list, most: float) -> float | None:
    """About how many seconds a batch takes here; None when it cannot run here or takes more than `most`."""
    total = 0.0
    for record in batch:
        lowered = host_call(record.call)
        if lowered is None:
            return None
        total += lowered.seconds
        if total > most:
            return None
    return max(total, 1e-6)


def run(batch: list) -> None:
    """Run the records one by one and give their values data."""
    with np.errstate(all="ignore"):
        for record in batch:
            results = host_call(record.call).run(*[_array(a) for a in record.args])  # type: ignore[union-attr]
            for value, array in zip(record.outs or (record,), results, strict=True):
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
