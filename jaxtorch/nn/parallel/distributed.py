"""DistributedDataParallel, which is not supported."""

from __future__ import annotations

from typing import Any

from jaxtorch.nn.modules.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """Raises NotImplementedError: there are no process groups. The module itself trains the same in one process."""

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "nn.parallel.DistributedDataParallel is not supported by jaxtorch; use the module itself in one process"
        )
