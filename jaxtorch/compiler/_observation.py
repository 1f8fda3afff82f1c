"""One call of a function, run as always and watched: what it recorded, drew, returned, and changed in tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._autograd.backward import target_key
from jaxtorch._autograd.node import Node
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._base.rng import generator
from jaxtorch._engine import recorder
from jaxtorch._engine.value import Value
from jaxtorch._storage.host import HostStorage
from jaxtorch.compiler import _backward, _tree
from jaxtorch.compiler._snapshot import NOT_FOUND, Refused


class Before:
    """The state of a known tensor before the call."""

    __slots__ = ("storage", "value", "stamp", "version", "rg", "node", "aval", "grad", "shown", "leaf")

    def __init__(self, x: Variable) -> None:
        self.shown = value_of(x)  # a stale view is renewed first
        self.storage = x._storage
        self.value = x._storage.value
        self.stamp = x._storage.stamp
        self.version = x._vc.version
        self.rg, self.node, self.aval = x._rg, x._node, x._aval
        self.leaf = x._node is None
        self.grad = None if x._meta is None else x._meta.grad


class Observation:
    """What one call did.

    `known` are the tensors it can have read: the arguments, then those of the snapshot, then the gradients of all of
    these (`owner` of a gradient: which of the others it is of). `records`, `checks` and `draws` are in order; `result`
    is the result with holes for the tensors in `outputs`.
    """

    def __init__(self, known: list[Variable]) -> None:
        self.known = list(known)
        self.owner: dict[int, int] = {}
        for i, x in enumerate(known):
            grad = None if x._meta is None else x._meta.grad
            if grad is not None and not any(grad is k for k in known):
                if grad.is_sparse or grad._rg:
                    raise Refused("a gradient is sparse or has a history")
                self.owner[len(self.known)] = i
                self.known.append(grad)
        self.before = [Before(x) for x in self.known]
        self.ends: dict[Any, tuple[Any, int]] = {}
        self.records: list = []
        self.checks: list = []
        self.draws: list[generator.Draw] = []
        self.outputs: list[Variable] = []
        self.objects: list = []
        self.result: Any = None
        self.roots: list[int] = []
        self.pullback: _backward.Pullback | None = None
        self.backwards = self.steps = 0

    def run(self, function: Callable, args: tuple, kwargs: dict) -> Any:
        """Call the function. What it returns is valid; `Refused` is kept in `self.refused`."""
        marks = self._mark_boundaries()
        given = _tree.contents((args, kwargs))
        self.refused: str | None = None
        begin = Node(None, (), (), ()).seq  # type: ignore[arg-type]
        region = recorder.watch()
        outer, generator.watch.draws = generator.watch.draws, self.draws
        try:
            returned = function(*args, **kwargs)
        finally:
            generator.watch.draws = outer
            self.records = recorder.unwatch(region)
            for x, mark, node in marks:
                if x._node is mark:
                    x._node = node
        self.refused = region.lost
        self.checks, self.backwards, self.steps = region.checks, region.backwards, region.steps
        if not all(_tree.holds(x, before) for x, before in given):
            self.refused = "an argument is changed by the call"
        if self.refused is None:
            try:
                self._look_at(returned, begin)
            except Refused as reason:
                self.refused = str(reason)
        return returned

    def _mark_boundaries(self) -> list[tuple]:
        marks = []
        for i, (x, before) in enumerate(zip(self.known, self.before, strict=True)):
            if not x._rg:
                continue
            if before.leaf:
                self.ends[id(x)] = (x, i)
            else:
                mark = _backward.boundary(x)
                marks.append((x, mark, x._node))
                x._node = mark
                self.ends[target_key(mark)] = (mark, i)
        return marks

    def _look_at(self, returned: Any, begin: int) -> None:
        self.result = _tree.punch(returned, self.outputs, self.objects)
        for x, before in zip(self.known, self.before, strict=True):
            if x._rg is not before.rg or x._node is not before.node or x._aval is not before.aval:
                raise Refused("the history or type of a tensor that it was given changes")
            if x._storage is not before.storage:
                raise Refused("a tensor is given other memory")
            if before.stamp != x._storage.stamp and type(x._storage) is HostStorage:
                raise Refused("memory that NumPy shares is written to")
        roots, avals = [], []
        for i, x in enumerate(self.outputs):
            if any(x is k for k in self.known) or not x._rg:
                continue
            value_of(x)
            if x._node is None:
                raise Refused(f"a leaf that requires grad is returned and {NOT_FOUND}")
            self.roots.append(i)
            roots.append(x._node)
            avals.append(x._aval)
        if roots:
            self.pullback = _backward.pullback(roots, avals, self.ends, begin)

    def sources(self) -> dict[int, tuple[str, int]]:
        """Where each value the call can have read is found: ("value" or "storage", known tensor)."""
        found: dict[int, tuple[str, int]] = {}
        for i, before in enumerate(self.before):
            found.setdefault(id(before.shown), ("value", i))
        for i, before in enumerate(self.before):
            found.setdefault(id(before.value), ("storage", i))
        return found

    def forget(self) -> None:
        """Let go of values: what the call computed is to be held by the program's user alone."""
        self.records, self.checks, self.outputs, self.draws, self.before = [], [], [], [], []
        self.pullback = None
        self.ends = {}


def drawn_as(value: Value, draws: list[generator.Draw]) -> tuple[int, tuple, tuple] | None:
    """Which draw a constant is, and its shape and strides over the drawn array; None if it is none."""
    data = value.data
    if type(data) is not np.ndarray:
        return None
    for j, draw in enumerate(draws):
        array = draw.result
        if isinstance(array, np.ndarray) and array.size == data.size and array.dtype == data.dtype:
            if data.size and array.flags.c_contiguous and data.ctypes.data == array.ctypes.data:
                return j, data.shape, data.strides
    return None
