"""The derivative of a captured call: the tape it made, walked once for cotangents that are still to come.

The walk records calls, which are taken back out of the graph and composed. Where the tape was entered from outside, at
arguments with a history, a boundary node marks the end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from jaxtorch._autograd import backward
from jaxtorch._autograd.function import FunctionNode
from jaxtorch._autograd.node import LEAF, SECOND_TIME, Node, ResidualNode, split
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.avals import Aval
from jaxtorch._engine import recorder
from jaxtorch._engine.calls import Call, adhoc_call
from jaxtorch._engine.value import Value
from jaxtorch._ops.table import LINEAR
from jaxtorch.compiler._snapshot import NOT_FOUND, Refused

_copies: dict[Aval, Call] = {}


def boundary(x: Variable) -> Node:
    """A node that hands a gradient on to the history `x` has."""
    aval = x._aval
    call = _copies.get(aval)
    if call is None:
        call = _copies[aval] = adhoc_call("AliasBackward0", _unchanged, (aval,), aval, LINEAR)
    return Node(call, (None,), (x._node,), ())


def _unchanged(x: Any) -> Any:
    return x


class Pullback(NamedTuple):
    """The records of a walk: `cotangents` are its free inputs, `gradients` its results by known tensor.

    `reached[i]` are the known tensors that output `i` depends on, `counters` the version counters that a backward pass
    compares.
    """

    records: list
    cotangents: list[Value]
    gradients: dict[int, Value]
    reached: list[frozenset[int]]
    counters: frozenset[int]


def pullback(roots: list[Any], avals: list[Aval], ends: dict[Any, tuple[Any, int]], begin: int) -> Pullback | None:
    """Walk from the nodes in `roots` to `ends` (by `backward.target_key`: the edge, and which known tensor it is).

    None where the graph was freed, by a backward pass inside the call.
    """
    counters: set[int] = set()
    reached = [_reach(root, ends, begin, counters) for root in roots]
    cotangents = [Value(None, None, a) for a in avals]
    edges = [edge for edge, index in ends.values() if any(index in found for found in reached)]
    before = recorder.pending_count()
    marks = [edge for edge in edges if isinstance(edge, Node)]
    outside = [mark.edges for mark in marks]
    for mark in marks:
        mark.edges = (None,)
    try:
        captured = backward.run(roots, list(cotangents), True, False, edges, False, hooks=False)
    except RuntimeError as error:
        recorder.take_back(recorder.pending_count() - before)
        if str(error) == SECOND_TIME:
            return None
        raise Refused(f"its derivative cannot be captured: {error}") from error
    finally:
        for mark, edge in zip(marks, outside, strict=True):
            mark.edges = edge
    records = recorder.take_back(recorder.pending_count() - before)
    gradients = {}
    for key, (_, index) in ends.items():
        found = captured.get(key)
        if found is not None:
            if type(found) is not Value:
                raise Refused("a gradient is sparse")
            gradients[index] = found
    return Pullback(records, cotangents, gradients, reached, frozenset(counters))


def _reach(root: Any, ends: dict[Any, tuple[Any, int]], begin: int, counters: set[int]) -> frozenset[int]:
    """The known tensors a node leads to; refused where hooks would run or the way leaves the call."""
    found: set[int] = set()
    seen: set[Any] = set()
    stack = [root]
    while stack:
        edge = stack.pop()
        target, nr = split(edge)
        key = id(target) if nr == LEAF else (target, nr)
        if key in ends:
            found.add(ends[key][1])
            continue
        if nr == LEAF:
            raise Refused(f"a tensor that requires grad {NOT_FOUND}")
        if target in seen:
            continue
        seen.add(target)
        counters.update(id(c) for c in target.versions[::4])
        if target.seq < begin:
            raise Refused(f"a tensor with a history {NOT_FOUND}")
        if target.tensor_hooks or target.pre_hooks or target.post_hooks or target.retains:
            raise Refused("its tensors have hooks")
        # A checkpoint's nodes change when they are walked; those of saved-tensor hooks run anybody's code.
        if type(target) not in (Node, ResidualNode) and not isinstance(target, FunctionNode):
            raise Refused(f"its graph has a {type(target).__name__}")
        stack.extend(e for e in target.edges if e is not None)
    return frozenset(found)
