"""Traced modules in files."""

from __future__ import annotations

import zipfile
from typing import Any

from jaxtorch import serialization
from jaxtorch.jit._script import set_saver

_KEY = "jaxtorch.jit"


def save(m: Any, f: Any, _extra_files: dict[str, Any] | None = None) -> None:
    """Keep a module in a file for `torch.jit.load`.

    Differs from PyTorch: the file holds Python, a traced module's code or the name of a module's class, and no
    TorchScript, so PyTorch cannot load it. Keep a `state_dict` with `torch.save` for that.
    """
    serialization.save({_KEY: m, "extra": dict(_extra_files or {})}, f)


def load(
    f: Any, map_location: Any = None, _extra_files: dict[str, Any] | None = None, _restore_shapes: bool = False
) -> Any:
    """A module that `torch.jit.save` kept. It runs code from the file: load only what you trust.

    Raises:
        NotImplementedError: the file is PyTorch's and holds TorchScript.
    """
    if zipfile.is_zipfile(f):
        with zipfile.ZipFile(f) as archive:
            if any("/code/" in name or name.endswith("constants.pkl") for name in archive.namelist()):
                raise NotImplementedError(
                    "torch.jit.load of TorchScript is not supported by jaxtorch; make the module from its class, and "
                    "load a state_dict that torch.save kept"
                )
    if hasattr(f, "seek"):
        f.seek(0)
    found = serialization.load(f, map_location=map_location, weights_only=False)
    if _extra_files is not None:
        for name in _extra_files:
            _extra_files[name] = found["extra"].get(name, _extra_files[name])
    return found[_KEY]


set_saver(save)
