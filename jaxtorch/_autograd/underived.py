"""Results that have a gradient in principle and none in PyTorch, which says so when it is asked for."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.node import Node
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.modes import modes


class NotImplementedNode(Node):
    """A node whose derivative raises."""

    __slots__ = ("function",)

    def __init__(self, label: str, function: str, edge: Any, out: Variable) -> None:
        Node.__init__(self, None, (), (edge,), ())  # type: ignore[arg-type]
        self.label, self.function, self.metadata_ = label, function, None
        self.call = _Shown(out._aval)  # type: ignore[assignment]

    def pull(self, cotangents: list, mask: tuple[bool, ...], graph: bool) -> list:
        raise NotImplementedError(f"the derivative for '{self.function}' is not implemented.")


class _Shown:
    """What is asked of a node's call, where there is none."""

    multi = undefined = False
    op = None
    saves: tuple = ()
    saves_result = False

    def __init__(self, aval: Any) -> None:
        self.out_avals = aval


def attach(out: Variable, source: Variable, function: str, label: str) -> None:
    """Let a result require grad where its source does, without a derivative."""
    if source._rg and modes.grad and out._aval.dtype.differentiable:
        out._rg, out._node = True, NotImplementedNode(label, function, source._node or source, out)
