"""Anomaly detection: a backward pass that gives nan raises and names the function. Every gradient is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._autograd.variable import value_of
from jaxtorch._base.modes import modes
from jaxtorch._engine.recorder import force
from jaxtorch._engine.value import Value


class set_detect_anomaly:
    """Switch anomaly detection on or off, at once and until the end of a `with` block if there is one."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = modes.anomaly
        modes.anomaly = bool(mode) and check_nan

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc: Any) -> None:
        modes.anomaly = self.before


class detect_anomaly:
    """Anomaly detection inside a `with` block."""

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan

    def __enter__(self) -> None:
        self.before = modes.anomaly
        modes.anomaly = self.check_nan

    def __exit__(self, *exc: Any) -> None:
        modes.anomaly = self.before


def check(node: Any, gradients: list) -> None:
    """RuntimeError when one of a node's gradients has a nan."""
    for i, g in enumerate(gradients):
        if g is None:
            continue
        value = g if isinstance(g, Value) else value_of(g)
        if value.aval.dtype.differentiable and np.isnan(np.asarray(force(value)).astype(np.complex128)).any():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
