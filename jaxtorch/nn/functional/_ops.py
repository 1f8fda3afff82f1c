"""The functions of `torch.nn.functional` that the operation table gives, and its internal ones, as attributes.

They are looked up when first used, so that a wrapper of the same name can stand in front of each.
"""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.tensor import FUNCTIONS


class _Prefixed:
    """Functions under a dotted prefix as attributes, looked up once."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        found = FUNCTIONS.get(self._prefix + name) or FUNCTIONS.get(name if name.startswith("_") else "")
        if found is None:
            raise AttributeError(f"module 'torch.nn.functional' has no attribute '{name}' (jaxtorch does not have it)")
        setattr(self, name, found)
        return found


table = _Prefixed("nn.functional.")
internal = _Prefixed("_internal.")
