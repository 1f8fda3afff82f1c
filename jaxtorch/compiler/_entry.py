"""A captured call, ready to be replayed: one record for the whole of it, and one node for its derivative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from jaxtorch._autograd import tape
from jaxtorch._autograd.layout import is_dense
from jaxtorch._autograd.node import SECOND_TIME, Node, check_versions
from jaxtorch._autograd.variable import Variable, alias, meta_of, value_of, wrap
from jaxtorch._base.avals import Aval
from jaxtorch._base.native import hot
from jaxtorch._base.rng.generator import Draw
from jaxtorch._engine import recorder
from jaxtorch._engine.calls import Call
from jaxtorch._engine.value import Value, leaf
from jaxtorch.compiler import _tree
from jaxtorch.nn.parameter import Parameter

DOUBLE = "torch.compile with aot_autograd does not currently support double backward"


class Output(NamedTuple):
    """A tensor in the result. `kind` is "known" (one that was given), "alias" or "view" of one, or "new"."""

    kind: str
    at: int  # which known tensor, or which result of the call
    strides: tuple[int, ...] | None = None
    links: tuple = ()
    offset: int = 0
    name: str = ""
    parameter: bool = False
    requires_grad: bool = False
    detached: bool = False


class Check(NamedTuple):
    """A range check: where its arguments are found, ("argument" or "result", number) or a value, and its flags."""

    check: Any
    arguments: tuple
    flags: int


class Derivative(NamedTuple):
    """The call for the gradients, what it reads, and which known tensors they belong to.

    `reads` says of each input: ("argument" or "result", number), or ("cotangent", output).
    """

    call: Call
    reads: tuple
    owners: tuple[int, ...]
    reached: tuple[frozenset[int], ...]
    avals: tuple[Aval, ...]
    checked: tuple[int, ...]  # known tensors that must not be written to before the backward pass


class Effects(NamedTuple):
    """What the call does to tensors that it is given."""

    writes: tuple[tuple[int, int, int], ...]  # known tensor whose storage it is, result, how many writes
    versions: tuple[tuple[int, int], ...]  # known tensor, how far its version moves
    grads: tuple[tuple[int, int, Any], ...]  # known tensor, result (-1: no gradient any more), strides
    backwards: int
    steps: int


class CompiledFunctionBackward(Node):
    """The derivative of a replayed call.

    It is one node for what were several graphs: those of outputs that were walked are freed, the others are not.
    """

    __slots__ = ("derivative", "walked", "walking")

    def __init__(self, derivative: Derivative | None, saved: tuple | None, edges: tuple, versions: tuple) -> None:
        Node.__init__(self, None, (), edges, versions)  # type: ignore[arg-type]
        self.saved = saved
        self.derivative = derivative
        self.walked: frozenset[int] = frozenset()
        self.walking: frozenset[int] = frozenset()

    def name(self) -> str:
        """That of PyTorch's."""
        return "CompiledFunctionBackward"

    def outputs(self) -> tuple:
        """The avals of the outputs that have a gradient."""
        return self.derivative.avals if self.derivative is not None else (None,)

    def release(self) -> None:
        """Free what the derivative reads, once no output is left to begin from."""
        self.walked |= self.walking
        if len(self.walked) == len(self.outputs()):
            self.saved, self.versions = None, ()

    def pull(self, cotangents: list, mask: tuple[bool, ...], graph: bool) -> list:
        """Gradients of the inputs in `mask`."""
        derivative = self.derivative
        self.walking = frozenset([i for i, c in enumerate(cotangents) if c is not None])
        if self.saved is None or derivative is None or self.walking & self.walked:
            raise RuntimeError(SECOND_TIME)
        if graph:
            raise RuntimeError(DOUBLE)
        if self.versions:
            check_versions(self)
        kept = iter(self.saved)
        args = []
        for kind, i in derivative.reads:
            if kind != "cotangent":
                args.append(next(kept))
            elif cotangents[i] is not None:
                args.append(value_of(cotangents[i]) if isinstance(cotangents[i], Variable) else cotangents[i])
            else:
                a = derivative.avals[i]
                args.append(leaf(np.zeros(a.shape, a.dtype.numpy_dtype), a.dtype, a.device))
        gradients = recorder.record(derivative.call, tuple(args))
        there = frozenset().union(*[r for r, c in zip(derivative.reached, cotangents, strict=True) if c is not None])
        return [
            g if m and owner in there else None for g, m, owner in zip(gradients, mask, derivative.owners, strict=True)
        ]


@dataclass
class Entry:
    """What a call with given arguments comes to, as long as the guards hold."""

    call: Call | None
    arguments: tuple
    draws: list[Draw]
    checks: tuple[Check, ...]
    outputs: tuple[Output, ...]
    result: Any
    effects: Effects
    derivative: Derivative | None
    sharing: tuple[tuple[int, ...], ...]  # known tensors that hold one value
    aliases: tuple[int, ...] | None  # where the memory of each known tensor occurs first; None: nothing is written
    reads_gradients: bool

    def __post_init__(self) -> None:
        every = self.outputs
        differentiable = tuple([i for i, o in enumerate(every) if o.kind == "new" and o.requires_grad])
        fresh = all(o.kind == "new" and o.strides is None and not o.parameter for o in every)
        self.fresh = tuple([o.at for o in every]) if fresh else None  # all results are new, in the usual memory order
        self.plan: tuple = ()  # of the node, where there is one
        if differentiable:
            d = self.derivative
            kept = () if d is None else tuple([_place(p) for p in d.reads if p[0] != "cotangent"])
            self.plan = (d, kept, () if d is None else d.owners, () if d is None else d.checked, differentiable)

    def fits(self, known: list[Variable]) -> bool:
        """Whether the tensors share values and memory as those of the captured call did."""
        return _fits(known, self.sharing, self.aliases)

    def replay(self, known: list[Variable]) -> Any:
        """Do what the call did, to these tensors."""
        effects = self.effects
        if effects.backwards:
            recorder.entering_backward()
        args = _gather(self.arguments, known, self._draw() if self.draws else [])
        results = recorder.record(self.call, args) if self.call is not None else ()
        for check in self.checks:
            found = [self._found(place, args, results) for place in check.arguments]
            recorder.check_range(check.check, tuple(found), results[check.flags])
        if self.fresh is not None:
            tensors = _wrap_results(self.fresh, results)
        else:
            tensors = [self._tensor(o, known, results) for o in self.outputs]
        if effects.writes or effects.grads:
            _change(known, results, effects.writes, effects.versions, effects.grads)
        if self.plan:
            _attach(self.plan, tensors, known, args, results)
        if effects.steps:
            recorder.end_of_step()
        result = self.result
        return tensors[result.index] if type(result) is _tree.Hole else _tree.fill(result, tensors, [])

    def _draw(self) -> list[Value]:
        """The drawn inputs, in order, drawn anew."""
        drawn = [draw.again() for draw in self.draws]
        made = []
        for kind, x, more in self.arguments:
            if kind == "draw":
                aval, shape, strides = more
                array = drawn[x]
                if array.shape != shape or array.strides != strides:
                    array = np.ndarray(shape, array.dtype, array, 0, strides)
                made.append(leaf(array, aval.dtype, aval.device))
        return made

    @staticmethod
    def _found(place: Any, args: tuple, results: Any) -> Value:
        kind, x = place
        return args[x] if kind == "argument" else results[x] if kind == "result" else x

    def _tensor(self, o: Output, known: list[Variable], results: Any) -> Variable:
        if o.kind == "new":
            out = wrap(results[o.at], Parameter if o.parameter else None)
            if o.strides is not None and is_dense(tuple(out._aval.shape), o.strides):
                out._strides = out._storage.strides = o.strides
            return out
        if o.kind == "known":
            return known[o.at]
        if o.kind == "alias":
            return alias(known[o.at])
        shown = tape.view_of(known[o.at], o.links, o.strides, o.offset, o.name)
        return alias(shown) if o.detached else shown


def _place(place: Any) -> Any:
    """Where a value is found, as a number: an argument's, or -1 - that of a result; a value stands for itself."""
    kind, x = place
    return x if kind == "argument" else -1 - x if kind == "result" else x


# ----- The steps of a replay; in C where that was built -----


def _python_fits(known: list[Variable], sharing: tuple, aliases: tuple[int, ...] | None) -> bool:
    for first, *others in sharing:
        value = value_of(known[first])
        if any(value_of(known[i]) is not value for i in others):
            return False
    if aliases is None:
        return True
    first_at: dict[int, int] = {}
    found = [first_at.setdefault(id(x._storage), i) for i, x in enumerate(known)]
    return found == list(aliases[: len(found)])  # gradients that take no part come last, and are not known


def _python_gather(arguments: tuple, known: list[Variable], fresh: list[Value]) -> tuple[Value, ...]:
    """The call's inputs; `fresh` are those made anew, in order."""
    made = iter(fresh)
    args = []
    for kind, x, _ in arguments:
        if kind == "value":
            args.append(value_of(known[x]))
        elif kind == "storage":
            args.append(known[x]._storage.value)
        else:
            args.append(x if kind == "constant" else next(made))
    return tuple(args)


def _python_wrap_results(places: tuple[int, ...], results: tuple) -> list[Variable]:
    return [wrap(results[at]) for at in places]


def _python_change(known: list[Variable], results: Any, writes: tuple, versions: tuple, grads: tuple) -> None:
    for k, at, times in writes:
        storage = known[k]._storage
        storage.value = results[at]
        storage.stamp += times
    for k, moved in versions:
        known[k]._vc.version += moved
    for k, at, strides in grads:
        if at < 0:
            meta_of(known[k]).grad = None
            continue
        grad = wrap(results[at])
        if strides is not None:
            grad._strides = grad._storage.strides = strides
        meta_of(known[k]).grad = grad


def _python_attach(plan: tuple, tensors: list, known: list[Variable], args: tuple, results: Any) -> None:
    derivative, kept, owners, checked, differentiable = plan
    saved = tuple([p if type(p) is not int else args[p] if p >= 0 else results[-1 - p] for p in kept])
    versions: list = []
    for k in checked:
        versions.extend((known[k]._vc, known[k]._vc.version, known[k]._aval, known[k]))
    edges = tuple([known[k]._node or known[k] for k in owners])
    node = CompiledFunctionBackward(derivative, saved, edges, tuple(versions))
    for nr, i in enumerate(differentiable):
        tensors[i]._rg, tensors[i]._node = True, node if nr == 0 else (node, nr)


if hot is None:
    _fits, _gather, _wrap_results = _python_fits, _python_gather, _python_wrap_results
    _change, _attach = _python_change, _python_attach
else:
    hot.configure(CompiledFunctionBackward=CompiledFunctionBackward)
    _fits, _gather, _wrap_results = hot.fits, hot.gather, hot.wrap_results
    _change, _attach = hot.change, hot.attach
