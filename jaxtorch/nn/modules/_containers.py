"""What containers of modules and of parameters share."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def _position(index: Any, size: int) -> int:
    index = operator.index(index)
    if not -size <= index < size:
        raise IndexError(f"index {index} is out of range")
    return index % size


def _pairs(given: Any, update_name: str, element_name: str) -> Iterator[tuple[Any, Any]]:
    """The items of a mapping or of an iterable of pairs, checked."""
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{update_name}.update should be called with an iterable of key/value pairs, but got "
            + type(given).__name__
        )
    if isinstance(given, Mapping) or hasattr(given, "items"):
        yield from given.items()
        return
    for j, pair in enumerate(given):
        if not isinstance(pair, Iterable):
            raise TypeError(f"{element_name} update sequence element #{j} should be Iterable; is" + type(pair).__name__)
        if len(pair) != 2:  # type: ignore[arg-type]
            raise ValueError(f"{element_name} update sequence element #{j} has length {len(pair)}; 2 is required")  # type: ignore[arg-type]
        yield pair[0], pair[1]  # type: ignore[index]
