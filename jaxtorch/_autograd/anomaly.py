"""Anomaly detection: nodes remember where they were made, and a backward pass that fails or gives nan tells it.

Every gradient is read. While it is on, nodes are made by Python alone.
"""

from __future__ import annotations

import os
import traceback
import warnings
from typing import Any

import numpy as np

from jaxtorch._autograd.node import Node
from jaxtorch._autograd.variable import value_of
from jaxtorch._base.modes import modes
from jaxtorch._base.native import hot
from jaxtorch._engine.recorder import force
from jaxtorch._engine.value import Value

_TRACEBACK = "traceback_"  # where a node's metadata holds it, as PyTorch's do
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_make = Node.__init__
_watchers = 0  # how many threads and contexts have it on


def _make_and_remember(self: Node, *args: Any) -> None:
    _make(self, *args)
    stack = traceback.extract_stack()[:-1]
    while stack and stack[-1].filename.startswith((_PACKAGE, "<string>")):
        stack.pop()
    self.metadata_ = {_TRACEBACK: traceback.format_list(stack)}


def _switch(mode: bool, check_nan: bool) -> tuple[bool, bool]:
    """Switch on or off; what was before."""
    global _watchers
    before = modes.anomaly, modes.anomaly_nan
    modes.anomaly, modes.anomaly_nan = bool(mode), bool(check_nan)
    change = modes.anomaly - before[0]
    if change:
        _watchers += change
        Node.__init__ = _make_and_remember if _watchers else _make  # type: ignore[method-assign,assignment]
        if hot is not None:
            hot.attention(change)
    return before


class set_detect_anomaly:
    """Switch anomaly detection on or off, at once and until the end of a `with` block if there is one."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = _switch(mode, check_nan)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc: Any) -> None:
        _switch(*self.before)


class detect_anomaly:
    """Anomaly detection inside a `with` block: failures in backward show where the forward call was."""

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.before = _switch(True, self.check_nan)

    def __exit__(self, *exc: Any) -> None:
        _switch(*self.before)


def pull(node: Any, cotangents: list, mask: tuple, graph: bool) -> list:
    """A node's gradients; what goes wrong is told with the place of the forward call.

    Raises:
        RuntimeError: one of them has a nan.
    """
    try:
        gradients = node.pull(cotangents, mask, graph)
        if modes.anomaly_nan:
            _check(node, gradients)
    except Exception:
        _tell(node)
        raise
    return gradients


def _tell(node: Any) -> None:
    lines = (node.metadata_ or {}).get(_TRACEBACK)
    if lines is None:
        text = (
            f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly during "
            "forward pass for more information."
        )
    else:
        text = f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{''.join(lines)}"
    warnings.warn(text, stacklevel=6)


def _check(node: Any, gradients: list) -> None:
    for i, g in enumerate(gradients):
        if g is None:
            continue
        value = g if isinstance(g, Value) else value_of(g)
        if value.aval.dtype.differentiable and np.isnan(np.asarray(force(value)).astype(np.complex128)).any():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
