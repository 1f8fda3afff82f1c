"""Which batch levels (`vmap`) are being run through by this thread, and whether there ever was one.

Code on the hot path asks `batching.used` alone, which stays False in programs without `vmap`.
"""

from __future__ import annotations

import threading


class _Batching:
    used = False


batching = _Batching()


class Level:
    """One axis that is mapped over. Its number is free again when nothing of the graph knows it any more."""

    __slots__ = ("number", "size", "randomness")

    def __init__(self, size: int, randomness: str) -> None:
        self.number = _taken_number()
        self.size = size
        self.randomness = randomness

    def __del__(self) -> None:
        if _free is not None:  # None while the interpreter goes away
            _free(self.number)


_lock = threading.Lock()
_taken: set[int] = set()


def _taken_number() -> int:
    # The smallest: calls are found by their avals, so the same few numbers have to come again and again.
    with _lock:
        number = 1
        while number in _taken:
            number += 1
        _taken.add(number)
        return number


def _free(number: int) -> None:
    with _lock:
        _taken.discard(number)


class _Active(threading.local):
    levels: tuple[Level, ...] = ()


active = _Active()


def is_active(number: int) -> bool:
    """Whether this thread is inside the level."""
    return any(level.number == number for level in active.levels)
