"""Thread-local modes (grad, inference) and the process-wide default dtype, as plain attributes for a quick read."""

from __future__ import annotations

import threading
from typing import Any

from jaxtorch._base import dtypes


class _Modes(threading.local):
    grad = True
    inference = False
    deterministic = False
    anomaly = False
    anomaly_nan = True  # whether anomaly detection looks for nan
    multithreading = True
    mutation = False  # what was saved for backward may be changed in place


modes = _Modes()


class _Defaults:
    """Process-wide defaults. `listeners` are told when a default changes, since compiled calls depend on it."""

    def __init__(self) -> None:
        self.dtype = dtypes.float32
        self.device: Any = None
        self.fill_uninitialized = True  # what `torch.empty` gives, where algorithms have to be deterministic
        self.listeners: list = []

    def set_dtype(self, dtype) -> None:
        self.dtype = dtype
        for listener in self.listeners:
            listener()


defaults = _Defaults()
