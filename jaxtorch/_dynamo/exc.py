"""`torch._dynamo.exc`: what capturing calls raises."""

from __future__ import annotations

from typing import Any

from jaxtorch.compiler._options import FailOnRecompileLimitHit as FailOnRecompileLimitHit
from jaxtorch.compiler._options import InvalidBackend as InvalidBackend
from jaxtorch.compiler._options import TorchDynamoException as TorchDynamoException
from jaxtorch.compiler._options import Unsupported as Unsupported


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch._dynamo.exc' has no attribute '{name}' (jaxtorch does not have it)")
