"""What can be reached on the tape: whether a result depends on a given tensor, or on others than given leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jaxtorch._autograd.node import Node, split
from jaxtorch._autograd.variable import Variable, alias


def _targets(outputs: list) -> Iterator[Any]:
    """Every node and leaf below the outputs, the outputs' own included."""
    stack = [x._node or x for x in outputs if isinstance(x, Variable) and x._rg]
    seen: set[int] = set()
    while stack:
        target = split(stack.pop())[0]
        if id(target) in seen:
            continue
        seen.add(id(target))
        yield target
        if isinstance(target, Node):
            stack.extend([e for e in target.edges if e is not None])


def reaches(output: Variable, input: Variable) -> bool:
    """Whether `output` depends on `input`."""
    goal = split(input._node or input)[0]
    return any(target is goal for target in _targets([output]))


def depends_on_others(outputs: list, own: set[int]) -> bool:
    """Whether the outputs depend on a leaf whose id is not in `own`."""
    return any(not isinstance(target, Node) and id(target) not in own for target in _targets(outputs))


def freed(x: Any, own: set[int]) -> Any:
    """A result without history where that leads to the leaves in `own` alone."""
    if not isinstance(x, Variable) or not x._rg or depends_on_others([x], own):
        return x
    return alias(x)
