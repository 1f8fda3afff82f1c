"""The format before zip archives: pickles one after the other, then the bytes of the storages."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._base.dtypes import dtype, uint8
from jaxtorch._serialization.locations import location_tag
from jaxtorch._tensor.legacy_storage import legacy_class
from jaxtorch._tensor.storages import UntypedStorage, set_bytes
from jaxtorch._tensor.typed_storage import TypedStorage

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001


def described(x: Any) -> tuple[UntypedStorage, type, dtype]:
    """The bytes of a storage, the class that files name for it, and the dtype of its elements."""
    if isinstance(x, TypedStorage):
        return x._untyped_storage, legacy_class(x.dtype), x.dtype
    return x, UntypedStorage, uint8


def save(obj: Any, file: Any, pickler: type, protocol: int) -> None:
    """Write an object in the old format."""
    found: dict[str, tuple[UntypedStorage, dtype]] = {}

    def persistent_id(x: Any) -> tuple | None:
        if not isinstance(x, (UntypedStorage, TypedStorage)):
            return None
        storage, kind, element = described(x)
        key = str(storage._cdata)
        if found.setdefault(key, (storage, element))[1] is not element and storage.nbytes():
            raise RuntimeError("Cannot save multiple tensors or storages that view the same data as different types")
        return "storage", kind, key, location_tag(storage), storage.nbytes() // element.itemsize, None

    def dump(x: Any) -> None:
        made = pickler(file, protocol=protocol)
        made.identify = persistent_id
        made.dump(x)

    dump(MAGIC_NUMBER)
    dump(PROTOCOL_VERSION)
    dump(
        {
            "protocol_version": PROTOCOL_VERSION,
            "little_endian": sys.byteorder == "little",
            "type_sizes": {"short": 2, "int": 4, "long": 8},
        }
    )
    dump(obj)
    keys = sorted(found)
    dump(keys)
    for key in keys:
        storage, element = found[key]
        file.write(struct.pack("=q", storage.nbytes() // element.itemsize))
        file.write(storage._bytes().tobytes())


def load(file: Any, restore: Callable, unpickler: type, arguments: dict) -> Any:
    """Read an object in the old format; the bytes of its storages come after it and are filled in."""
    loaded: dict[str, tuple[UntypedStorage, dtype]] = {}

    def persistent_load(saved_id: Any) -> Any:
        kind, *data = saved_id
        kind = kind.decode("ascii") if isinstance(kind, bytes) else kind
        if kind == "module":
            return data[0]
        if kind != "storage":
            raise RuntimeError(f"Unknown saved id type: {kind}")
        storage_type, key, location, numel, view = data
        if view is not None:
            raise NotImplementedError(
                "storages that are views of others, as PyTorch before 0.4 saved them, are not supported by "
                "jaxtorch; save the file again with a newer PyTorch"
            )
        element = uint8 if storage_type is UntypedStorage else storage_type._dtype
        if key not in loaded:
            location = location.decode("ascii") if isinstance(location, bytes) else location
            restored = restore(UntypedStorage(numel * element.itemsize), location)
            loaded[key] = restored._untyped_storage if isinstance(restored, TypedStorage) else restored, element
        return TypedStorage._over(loaded[key][0], element)

    def read() -> Any:
        made = unpickler(file, **arguments)
        made.persist = made.persistent_load = persistent_load
        return made.load()

    if read() != MAGIC_NUMBER:
        raise RuntimeError("Invalid magic number; corrupt file?")
    version = read()
    if version != PROTOCOL_VERSION:
        raise RuntimeError(f"Invalid protocol version: {version}")
    read()  # the machine it was written on
    result = read()
    for key in read():
        storage, element = loaded[key]
        (numel,) = struct.unpack("=q", file.read(8))
        set_bytes(storage, np.frombuffer(_read(file, numel * element.itemsize), np.uint8))
    return result


def _read(file: Any, count: int) -> bytearray:
    """`count` bytes, or fewer at the end of the file, without a copy where the file can write into memory."""
    if not hasattr(file, "readinto"):
        return bytearray(file.read(count))
    data, done = bytearray(count), 0
    while done < count and (got := file.readinto(memoryview(data)[done:])):
        done += got
    return data if done == count else data[:done]
