"""`torch.utils.flop_counter`, which is not supported."""

from __future__ import annotations

from typing import Any

__all__ = ["FlopCounterMode"]


class FlopCounterMode:
    """Raises NotImplementedError: operations run as parts of XLA programs, whose cost XLA itself knows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "torch.utils.flop_counter.FlopCounterMode is not supported by jaxtorch; use jax.jit(f).lower(...).compile()"
            ".cost_analysis()"
        )
