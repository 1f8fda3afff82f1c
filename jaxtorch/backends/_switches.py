"""Switches of PyTorch's backends: kept, given back, and without effect on XLA."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Precision:
    """The precision a kind of float32 product is computed in; kept without effect."""

    def __init__(self) -> None:
        self.fp32_precision = "none"


def switches(module: str, defaults: dict[str, Any]) -> tuple[Callable, Callable]:
    """A module's `set_flags` and `flags`: `defaults` are what `flags()` sets where nothing is said."""
    names = list(defaults)

    def set_flags(*given: Any, **named: Any) -> tuple:
        """Set the given switches (None leaves one as it is) and return all as they were."""
        space = vars(sys.modules[module])
        before = tuple(space[name] for name in names)
        wanted = dict(zip(names, given, strict=False)) | {name.removeprefix("_"): v for name, v in named.items()}
        if unknown := wanted.keys() - space.keys():
            raise TypeError(f"set_flags() got an unexpected keyword argument '_{min(unknown)}'")
        space.update({name: value for name, value in wanted.items() if value is not None})
        return before

    @contextmanager
    def flags(*given: Any, **named: Any) -> Iterator[None]:
        """Set the switches for the length of a with block."""
        if unknown := named.keys() - defaults.keys():
            raise TypeError(f"flags() got an unexpected keyword argument '{min(unknown)}'")
        before = set_flags(**{**defaults, **dict(zip(names, given, strict=False)), **named})
        try:
            yield
        finally:
            vars(sys.modules[module]).update(zip(names, before, strict=True))

    return set_flags, flags
