"""Regions of the graph that forget what they saved and compute it again in backward.

After the forward pass of a region its nodes let go of their saved values. The first of them that backward visits runs
the region's function again, on the same inputs behind an optimisation barrier (without it XLA would see that the
values are those of the forward pass and keep them instead), and every node takes its values from the node at the same
place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from jaxtorch._autograd.node import Node, ResidualNode, split
from jaxtorch._autograd.variable import Variable, wrap
from jaxtorch._engine.calls import Call, adhoc_call
from jaxtorch._engine.recorder import record
from jaxtorch._engine.value import Value
from jaxtorch._ops.table import NONE

MISMATCH = (
    "torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
    "Number of tensors saved during forward: {}\nNumber of tensors saved during recomputation: {}."
)


class Region:
    """What a checkpointed call made: its nodes, and how to run it again.

    `rerun(cotangents)` runs the function with gradients on and gives its outputs.
    """

    def __init__(self, rerun: Callable[[list], Any], error: type[Exception]) -> None:
        self.rerun = rerun
        self.error = error
        self.nodes: list[Node] = []

    def forget(self, outputs: list, start: int) -> None:
        """Let the nodes below `outputs`, made after number `start`, go of their saved values."""
        for node in nodes_since(outputs, start):
            kind = _FORGETFUL.get(type(node))
            if kind is not None:
                node.__class__ = kind
            elif type(node) not in _KINDS:
                self.nodes.append(node)  # a custom Function keeps what it saved
                continue
            node.region = self
            node.saved = FORGOTTEN
            node.versions = ()  # they hold the storages of what was saved; what is computed again cannot be out of date
            if isinstance(node, ResidualNode):
                node.residuals = None
            self.nodes.append(node)

    def recompute(self, cotangents: list) -> None:
        """Run the function again and hand out what its nodes saved."""
        start = Node(None, (), (), ()).seq  # type: ignore[arg-type]
        outputs = self.rerun(cotangents)
        again = nodes_since(outputs, start)
        nodes, self.nodes = self.nodes, []
        if len(again) != len(nodes) or any(a.call is not b.call for a, b in zip(nodes, again, strict=True)):
            raise self.error(MISMATCH.format(len(nodes), len(again)))
        for node, new in zip(nodes, again, strict=True):
            if type(node) in _KINDS:
                _take_over(node, new)


def _take_over(node: Any, new: Any) -> None:
    node.saved = new.saved
    if isinstance(node, ResidualNode):
        node.residuals = new.residuals
    if new.saved is FORGOTTEN:  # a checkpoint inside the checkpoint
        node.region = new.region
        new.region.nodes[new.region.nodes.index(new)] = node
    else:
        node.region = None


def nodes_since(outputs: list, start: int) -> list[Node]:
    """The nodes below some tensors that are younger than number `start`, in the order of their making."""
    found: dict[int, Node] = {}
    stack = [x._node for x in outputs if isinstance(x, Variable) and x._node is not None]
    while stack:
        target, _ = split(stack.pop())
        if isinstance(target, Variable) or target.seq <= start or target.seq in found:
            continue
        found[target.seq] = target
        stack.extend([e for e in target.edges if e is not None])
    return [found[seq] for seq in sorted(found)]


FORGOTTEN: Any = ("forgotten",)


class _Forgetful:
    __slots__ = ()
    region: Region | None

    def pull(self: Any, cotangents: list, mask: tuple[bool, ...], graph: bool) -> list:
        while self.saved is FORGOTTEN:  # once more for each checkpoint around this one
            self.region.recompute(cotangents)
        return super().pull(cotangents, mask, graph)  # type: ignore[misc]

    def release(self: Any) -> None:
        if self.saved is not FORGOTTEN:
            super().release()  # type: ignore[misc]


class ForgetfulNode(_Forgetful, Node):
    """A node in a checkpointed region."""

    __slots__ = ()


class ForgetfulResidualNode(_Forgetful, ResidualNode):
    """A node with residuals in a checkpointed region."""

    __slots__ = ()


_FORGETFUL = {Node: ForgetfulNode, ResidualNode: ForgetfulResidualNode}
_KINDS = tuple(_FORGETFUL.values())


# ----- The barrier -----

_barriers: dict[tuple, Call] = {}


def behind_barrier(values: list[Value], cotangents: list) -> list[Value]:
    """The same values, which XLA does not identify with those of the forward pass nor compute before the cotangents."""
    after = [c if isinstance(c, Value) else c._storage.value for c in cotangents if c is not None and not _is_view(c)]
    key = (len(values), *[v.aval for v in values], *[v.aval for v in after])
    call = _barriers.get(key)
    if call is None:
        call = _make_barrier(key)
    results = record(call, (*values, *after))
    return list(results if call.multi else (results,))


def _is_view(x: Any) -> bool:
    return isinstance(x, Variable) and x._view is not None


def _make_barrier(key: tuple) -> Call:
    count, *avals = key

    def barrier(*arrays: Any) -> Any:
        kept = jax.lax.optimization_barrier(arrays)[:count]
        return kept if count > 1 else kept[0]

    outs = tuple(avals[:count])
    call = adhoc_call("checkpoint", barrier, tuple(avals), outs if count > 1 else outs[0], NONE)
    if not call.eager:
        _barriers[key] = call
        while len(_barriers) > 1024:
            _barriers.pop(next(iter(_barriers)))
    return call


def fresh_inputs(tensors: list, cotangents: list) -> list:
    """Leaves with the content of the region's inputs, behind the barrier; `tensors` are (value, requires_grad)."""
    if not tensors:
        return []
    made = [wrap(v) for v in behind_barrier([value for value, _ in tensors], cotangents)]
    for leaf, (_, requires_grad) in zip(made, tensors, strict=True):
        leaf._rg = requires_grad
    return made
