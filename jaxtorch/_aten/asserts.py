"""`torch._assert`: an assertion that what traces programs can see."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor import overriding


def _assert(condition: Any, message: str) -> None:
    """Raise AssertionError with a message unless a condition holds."""
    found = overriding.overloaded((condition,))
    if found:
        overriding.call_overrides(_assert, found, (condition, message), {})
        return
    assert condition, message
