"""`torch._dynamo`: names of PyTorch's graph capture that libraries ask for; `jaxtorch.compiler` is what captures."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator
from typing import Any

from jaxtorch._dynamo import eval_frame as eval_frame
from jaxtorch._dynamo import exc as exc
from jaxtorch._dynamo import utils as utils
from jaxtorch._dynamo.eval_frame import OptimizedModule as OptimizedModule
from jaxtorch._dynamo.eval_frame import is_dynamo_supported as is_dynamo_supported
from jaxtorch._engine.breaks import GraphBreak
from jaxtorch._engine.recorder import lose
from jaxtorch.compiler import allow_in_graph as allow_in_graph
from jaxtorch.compiler import disable as disable
from jaxtorch.compiler import list_backends as list_backends
from jaxtorch.compiler import reset as reset
from jaxtorch.compiler._function import local, settings


class _Settings(types.SimpleNamespace):
    """Settings of PyTorch's graph capture, which may be written and read; only `recompile_limit` is gone by."""

    @property
    def recompile_limit(self) -> int:
        """How many kinds of calls of one function are captured."""
        return settings.recompile_limit

    @recompile_limit.setter
    def recompile_limit(self, limit: int) -> None:
        settings.recompile_limit = limit

    cache_size_limit = recompile_limit

    @contextlib.contextmanager
    def patch(self, *named: Any, **changes: Any) -> Iterator[None]:
        """Change settings for a while: a context, or a decorator of functions."""
        changes |= named[0] if len(named) == 1 else dict([named] if named else ())
        before = {name: getattr(self, name) for name in changes if hasattr(self, name)}
        try:
            for name, value in changes.items():
                setattr(self, name, value)
            yield
        finally:
            for name in changes:
                if name in before:
                    setattr(self, name, before[name])
                else:
                    delattr(self, name)


config = _Settings(
    suppress_errors=False,
    accumulated_recompile_limit=256,
    capture_scalar_outputs=False,
    compiled_autograd=False,
    verbose=False,
)


compiled_autograd = types.SimpleNamespace(reset=lambda: None)  # nothing is compiled, so nothing is to be forgotten


def is_compiling() -> bool:
    """Whether a call is being captured."""
    return local.capturing


def graph_break(msg: str = "") -> None:
    """Let the call that is being captured run as it is."""
    lose(GraphBreak(f"graph_break() was called {msg}".rstrip(), "Call to `torch._dynamo.graph_break()`"))


def mark_dynamic(t: Any, index: Any, **bounds: Any) -> None:
    """Let a dimension vary in captured graphs; programs here are made for each shape."""


def mark_static(t: Any, index: Any = None) -> None:
    """Keep a dimension fixed in captured graphs; it always is."""


def mark_static_address(t: Any, guard: bool = False) -> None:
    """Promise captured graphs that a tensor stays where it is; nothing goes by addresses here."""


maybe_mark_dynamic = mark_dynamic


assume_constant_result = disallow_in_graph = forbid_in_graph = nonstrict_trace = allow_in_graph


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch._dynamo' has no attribute '{name}' (jaxtorch does not have it)")
