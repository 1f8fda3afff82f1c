"""Values: the nodes of the recorded graph.

A Value is an immutable array that exists or is still to be computed. `data` is None while it is pending; then it is
a `jax.Array`, a NumPy array this process owns, a `Part`, or (weak avals) a Python number. A pending Value is its own
record: `call` applied to `args`. A call with several outputs is recorded as one `Multi`, whose outputs are Values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._base.avals import WEAK, Aval, aval, traced_aval
from jaxtorch._base.devices import META, device


class Value:
    """One array of the graph. `pos`, `uses` and `mark` are scratch space of the program builder."""

    __slots__ = ("call", "args", "aval", "data", "pos", "uses", "mark")
    outs = None
    pos: int

    def __init__(self, call: Any, args: Any, aval: Aval, data: Any = None) -> None:
        self.call = call
        self.args = args
        self.aval = aval
        self.data = data
        self.uses = 0
        self.mark = None

    def __repr__(self) -> str:
        return f"<value {self.aval!r} {'pending ' + repr(self.call) if self.data is None else 'ready'}>"


class Multi:
    """The record of a call with several outputs."""

    __slots__ = ("call", "args", "outs")

    def __init__(self, call: Any, args: Any) -> None:
        self.call = call
        self.args = args
        self.outs = tuple([Value(None, None, a) for a in call.out_avals])


def scalar(number) -> Value:
    """A Python number as a weak value."""
    return Value(None, None, WEAK[type(number)], number)


def leaf(array: Any, dtype, device: device) -> Value:
    """A concrete array as a value."""
    return Value(None, None, aval(tuple(array.shape), dtype, device), array)


def traced(tracer: Any, dtype, device: device) -> Value:
    """A JAX tracer as a value; whatever touches it runs at once."""
    return Value(None, None, traced_aval(tuple(tracer.shape), dtype, device), tracer)


def meta(shape, dtype) -> Value:
    """A value of the `meta` device: an aval and no data."""
    return Value(None, None, aval(tuple(shape), dtype, META), NO_DATA)


class Part:
    """The data of a value that is one of many results in one array (`packing`); read by `get`, or by NumPy.

    `own` is the array where there is one; else it is cut out of `source`, a pack, where it has this `number`.
    """

    __slots__ = ("source", "number", "own")

    def __init__(self, source: Any, number: int, own: Any) -> None:
        self.source = source
        self.number = number
        self.own = own

    def get(self) -> Any:
        """The array by itself."""
        if self.own is None:
            self.own = self.source.cut(self.number)
        return self.own

    def settle(self) -> None:
        """Let go of the pack, whose other parts need not live as long."""
        self.get()
        self.source = None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.get(), dtype)


class _NoData:
    def __repr__(self) -> str:
        return "<no data>"


NO_DATA = _NoData()
