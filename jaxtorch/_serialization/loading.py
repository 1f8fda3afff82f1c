"""`torch.load`."""

from __future__ import annotations

import io
import os
import pickle
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._base.devices import META
from jaxtorch._base.dtypes import uint8
from jaxtorch._serialization import files, legacy, weights_only
from jaxtorch._serialization.archive import ArchiveReader
from jaxtorch._serialization.locations import is_meta, restorer
from jaxtorch._serialization.names import find
from jaxtorch._serialization.options import LoadEndianness, get_default_load_endianness, options
from jaxtorch._serialization.probe import unsafe_globals
from jaxtorch._tensor.storages import UntypedStorage
from jaxtorch._tensor.typed_storage import TypedStorage

_UNSAFE = (
    "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to "
    "`True`. "
    "Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in arbitrary "
    "code "
    "execution. Do it only if you got the file from a trusted source."
)
_DOCS = (
    "\n\nCheck the documentation of torch.load to learn more about types accepted by default with weights_only "
    "https://pytorch.org/docs/stable/generated/torch.load.html."
)
_TRUE = ("1", "y", "yes", "true")


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read an object that `save`, here or in PyTorch, wrote to a file (a path or a seekable file-like object).

    Only tensors, plain containers and what `torch.serialization.add_safe_globals` lists are loaded unless
    `weights_only=False`, which runs the code a file names: use it for files you trust. `map_location` says where
    storages go: a device, a dict from saved locations to others, or `function(storage, location)`.

        model.load_state_dict(torch.load("model.pt"))
    """
    restricted = _restricted(weights_only, pickle_module)
    if restricted and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    if pickle_load_args and restricted:
        warnings.warn("pickle_load_args only works if `weights_only=False`.", stacklevel=2)
    pickle_load_args.setdefault("encoding", "utf-8")
    if files.is_path(f) and os.fspath(f).endswith(".safetensors"):
        raise NotImplementedError(
            "torch.load of a .safetensors file is not supported by jaxtorch; use safetensors.numpy.load_file "
            "and torch.from_numpy"
        )
    unpickler = _unpickler_class(None if restricted else pickle_module or pickle)
    with files.opened(f, "rb") as file:
        try:
            if files.is_zipfile(file):
                return _load_archive(f, file, map_location, unpickler, restricted, bool(mmap), pickle_load_args)
            if mmap:
                name = f"{f}, " if isinstance(f, str) else ""
                raise RuntimeError(
                    f"mmap can only be used with files saved with `torch.save({name}_use_new_zipfile_serialization="
                    "True), please torch.save your checkpoint with this option in order to use mmap."
                )
            return legacy.load(file, restorer(map_location), unpickler, pickle_load_args)
        except pickle.UnpicklingError as e:
            if not restricted:
                raise
            raise pickle.UnpicklingError(_explained(str(e))) from None


def _restricted(weights_only: bool | None, pickle_module: Any) -> bool:
    force, forbid = [
        os.getenv(name, "0").lower() in _TRUE
        for name in ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    ]
    if force and forbid:
        raise RuntimeError(
            "Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` should be set, but "
            "both were set."
        )
    if force:
        return True
    if forbid and weights_only is None:
        warnings.warn(
            "Environment variable TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD detected, since the`weights_only` argument was not "
            "explicitly passed to `torch.load`, forcing weights_only=False.",
            UserWarning,
            stacklevel=3,
        )
        return False
    return pickle_module is None if weights_only is None else weights_only


def _explained(message: str) -> str:
    """PyTorch's words around an error of the restricted unpickler."""
    if re.search(r"GLOBAL (\S+) was not an allowed global by default.", message):
        return (
            "Weights only load failed. This file can still be loaded, to do so you have two options, \033[1mdo those "
            "steps "
            f"only if you trust the source of the checkpoint\033[0m. \n\t(1) {_UNSAFE}\n\t(2) Alternatively, to load "
            "with "
            "`weights_only=True` please check the recommended steps in the following error "
            "message.\n\tWeightsUnpickler "
            f"error: {message}{_DOCS}"
        )
    request = (
        ""
        if re.search(r"whose module (\S+) is blocked", message)
        else (
            "Please file an issue with the following so that we can make `weights_only=True` compatible with your "
            "use case: "
            "WeightsUnpickler error: "
        )
    )
    return f"Weights only load failed. {_UNSAFE}\n{request}\n\n{message}{_DOCS}"


def _unpickler_class(pickle_module: Any) -> type:
    """The restricted unpickler (None), or a module's one that finds jaxtorch's things under PyTorch's names."""
    if pickle_module is None:
        return weights_only.Unpickler

    class Unpickler(pickle_module.Unpickler):
        persist: Callable

        def persistent_load(self, pid: Any) -> Any:
            return self.persist(pid)

        def find_class(self, module: str, name: str) -> Any:
            found = find(module, name)
            return super().find_class(module, name) if found is None else found

    return Unpickler


def unpickle(unpickler: type, file: Any, persistent_load: Callable, arguments: dict) -> Any:
    """One object from a file."""
    made = unpickler(file, **arguments)
    made.persist = made.persistent_load = persistent_load
    return made.load()


def _load_archive(
    f: Any, file: Any, map_location: Any, unpickler: type, restricted: bool, mmap: bool, arguments: dict
) -> Any:
    archive = ArchiveReader(file)
    if archive.has_record("constants.pkl"):
        if restricted:
            raise RuntimeError(
                "Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``. " + _UNSAFE
            )
        raise NotImplementedError(
            "torch.load of a TorchScript archive is not supported by jaxtorch; save the state_dict"
        )
    if mmap and not files.is_path(f):
        raise ValueError("f must be a file path in order to use the mmap argument")
    whole = np.memmap(os.fspath(f), np.uint8, "c") if mmap else None
    read = _reader(archive, whole, is_meta(map_location), _swaps_bytes(archive))
    restore = restorer(map_location)
    loaded: dict[str, UntypedStorage] = {}

    def persistent_load(saved_id: Any) -> Any:
        kind, *data = saved_id
        if kind not in ("storage", b"storage"):
            raise AssertionError(f"Unknown typename for persistent_load, expected 'storage' but got '{kind}'")
        storage_type, key, location, numel = data
        dtype = uint8 if storage_type is UntypedStorage else storage_type._dtype
        if key not in loaded:
            storage = read(key, numel * dtype.itemsize, dtype)
            location = location.decode("ascii") if isinstance(location, bytes) else location
            loaded[key] = storage if storage.device is META else untyped(restore(storage, location))
        return TypedStorage._over(loaded[key], dtype)

    return unpickle(unpickler, io.BytesIO(archive.get_record("data.pkl")), persistent_load, arguments)


def untyped(storage: Any) -> UntypedStorage:
    """What a `map_location` function gave, as bytes."""
    return storage._untyped_storage if isinstance(storage, TypedStorage) else storage


def _swaps_bytes(archive: ArchiveReader) -> bool:
    """Whether the file's byte order is not this machine's."""
    assumed = {LoadEndianness.BIG: "big", LoadEndianness.NATIVE: sys.byteorder}
    order = assumed.get(get_default_load_endianness(), "little")  # type: ignore[arg-type]
    if archive.has_record("byteorder"):
        order = archive.get_record("byteorder").decode()
        if order not in ("little", "big"):
            raise ValueError("Unknown endianness type: " + order)
    return order != sys.byteorder


def _reader(archive: ArchiveReader, whole: Any, meta: bool, swap: bool) -> Callable:
    def read(key: str, nbytes: int, dtype: Any) -> UntypedStorage:
        name = f"data/{key}"
        if meta or options.skip_data:
            return UntypedStorage(nbytes, device="meta" if meta else "cpu")
        if whole is not None:
            start = archive.offset(name)
            content = whole[start : start + nbytes]
        else:
            content = archive.read_into_array(name)
        if content.size != nbytes:
            raise RuntimeError(
                f"PytorchStreamReader failed reading file {name}: it holds {content.size} bytes, not {nbytes}"
            )
        storage = UntypedStorage._of_bytes(content)
        if swap:
            storage.byteswap(dtype)
        return storage

    return read


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The classes and functions a file names that `weights_only=True` would refuse."""
    with files.opened(f, "rb") as file:
        if not files.is_zipfile(file):
            raise ValueError("Expected input to be a checkpoint returned by torch.save")
        archive = ArchiveReader(file)
        if archive.has_record("constants.pkl"):
            raise ValueError(
                "Expected input to be a checkpoint returned by torch.save but got a torchscript checkpoint"
            )
        return list(unsafe_globals(archive.get_record("data.pkl")))
