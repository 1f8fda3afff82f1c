"""From a jaxpr to NumPy steps.

Calls inside the jaxpr are written out, what no output needs is left out, what depends on constants alone is computed
here, and what is only broadcast for an elementwise step's sake stays small: NumPy broadcasts by itself. Of the dozens
of equations of a derivative few are left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax.extend.core
import numpy as np

from jaxtorch._engine.host import costs, linear, windowed
from jaxtorch._engine.host.control import CONTROL
from jaxtorch._engine.host.elementwise import ELEMENTWISE, Unsupported
from jaxtorch._engine.host.indexing import INDEXING
from jaxtorch._engine.host.steps import Step, run_steps
from jaxtorch._engine.host.structural import STRUCTURAL, summing
from jaxtorch._ops.host_forms import reshaping, spreading

_MAKERS = {**ELEMENTWISE, **STRUCTURAL, **INDEXING, **linear.LINEAR, **windowed.WINDOWED}
_SEVERAL = linear.SEVERAL | {"split", "sort", "unstack", "top_k", *CONTROL}
_SAME = {"copy", "copy_p", "stop_gradient", "optimization_barrier"}
_INLINE = {
    "pjit": "jaxpr",
    "jit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "remat": "jaxpr",
    "checkpoint": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "custom_vjp_call_jaxpr": "fun_jaxpr",
}
_FOLDED = 4096  # elements of a constant that is computed here


class HostCall:
    """A call as NumPy steps: `run(*arrays)` gives a list of arrays, `seconds` is about what it takes, with `products`.

    The slots are the inputs, then `tail`: constants, and None where a step's result will be.
    """

    __slots__ = ("inputs", "tail", "steps", "outputs", "seconds", "products")

    def __init__(self, closed: Any) -> None:
        made = _Lowering(closed)
        self.inputs = len(closed.jaxpr.invars)
        self.tail, self.steps, self.outputs = made.finish()
        self.seconds, self.products = made.seconds, made.products

    @classmethod
    def of(
        cls,
        inputs: int,
        tail: Sequence,
        steps: Sequence[Step],
        outputs: Sequence[int],
        seconds: float,
        products: float = 0.0,
    ) -> HostCall:
        """A call whose steps are known."""
        made = cls.__new__(cls)
        made.inputs, made.tail, made.steps, made.outputs = inputs, list(tail), tuple(steps), tuple(outputs)
        made.seconds, made.products = seconds, products
        return made

    def run(self, *arrays: Any) -> list:
        """Evaluate on NumPy arrays."""
        slots = [*arrays, *self.tail]
        run_steps(self.steps, slots)
        return [slots[i] for i in self.outputs]


def inner_jaxpr(eqn: Any) -> Any:
    """The jaxpr that an equation calls once; None for others."""
    name = _INLINE.get(eqn.primitive.name)
    return None if name is None else eqn.params[name]


def _lower(jaxpr: Any) -> HostCall:
    return HostCall(jaxpr if hasattr(jaxpr, "consts") else jax.extend.core.ClosedJaxpr(jaxpr, ()))


class _Place(NamedTuple):
    """Where a value lies, and in what shape: it may still have to be broadcast."""

    slot: int
    shape: tuple


class _Lowering:
    def __init__(self, closed: Any) -> None:
        self.seconds = self.products = 0.0
        self.steps: list[Step] = []
        self.constants: dict[int, Any] = {}
        self.equations: list[tuple[Any, list[int], list[int]]] = []
        self.count = self.inputs = len(closed.jaxpr.invars)
        self.places: dict[int, _Place] = {}
        self.shapes: dict[int, tuple] = {i: v.aval.shape for i, v in enumerate(closed.jaxpr.invars)}
        wanted = self._write_out(closed.jaxpr, closed.consts, list(range(self.inputs)))
        for eqn, ins, outs in self._needed(wanted):
            self._lower(eqn, ins, outs)
        self.outputs = [self._whole(i) for i in wanted]

    # ----- Which equations there are -----

    def _new(self, shape: tuple) -> int:
        self.count += 1
        self.shapes[self.count - 1] = tuple(shape)
        return self.count - 1

    def _constant(self, array: Any) -> int:
        slot = self._new(array.shape)
        self.constants[slot] = array
        return slot

    def _write_out(self, jaxpr: Any, constants: Sequence, ins: list[int]) -> list[int]:
        """Collect the equations with those of inner jaxprs in place of their calls; the values of the outputs."""
        known = dict(zip(jaxpr.invars, ins, strict=True))
        known.update((v, self._constant(np.asarray(c))) for v, c in zip(jaxpr.constvars, constants, strict=True))

        def read(atom: Any) -> int:
            return self._constant(np.asarray(atom.val, atom.aval.dtype)) if hasattr(atom, "val") else known[atom]

        for eqn in jaxpr.eqns:
            args = [read(a) for a in eqn.invars]
            inner = inner_jaxpr(eqn)
            if inner is not None:
                outs = self._write_out(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), args)
            elif eqn.primitive.name in _SAME:
                outs = args
            else:
                outs = [self._new(v.aval.shape) for v in eqn.outvars]
                self.equations.append((eqn, args, outs))
            known.update(zip(eqn.outvars, outs, strict=True))
        return [read(a) for a in jaxpr.outvars]

    def _needed(self, outputs: list[int]) -> list:
        """The equations that some output depends on, in order."""
        wanted = set(outputs)
        kept = []
        for equation in reversed(self.equations):
            if not wanted.isdisjoint(equation[2]):
                kept.append(equation)
                wanted.update(equation[1])
        return kept[::-1]

    # ----- From equations to steps -----

    def _place(self, value: int) -> _Place:
        return self.places.get(value) or _Place(value, self.shapes[value])

    def _whole(self, value: int) -> int:
        """The slot of a value in its own shape."""
        slot, narrow = self._place(value)
        shape = self.shapes[value]
        if narrow == shape:
            return slot
        if slot in self.constants:
            made = self._constant(np.broadcast_to(self.constants[slot], shape))
        else:
            made = self._new(shape)
            fits = math.prod(narrow) == math.prod(shape)
            self._step(reshaping(shape) if fits else spreading(shape), (slot,), made)
        self.places[value] = _Place(made, shape)
        return made

    def _step(self, function: Callable, ins: tuple, out: Any) -> None:
        self.steps.append((function, ins, out, ()))

    def _lower(self, eqn: Any, ins: list[int], outs: list[int]) -> None:
        name = eqn.primitive.name
        if any(v.aval.dtype.name.startswith("float8") for v in (*eqn.invars, *eqn.outvars)):
            raise Unsupported(name)
        if name == "convert_element_type" and eqn.invars[0].aval.dtype == eqn.outvars[0].aval.dtype:
            self.places[outs[0]] = self._place(ins[0])
        elif name == "broadcast_in_dim" and len(ins) == 1:
            self._broadcast(eqn, ins[0], outs[0])
        elif name in CONTROL:
            run, seconds = CONTROL[name](eqn, _lower)
            self.seconds += seconds
            self._step(run, tuple([self._whole(i) for i in ins]), tuple(outs))
        elif name == "dot_general" and self._sums(eqn, ins[1]):
            self._made(eqn, summing({"axes": eqn.params["dimension_numbers"][0][0]}, eqn), ins[:1], outs)
        elif name in _MAKERS:
            self._made(eqn, _MAKERS[name](eqn.params, eqn), ins, outs)
        else:
            raise Unsupported(name)

    def _sums(self, eqn: Any, other: int) -> bool:
        """Whether a product is one with a vector of ones, as sums over rows are written for XLA's sake."""
        constant = self.constants.get(self._place(other).slot)
        (_, contract), (batch, _) = eqn.params["dimension_numbers"]
        vector = len(self.shapes[other]) == len(contract) == 1 and not batch
        return vector and constant is not None and bool((constant == 1).all())

    def _made(self, eqn: Any, run: Callable | None, ins: list[int], outs: list[int]) -> None:
        if run is None:  # gives what it gets
            self.places[outs[0]] = self._place(ins[0])
            return
        if eqn.primitive.name in ELEMENTWISE:
            places = [self._place(i) for i in ins]
            slots = tuple([p.slot for p in places])
            narrow = np.broadcast_shapes(*[p.shape for p in places])
            if narrow != self.shapes[outs[0]]:
                self.places[outs[0]] = _Place(outs[0], narrow)
        else:
            slots = tuple([self._whole(i) for i in ins])
            narrow = self.shapes[outs[0]] if outs else ()
        several = len(outs) != 1 or eqn.primitive.name in _SEVERAL
        if all(s in self.constants for s in slots) and not several and math.prod(narrow) <= _FOLDED:
            with np.errstate(all="ignore"):
                self.constants[outs[0]] = np.asarray(run(*[self.constants[s] for s in slots]))
            return
        seconds, products = costs.seconds(eqn)
        self.seconds += seconds
        self.products += products
        self._step(run, slots, tuple(outs) if several else outs[0])

    def _broadcast(self, eqn: Any, value: int, out: int) -> None:
        slot, narrow = self._place(value)
        own, shape = self.shapes[value], eqn.params["shape"]
        narrow = (1,) * (len(own) - len(narrow)) + narrow
        middle = [1] * len(shape)
        for d, size in zip(eqn.params["broadcast_dimensions"], narrow, strict=True):
            middle[d] = size
        if _leading(middle) == _leading(narrow) and len(narrow) <= len(shape):
            self.places[out] = _Place(slot, self._place(value).shape)
        elif slot in self.constants:
            self.places[out] = _Place(self._constant(np.reshape(self.constants[slot], middle)), tuple(middle))
        else:
            made = self._new(tuple(middle))
            self._step(reshaping(tuple(middle)), (slot,), made)
            self.places[out] = _Place(made, tuple(middle))

    def finish(self) -> tuple[list, tuple[Step, ...], tuple[int, ...]]:
        """The slots behind the inputs, the steps and the outputs' slots, without gaps."""
        slots = {i: i for i in range(self.inputs)}
        tail: list = []

        def number(slot: int) -> int:
            if slot not in slots:
                slots[slot] = self.inputs + len(tail)
                tail.append(self.constants.get(slot))
            return slots[slot]

        steps = []
        for function, ins, out, dead in self.steps:
            renamed = tuple([number(i) for i in ins])
            steps.append((function, renamed, number(out) if type(out) is int else tuple(map(number, out)), dead))
        return tail, tuple(steps), tuple(map(number, self.outputs))


def _leading(shape: Sequence[int]) -> tuple:
    """A shape without ones in front, which NumPy adds by itself."""
    ones = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return tuple(shape[ones:])
