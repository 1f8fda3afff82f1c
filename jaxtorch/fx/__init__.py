"""`torch.fx`, whose tracing is not supported: its types are there to be asked for, and say so when they are made.

`wrap` works: it marks functions for the tracer, and there is none.
"""

from __future__ import annotations

from typing import Any

_INSTEAD = "is not supported by jaxtorch, which compiles what runs; JAX shows programs with jax.make_jaxpr"


class _Untraced:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"torch.fx.{type(self).__name__} {_INSTEAD}")


class Proxy(_Untraced):
    """A value being traced; none ever is."""


class Node(_Untraced):
    """A node of a traced graph."""


class Graph(_Untraced):
    """A traced graph."""


class GraphModule(_Untraced):
    """A module made from a traced graph."""


class Tracer(_Untraced):
    """What traces."""


class Interpreter(_Untraced):
    """What runs a traced graph node by node."""


class Transformer(_Untraced):
    """What rewrites a traced graph."""


def symbolic_trace(root: Any, concrete_args: Any = None) -> Any:
    """Not supported.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(f"torch.fx.symbolic_trace {_INSTEAD}")


def wrap(fn_or_name: Any) -> Any:
    """Mark a function as a leaf of tracing; given back as it is."""
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    return fn_or_name
