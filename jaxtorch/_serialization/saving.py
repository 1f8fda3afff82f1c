"""`torch.save`."""

from __future__ import annotations

import io
import os
import pickle
import sys
import types
from typing import Any

import numpy as np

from jaxtorch._base.dtypes import dtype
from jaxtorch._serialization import files, legacy
from jaxtorch._serialization.archive import ALIGNMENT, ArchiveWriter
from jaxtorch._serialization.locations import location_tag
from jaxtorch._serialization.names import get_layout, is_ours, torch_name
from jaxtorch._serialization.options import options
from jaxtorch._tensor.layouts import layout, memory_format
from jaxtorch._tensor.storages import UntypedStorage
from jaxtorch._tensor.typed_storage import TypedStorage

DEFAULT_PROTOCOL = 2
SAME_MEMORY = "Cannot save multiple tensors or storages that view the same data as different types"


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write an object to a file (a path or a file-like object) that PyTorch reads too.

    torch.save(model.state_dict(), "model.pt")
    """
    files.check_savable(f)
    f = os.fspath(f) if isinstance(f, os.PathLike) else f
    if not _use_new_zipfile_serialization:
        if options.skip_data:
            raise RuntimeError("Cannot use skip_data=True with _use_new_zipfile_serialization=False")
        with files.opened(f, "wb") as file:
            legacy.save(obj, file, pickler_class(pickle_module), pickle_protocol)
        return
    content, found = _pickled(obj, pickle_module, pickle_protocol)
    with files.opened(f, "wb") as file:
        archive = ArchiveWriter(file.write, files.archive_name(f))
        archive.write_record("data.pkl", content)
        archive.write_record(".format_version", b"1")
        archive.write_record(".storage_alignment", str(ALIGNMENT).encode())
        if not _disable_byteorder_record:
            archive.write_record("byteorder", sys.byteorder.encode())
        for key, storage in enumerate(found):
            skip = options.skip_data
            archive.write_record(f"data/{key}", np.zeros(storage.nbytes(), np.uint8) if skip else storage._bytes())
        archive.close()


def _pickled(obj: Any, pickle_module: Any, protocol: int) -> tuple[bytes, list[UntypedStorage]]:
    """The object as a pickle, and the storages it refers to by number."""
    storages: list[UntypedStorage] = []
    keys: dict[int, str] = {}
    dtypes: dict[int, dtype] = {}

    def persistent_id(x: Any) -> tuple | None:
        if not isinstance(x, (UntypedStorage, TypedStorage)):
            return None
        storage, kind, element = legacy.described(x)
        if (
            storage.device.type != "meta"
            and storage.nbytes()
            and dtypes.setdefault(storage._cdata, element) is not element
        ):
            raise RuntimeError(SAME_MEMORY)
        key = keys.get(id(storage._block))
        if key is None:
            key = keys[id(storage._block)] = str(len(storages))
            storages.append(storage)
        return "storage", kind, key, location_tag(storage), storage.nbytes() // element.itemsize

    buffer = io.BytesIO()
    pickler = pickler_class(pickle_module)(buffer, protocol=protocol)
    pickler.identify = persistent_id
    pickler.dump(obj)
    return buffer.getvalue(), storages


_Pickler: Any = pickle._Pickler


class _TorchPickler(_Pickler):
    """Python's pickler, with jaxtorch's own things under PyTorch's names."""

    identify: Any

    def persistent_id(self, obj: Any) -> Any:
        return self.identify(obj)

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, (dtype, memory_format)):
            return obj.name  # an attribute of `torch`
        if isinstance(obj, layout):
            return get_layout, (str(obj),)
        return NotImplemented

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if isinstance(obj, (dtype, memory_format)):
            module, name = "torch", obj.name
        elif is_ours(obj):
            module, name = torch_name(obj, name)
        else:
            super().save_global(obj, name)
            return
        if self.proto >= 4:
            self.save(module)
            self.save(name)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + module.encode() + b"\n" + name.encode() + b"\n")
        self.memoize(obj)

    def save_type(self, obj: Any) -> None:
        if is_ours(obj):
            self.save_global(obj)
        else:
            super().save_type(obj)

    # The parent's table names the parent's functions.
    dispatch = {**_Pickler.dispatch, type: save_type, types.FunctionType: save_global}


def pickler_class(pickle_module: Any) -> type:
    """The pickler of a module; for Python's own, one that writes PyTorch's names."""
    if pickle_module is pickle or pickle_module is None:
        return _TorchPickler

    class Pickler(pickle_module.Pickler):
        identify: Any

        def persistent_id(self, obj: Any) -> Any:
            return self.identify(obj)

    return Pickler
