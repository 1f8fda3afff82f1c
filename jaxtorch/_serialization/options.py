"""What `torch.serialization` lets one set, and the state of the `skip_data` block."""

from __future__ import annotations

import threading
from enum import Enum
from mmap import MAP_PRIVATE, MAP_SHARED
from typing import Any


class LoadEndianness(Enum):
    """The byte order assumed for files that do not say theirs."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


class _Options(threading.local):
    skip_data = False


class _Settings:
    endianness: LoadEndianness | None = None
    crc32 = True
    mmap_flags: int | None = MAP_PRIVATE


options = _Options()
_settings = _Settings()


def get_default_load_endianness() -> LoadEndianness | None:
    """The byte order assumed for files that do not say theirs; None is little."""
    return _settings.endianness


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """Set the byte order assumed for files that do not say theirs."""
    if not isinstance(endianness, LoadEndianness) and endianness is not None:
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    _settings.endianness = endianness


def get_crc32_options() -> bool:
    """Whether `save` writes checksums; always true here, since readers of zip archives expect them."""
    return _settings.crc32


def set_crc32_options(compute_crc32: bool) -> None:
    """Kept for `get_crc32_options`; checksums are written in any case."""
    _settings.crc32 = compute_crc32


def get_default_mmap_options() -> int | None:
    """The flags of `load(mmap=True)`: `mmap.MAP_PRIVATE`."""
    return _settings.mmap_flags


class set_default_mmap_options:
    """Set the flags of `load(mmap=True)`, as a function or for a `with` block. `MAP_SHARED` is not supported."""

    def __init__(self, flags: int) -> None:
        if flags not in (MAP_PRIVATE, MAP_SHARED):
            raise ValueError(
                "Invalid argument in function set_default_mmap_options, expected mmap.MAP_PRIVATE or "
                f"mmap.MAP_SHARED, but got {flags}"
            )
        if flags == MAP_SHARED:
            raise NotImplementedError(
                "set_default_mmap_options(MAP_SHARED) is not supported by jaxtorch, whose buffers cannot be "
                "written through to a file; use MAP_PRIVATE"
            )
        self.prev = _settings.mmap_flags
        _settings.mmap_flags = flags

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: Any) -> None:
        _settings.mmap_flags = self.prev


class skip_data:
    """Inside the block `save` writes zeros for the bytes of storages, and `load` leaves them zero."""

    def __init__(self, materialize_fake_tensors: bool = False) -> None:
        self.materialize_fake_tensors = materialize_fake_tensors

    def __enter__(self) -> None:
        self._before, options.skip_data = options.skip_data, True

    def __exit__(self, *exc: Any) -> None:
        options.skip_data = self._before
