"""`torch.fx.experimental.proxy_tensor`: tracing below autograd, which is never on."""

from __future__ import annotations

from typing import Any


def get_proxy_mode() -> None:
    """The mode that records operations into a graph, if one is on: it never is."""


def make_fx(*args: Any, **kwargs: Any) -> Any:
    """Not supported.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("make_fx is not supported by jaxtorch; use torch.fx.symbolic_trace or torch.jit.trace")
