"""Which of the generated functions belong to which public namespace."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.overriding import guarded
from jaxtorch._tensor.tensor import FUNCTIONS


def functions_of(namespace: str) -> dict[str, Any]:
    """The functions of a dotted namespace below `torch` ("" for `torch` itself)."""
    prefix = f"{namespace}." if namespace else ""
    return {
        name[len(prefix) :]: guarded(function)
        for name, function in FUNCTIONS.items()
        if name.startswith(prefix) and "." not in name[len(prefix) :] and not name[len(prefix) :].startswith("_")
    }
