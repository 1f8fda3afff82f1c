"""`torch.hub`: models described by a `hubconf.py` in a local folder, and state dicts from URLs."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import sys
import tempfile
import types
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from jaxtorch.serialization import load as _load_file

__all__ = ["download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]

HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
_dir: str | None = None
_builtin_list = list


class _Progress:
    """What stands in for `tqdm.tqdm` where it is not installed: a percentage on standard error."""

    def __init__(self, iterable: Any = None, *args: Any, total: float | None = None, disable: bool = False, **_: Any):
        self.iterable, self.total, self.disable, self.n = iterable, total, disable, 0.0

    def __iter__(self) -> Iterator:
        for x in self.iterable:
            yield x
            self.update(1)

    def update(self, n: float) -> None:
        """Count on."""
        self.n += n
        if not self.disable:
            sys.stderr.write(f"\r{100 * self.n / self.total:.1f}%" if self.total else f"\r{self.n:.1f} bytes")
            sys.stderr.flush()

    def set_description(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is described."""

    def write(self, s: str) -> None:
        """A line on standard error."""
        sys.stderr.write(f"{s}\n")

    def close(self) -> None:
        """End it."""
        self.disable = True

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *exc: Any) -> None:
        if not self.disable:
            sys.stderr.write("\n")


tqdm = importlib.import_module("tqdm").tqdm if importlib.util.find_spec("tqdm") else _Progress


def _get_torch_home() -> str:
    cache = os.getenv("XDG_CACHE_HOME", "~/.cache")
    return os.path.expanduser(os.getenv("TORCH_HOME", os.path.join(cache, "torch")))


def get_dir() -> str:
    """The folder of downloaded files: `$TORCH_HOME/hub`, by default `~/.cache/torch/hub`."""
    if _dir is not None:
        return _dir
    return os.path.join(_get_torch_home(), "hub")


def set_dir(d: str | os.PathLike) -> None:
    """Set the folder of downloaded files."""
    global _dir
    _dir = os.path.expanduser(d)


def _hubconf(repo_or_dir: Any, source: str) -> types.ModuleType:
    source = source.lower()
    if source not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    if source == "github":
        raise NotImplementedError(
            'torch.hub with source="github" is not supported by jaxtorch: download the repository, use source="local"'
        )
    folder = os.path.expanduser(os.fspath(repo_or_dir))
    path = os.path.join(folder, "hubconf.py")
    spec = importlib.util.spec_from_file_location("hubconf.py", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
    missing = [d for d in getattr(module, "dependencies", None) or [] if importlib.util.find_spec(d) is None]
    if missing:
        raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")
    return module


def _entry(module: types.ModuleType, model: str) -> Any:
    if not isinstance(model, str):
        raise ValueError("Invalid input: model should be a string of function name")
    found = getattr(module, model, None)
    if found is None or not callable(found):
        raise RuntimeError(f"Cannot find callable {model} in hubconf")
    return found


def list(
    github: Any,
    force_reload: bool = False,
    skip_validation: bool = False,
    trust_repo: Any = "check",
    verbose: bool = True,
    source: str = "github",
) -> _builtin_list[str]:
    """The names of the models of a folder (`source="local"`)."""
    module = _hubconf(github, source)
    return [n for n in dir(module) if callable(getattr(module, n)) and not n.startswith("_")]


def help(
    github: Any,
    model: str,
    force_reload: bool = False,
    skip_validation: bool = False,
    trust_repo: Any = "check",
    source: str = "github",
) -> str | None:
    """The docstring of a model of a folder (`source="local"`)."""
    return _entry(_hubconf(github, source), model).__doc__


def load(
    repo_or_dir: Any,
    model: str,
    *args: Any,
    source: str = "github",
    trust_repo: Any = "check",
    force_reload: bool = False,
    verbose: bool = True,
    skip_validation: bool = False,
    **kwargs: Any,
) -> Any:
    """The model that a function of a folder's `hubconf.py` makes; `source="local"` alone is supported."""
    return _entry(_hubconf(repo_or_dir, source), model)(*args, **kwargs)


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Download a file, and check its SHA-256 where the beginning of it is given. No progress bar is shown."""
    dst = os.path.expanduser(dst)
    digest = hashlib.sha256()
    with (
        urllib.request.urlopen(url) as response,
        tempfile.NamedTemporaryFile(dir=os.path.dirname(dst) or ".", delete=False) as file,
    ):
        try:
            while chunk := response.read(1 << 20):
                file.write(chunk)
                digest.update(chunk)
            found = digest.hexdigest()
            if hash_prefix is not None and not found.startswith(hash_prefix):
                raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{found}")')
            file.close()
            os.replace(file.name, dst)
        finally:
            Path(file.name).unlink(missing_ok=True)


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> Any:
    """Load a file from a URL, downloaded into `model_dir` (by default hub's `checkpoints`) unless it is there."""
    folder = os.path.join(get_dir(), "checkpoints") if model_dir is None else model_dir
    os.makedirs(folder, exist_ok=True)
    name = file_name or os.path.basename(urlparse(url).path)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        sys.stderr.write(f'Downloading: "{url}" to {path}\n')
        match = HASH_REGEX.search(name) if check_hash else None
        download_url_to_file(url, path, match.group(1) if match else None, progress=progress)
    return _load_file(path, map_location=map_location, weights_only=weights_only)
