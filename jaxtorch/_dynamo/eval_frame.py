"""`torch._dynamo.eval_frame`: the type of compiled modules."""

from __future__ import annotations

from typing import Any

from jaxtorch.compiler._module import OptimizedModule as OptimizedModule


def is_dynamo_supported() -> bool:
    """Whether graphs are captured from bytecode: they are not."""
    return False


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch._dynamo.eval_frame' has no attribute '{name}' (jaxtorch does not have it)")
