"""`torch._dynamo._trace_wrapped_higher_order_op`."""

from __future__ import annotations

from typing import Any


class TransformGetItemToIndex:
    """Lets `x[i]` take batched indices inside `vmap`, where PyTorch would read them; here they always can be."""

    def __enter__(self) -> TransformGetItemToIndex:
        return self

    def __exit__(self, *error: Any) -> None:
        pass
