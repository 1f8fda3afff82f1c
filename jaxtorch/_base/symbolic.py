"""Types of numbers that graph capture leaves open. Sizes here are known when code runs, so that none is ever made."""

from __future__ import annotations

from typing import Any


class _Symbolic:
    def __init__(self, *args: Any) -> None:
        raise NotImplementedError(f"torch.{type(self).__name__} is not supported by jaxtorch: sizes are Python numbers")


class SymInt(_Symbolic):
    """An int that is not known yet."""


class SymFloat(_Symbolic):
    """A float that is not known yet."""


class SymBool(_Symbolic):
    """A bool that is not known yet."""
