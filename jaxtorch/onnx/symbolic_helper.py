"""`torch.onnx.symbolic_helper`: the decorator of functions that say how an operator would be exported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def parse_args(*arg_descriptors: str) -> Callable[[Callable], Callable]:
    """A decorator that leaves the function as it is: no exporter calls it."""
    return lambda fn: fn


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.onnx.symbolic_helper' has no attribute '{name}' (jaxtorch does not have it)")
