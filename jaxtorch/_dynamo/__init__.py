"""`torch._dynamo`: the names of PyTorch's graph capture that libraries ask for. There is no graph capture here."""

from __future__ import annotations

from typing import Any

from jaxtorch.compiler import disable as disable
from jaxtorch.compiler import reset as reset
from jaxtorch.nn.modules.module import Module as _Module


class OptimizedModule(_Module):
    """The type of modules that Dynamo has compiled; `torch.compile` here gives back the module itself."""


def is_compiling() -> bool:
    """Whether a graph is being captured: it never is."""
    return False


def graph_break(msg: str = "") -> None:
    """End the graph being captured; there is none."""


def mark_dynamic(t: Any, index: Any, **bounds: Any) -> None:
    """Let a dimension vary in captured graphs; programs here are made for each shape."""


def mark_static(t: Any, index: Any = None) -> None:
    """Keep a dimension fixed in captured graphs; it always is."""


maybe_mark_dynamic = mark_dynamic


def allow_in_graph(fn: Any) -> Any:
    """Leave a function whole in captured graphs; returned as it is."""
    return fn


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch._dynamo' has no attribute '{name}' (jaxtorch does not have it)")
