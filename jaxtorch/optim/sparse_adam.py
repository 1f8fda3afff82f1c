"""SparseAdam, which needs sparse gradients."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["SparseAdam"]


class SparseAdam:
    """Not supported: jaxtorch has no sparse tensors."""

    def __new__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            "torch.optim.SparseAdam is not supported by jaxtorch, which has no sparse gradients; use torch.optim.Adam"
        )
