"""Warnings that are given once a process, unless `torch.set_warn_always` asks for every one."""

from __future__ import annotations

import warnings

always = False  # set by `set_warn_always`
_given: set[str] = set()


def warn_once(message: str, category: type[Warning] = UserWarning, stacklevel: int = 2) -> None:
    """Warn, at the caller's caller with the default `stacklevel`."""
    if always or message not in _given:
        _given.add(message)
        warnings.warn(message, category, stacklevel=stacklevel + 1)
