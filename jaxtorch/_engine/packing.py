"""Programs of captured calls that hand their small arrays on in one piece.

An array that goes into or comes out of a program costs a microsecond or more, which is most of what a small training
step takes: parameters, moments and gradients are dozens. Which results come back as inputs shows when a program runs
again; it is then compiled once more, with these and all other small results in one flat array. Values hold `Part`s of
it, which are cut out where somebody reads one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxtorch._base.dtypes import BOOL, FLOATING, float32
from jaxtorch._engine.value import Part, Value

_SMALL = 4095  # elements of an array that is packed; larger ones may be donated
_LEAST, _MOST = 8, 1 << 18  # arrays that are worth it; elements in and out of a program that is small enough to gain
TRIES = 3  # runs in which the results that come back have to show
_ALIVE = 3  # references to a part that nobody holds: the list, the loop's name and getrefcount's argument
_getrefcount = sys.getrefcount


def worthwhile(records: list, leaves: list[Value], outputs: list[Value]) -> bool:
    """Whether a program may gain by packing: of captured calls, small, with many arrays in and out."""
    if not any(r.call.captured for r in records) or jax.default_backend() != "cpu":
        return False
    return sum(map(_is_small, outputs)) >= _LEAST and sum(v.aval.numel for v in (*leaves, *outputs)) <= _MOST


def _is_small(value: Value) -> bool:
    return value.aval.dtype is float32 and not value.aval.weak and value.aval.numel <= _SMALL


def _vector(number: Value) -> Any:
    category = number.aval.dtype.category
    return category if category >= FLOATING else BOOL  # as `program._arguments` packs them


class Pack:
    """A flat array that a program gave, and the places of its results in it."""

    __slots__ = ("flat", "places", "_host")

    def __init__(self, flat: Any, places: dict[int, tuple]) -> None:
        self.flat = flat
        self.places = places
        self._host: np.ndarray | None = None

    def cut(self, number: int) -> np.ndarray:
        """A copy of one result, which does not keep the others."""
        if self._host is None:
            self._host = np.asarray(self.flat)
        begin, end, shape = self.places[number]
        array = np.array(self._host[begin:end]).reshape(shape)
        array.flags.writeable = False
        return array


class Packing:
    """A program that learns which of its results come back, and then runs in the packed form."""

    def __init__(self, program: Callable, outputs: list[Value], donated: tuple[int, ...]) -> None:
        self.program = program  # kept, so that its identity is not given again
        self.donated = donated
        self.small = [j for j, o in enumerate(outputs) if _is_small(o)]
        self.tries = 0
        self.fed: list[tuple[int, int]] = []  # inputs that come packed, by leaf, and which result each is
        self.kept: list[int] = []  # which of the plain form's arguments are left
        self.places: dict[int, tuple] = {}  # of small results in the flat array
        self.jitted: Callable | None = None
        self._last: list[Part] = []
        self._before: list[Part] = []

    # ----- Learning -----

    def note(self, outputs: list[Value]) -> None:
        """Mark the results of a run in the plain form, to know them when they come back."""
        self.tries += 1
        if self.tries <= TRIES:
            for j in self.small:
                outputs[j].data = Part(self, j, outputs[j].data)

    def learn(self, leaves: list[Value], outputs: list[Value], function: Callable, options: Any) -> Callable | None:
        """Look which results have come back; the packed form, where that makes one."""
        fed = [(i, v.data.number) for i, v in enumerate(leaves) if type(v.data) is Part and v.data.source is self]
        if len(fed) < _LEAST or len({j for _, j in fed}) < len(fed):
            return None
        if any(leaves[i].aval is not outputs[j].aval for i, j in fed):
            return None
        self.fed = fed
        order = [j for _, j in fed]
        order.extend([j for j in self.small if j not in set(order)])
        begin = 0
        for j in order:
            end = begin + outputs[j].aval.numel
            self.places[j] = (begin, end, tuple(outputs[j].aval.shape))
            begin = end
        packed, given = self._packed(function, leaves, len(outputs))
        donate = [given.index(i) for i in self.donated]
        self.jitted = jax.jit(packed, donate_argnums=donate, compiler_options=options)
        return self.jitted

    def _packed(self, function: Callable, leaves: list[Value], count: int) -> tuple[Callable, list]:
        """The packed form of a function of numbers and arrays, and which leaf each of its arguments is."""
        fed, places = self.fed, self.places
        arrays = [i for i, v in enumerate(leaves) if not v.aval.weak]
        came_back = {i: places[j] for i, j in fed}
        large = [j for j in range(count) if j not in places]
        given = [i for i in arrays if i not in came_back]
        vectors = len({_vector(v) for v in leaves if v.aval.weak})
        self.kept = [*range(vectors), *[vectors + k for k, i in enumerate(arrays) if i not in came_back]]

        def run(flat: Any, *rest: Any) -> list:
            numbers, own = rest[:vectors], iter(rest[vectors:])
            inputs = []
            for i in arrays:
                if i in came_back:
                    begin, end, shape = came_back[i]
                    inputs.append(flat[begin:end].reshape(shape))
                else:
                    inputs.append(next(own))
            results = function(*numbers, *inputs)
            return [jnp.concatenate([results[j].ravel() for j in places]), *[results[j] for j in large]]

        return run, [None] * (1 + vectors) + given

    # ----- Running -----

    def arguments(self, leaves: list[Value], plain: list) -> list:
        """The flat array, as it came out of the last run where all of it did, and what is left of the plain ones."""
        pack = getattr(leaves[self.fed[0][0]].data, "source", None)
        if type(pack) is not Pack or pack.places is not self.places:
            pack = None
        else:
            for i, j in self.fed:
                data = leaves[i].data
                if type(data) is not Part or data.source is not pack or data.number != j:
                    pack = None
                    break
        found = [self._gathered(leaves) if pack is None else pack.flat]
        for i in self.kept:
            data = plain[i]
            found.append(data if type(data) is not Part else data.get())
        return found

    def _gathered(self, leaves: list[Value]) -> np.ndarray:
        flat = np.zeros(max(end for _, end, _ in self.places.values()), np.float32)
        for i, j in self.fed:
            begin, end, _ = self.places[j]
            flat[begin:end] = np.asarray(leaves[i].data).ravel()
        return flat

    def give(self, outputs: list[Value], results: Any) -> None:
        """Give the outputs their data. What is left of the run before the last gets memory of its own."""
        for part in self._before:
            if _getrefcount(part) > _ALIVE:
                part.settle()
        pack = Pack(results[0], self.places)
        parts = []
        for j in self.places:
            part = outputs[j].data = Part(pack, j, None)
            parts.append(part)
        self._before, self._last = self._last, parts
        large = iter(results[1:])
        for j, output in enumerate(outputs):
            if j not in self.places:
                output.data = next(large)
