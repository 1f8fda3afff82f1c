"""From an observation to an entry, and to the key by which two observations of one call are compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._engine.value import NO_DATA, Value
from jaxtorch.compiler import _tree
from jaxtorch.compiler._composite import Composite, Stretch, Unknown, compose
from jaxtorch.compiler._entry import Check, Derivative, Effects, Entry, Output
from jaxtorch.compiler._observation import Observation, drawn_as
from jaxtorch.compiler._snapshot import Refused
from jaxtorch.nn.parameter import Parameter


class Builder:
    """Makes an `Entry` of an observation. `key` is equal for two observations that did the same.

    `constants` are values that came into being inside the call; they have to be equal in both, yet not the same object:
    what is the same object was there before, and nobody knows who may change it.
    """

    def __init__(self, name: str, seen: Observation, flags: tuple = ()) -> None:
        self.name = name
        self.flags = flags  # of XLA, for the programs
        self.seen = seen
        self.stretch = Stretch(seen.records)
        self.sources = seen.sources()
        self.inputs: list[Value] = []
        self.arguments: list[tuple] = []
        self.slots: list[Value] = []
        self.constants: list[Value] = []
        self.objects = seen.objects
        self._input_at: dict[int, int] = {}
        self._slot_at: dict[int, int] = {}
        self._used_draws: set[int] = set()

    def build(self) -> Entry:
        """The entry; `Refused` where what happened cannot be told from records."""
        outputs = self._outputs()
        effects = self._effects()
        checks = [self._check(check, args) for check, args in self.seen.checks]
        derivative, back = self._derivative()
        for value in self.stretch.leaves(self.slots):
            self._input(value)
        if len(self._used_draws) != len(self.seen.draws):
            raise Refused("random numbers are drawn that no tensor holds, or the generator is seeded")
        sharing = self._sharing()
        forward = self._composed(self.name, self.stretch, self.inputs, self.slots) if self.slots else None
        entry = Entry(
            None if forward is None else forward.call,
            tuple(self.arguments),
            [d._replace(result=None) for d in self.seen.draws],
            tuple(checks),
            tuple(outputs),
            self.seen.result,
            effects,
            derivative,
            sharing,
            self._aliases(),
            self._reads_gradients(outputs, effects, sharing),
        )
        self.key = (
            None if forward is None else forward.key,
            None if back is None else back.key,
            tuple([(kind, None if kind == "constant" else x, more) for kind, x, more in self.arguments]),
            tuple([(id(d.generator), d.method, repr(d.args), repr(d.kwargs)) for d in self.seen.draws]),
            tuple(outputs),
            effects,
            _tree.skeleton(self.seen.result),
            None if derivative is None else derivative[1:],
            tuple([(id(c.check), c.flags) for c in checks]),
        )
        return entry

    def _composed(self, name: str, stretch: Stretch, inputs: list[Value], outputs: list[Value]) -> Composite:
        try:
            return compose(name, stretch, inputs, outputs, self.flags)
        except Unknown as unknown:
            raise Refused(f"a value is read that was not found ({unknown})") from None

    def let_go(self) -> None:
        """Keep what two observations are compared by, and no value that the call computed."""
        self.seen = self.stretch = None  # type: ignore[assignment]
        self.inputs, self.slots, self.sources = [], [], {}

    # ----- Values -----

    def _slot(self, value: Value) -> int:
        at = self._slot_at.get(id(value))
        if at is None:
            at = self._slot_at[id(value)] = len(self.slots)
            self.slots.append(value)
        return at

    def _input(self, value: Value) -> int:
        at = self._input_at.get(id(value))
        if at is None:
            at = self._input_at[id(value)] = len(self.inputs)
            self.inputs.append(value)
            self.arguments.append(self._argument(value))
        return at

    def _argument(self, value: Value) -> tuple:
        source = self.sources.get(id(value))
        if source is not None:
            return (*source, None)
        drawn = drawn_as(value, self.seen.draws)
        if drawn is not None:
            j, shape, strides = drawn
            self._used_draws.add(j)
            return ("draw", j, (value.aval, shape, strides))
        if value.data is None or value.data is NO_DATA or not isinstance(value.data, (np.ndarray, float, complex)):
            raise Refused("a tensor is read that was not found")
        self.constants.append(value)
        return ("constant", value, value.aval)

    def _place(self, value: Value) -> tuple[str, Any]:
        """Where a value the derivative or a check reads is found."""
        if id(value) in self.stretch.made:
            return "result", self._slot(value)
        if value.aval.weak and not isinstance(value.data, (float, complex)):
            return "constant", value
        return "argument", self._input(value)

    def _sharing(self) -> tuple[tuple[int, ...], ...]:
        """The known tensors that hold one value, which the call reads: they have to hold one again."""
        holders: dict[int, list[int]] = {}
        for i, before in enumerate(self.seen.before):
            holders.setdefault(id(before.shown), []).append(i)
        return tuple([tuple(h) for value, h in holders.items() if len(h) > 1 and value in self._input_at])

    def _reads_gradients(self, outputs: list[Output], effects: Effects, sharing: tuple) -> bool:
        """Whether the gradients that tensors had before take part in the call."""
        first = len(self.seen.known) - len(self.seen.owner)
        read = [x for kind, x, _ in self.arguments if kind in ("value", "storage")]
        changed = [k for k, *_ in (*effects.writes, *effects.versions)]
        returned = [o.at for o in outputs if o.kind != "new"]
        together = [k for group in sharing for k in group]
        return bool(effects.backwards or effects.grads) or any(
            k >= first for k in (*read, *changed, *returned, *together)
        )

    def _aliases(self) -> tuple[int, ...] | None:
        """Which known tensors have the same memory; asked for where some is written to."""
        storages = [id(before.storage) for before in self.seen.before]
        return aliases(storages) if any(b.stamp != b.storage.stamp for b in self.seen.before) else None

    # ----- Parts -----

    def _outputs(self) -> list[Output]:
        made: list[Output] = []
        storages: set[int] = set()
        for x in self.seen.outputs:
            known = next((i for i, k in enumerate(self.seen.known) if k is x), None)
            if known is not None:
                made.append(Output("known", known))
                continue
            source = next((i for i, k in enumerate(self.seen.known) if k._storage is x._storage), None)
            if source is not None:
                made.append(self._shared(x, source))
                continue
            if id(x._storage) in storages:
                raise Refused("results share memory")
            storages.add(id(x._storage))
            at = self._slot(value_of(x))
            made.append(Output("new", at, strides=x._strides, parameter=type(x) is Parameter, requires_grad=x._rg))
        return made

    def _shared(self, x: Variable, source: int) -> Output:
        if x._view is None:
            if x._rg:
                raise Refused("an alias with a history is returned")
            return Output("alias", source)
        chain = x._view.chain
        for i, k in enumerate(self.seen.known):
            own = () if k._view is None else k._view.chain
            if k._storage is x._storage and chain[: len(own)] == own and len(chain) > len(own):
                if x._rg and not k._rg:
                    break
                return Output(
                    "view",
                    i,
                    strides=x._strides,
                    links=chain[len(own) :],
                    offset=x._view.offset,
                    name=x._view.name,
                    detached=k._rg and not x._rg,
                )
        raise Refused("a result shares memory with what is not given")

    def _effects(self) -> Effects:
        seen = self.seen
        writes, versions, grads = [], [], []
        storages: set[int] = set()
        counters: set[int] = set()
        for i, (x, before) in enumerate(zip(seen.known, seen.before, strict=True)):
            if id(x._storage) not in storages and x._storage.stamp != before.stamp:
                writes.append((i, self._slot(x._storage.value), x._storage.stamp - before.stamp))
            storages.add(id(x._storage))
            if id(x._vc) not in counters and x._vc.version != before.version:
                versions.append((i, x._vc.version - before.version))
            counters.add(id(x._vc))
            now = None if x._meta is None else x._meta.grad
            if now is not before.grad:
                grads.append((i, *self._grad(now)))
        return Effects(tuple(writes), tuple(versions), tuple(grads), seen.backwards, seen.steps)

    def _grad(self, grad: Any) -> tuple[int, Any]:
        if grad is None:
            return -1, None
        taken = any(grad is k for k in (*self.seen.known, *self.seen.outputs))
        if taken or grad._rg or grad._view is not None or grad.is_sparse:
            raise Refused("a gradient is set to a tensor of another use")
        return self._slot(grad._storage.value), grad._strides

    def _check(self, check: Any, args: tuple) -> Check:
        flags = self.stretch.add_check(check, args)
        # What is not looked at counts by its shape alone: the values need not be kept.
        places = tuple([self._place(a) for a in args])
        return Check(check, places, self._slot(flags))

    def _derivative(self) -> tuple[Derivative | None, Composite | None]:
        pulled = self.seen.pullback
        if pulled is None:
            return None, None
        stretch = Stretch(pulled.records)
        owners, gradients = tuple(pulled.gradients), list(pulled.gradients.values())
        cotangents = {id(c): i for i, c in enumerate(pulled.cotangents)}
        inputs = stretch.leaves(gradients)
        reads = []
        for value in inputs:
            at = cotangents.get(id(value))
            reads.append(("cotangent", at) if at is not None else self._place(value))
        back = self._composed(f"{self.name}_backward", stretch, inputs, gradients)
        avals = tuple([c.aval for c in pulled.cotangents])
        counters: dict[int, int] = {}
        for i, x in enumerate(self.seen.known):
            if id(x._vc) in pulled.counters:
                counters.setdefault(id(x._vc), i)
        checked = tuple(counters.values())
        derivative = Derivative(back.call, tuple(reads), owners, tuple(pulled.reached), avals, checked)
        return derivative, back


def aliases(storages: list[int]) -> tuple[int, ...]:
    """For each of a list of identities where it occurs first."""
    first: dict[int, int] = {}
    return tuple([first.setdefault(s, i) for i, s in enumerate(storages)])


def equal_constants(a: list[Value], b: list[Value]) -> str | None:
    """Why the constants of two observations cannot be the program's own; None if they can."""
    for x, y in zip(a, b, strict=True):
        if x is y and not x.aval.weak:
            return "a tensor is read that was not found"
        one, two = np.asarray(x.data), np.asarray(y.data)
        if one.tobytes() != two.tobytes():
            return "a value changes from call to call"
    return None
