"""Files and file-like objects, as `save` and `load` take them."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from typing import Any


def is_path(f: Any) -> bool:
    """Whether `f` names a file."""
    return isinstance(f, (str, os.PathLike))


@contextlib.contextmanager
def opened(f: Any, mode: str) -> Iterator[Any]:
    """The open file; one that was opened here is closed, another is flushed."""
    if is_path(f):
        parent = os.path.dirname(os.fspath(f))
        if "w" in mode and parent and not os.path.isdir(parent):
            raise RuntimeError(f"Parent directory {parent} does not exist.")
        with open(f, mode) as file:
            yield file
    elif "w" in mode:
        yield f
        f.flush()
    else:
        check_seekable(f)
        yield f


def check_savable(f: Any) -> None:
    """`save` needs something to write to."""
    if not is_path(f) and not hasattr(f, "write"):
        raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")


def check_seekable(f: Any) -> None:
    """`load` needs to move about in the file."""
    try:
        f.seek(f.tell())
    except (io.UnsupportedOperation, AttributeError) as e:
        if "seek" in str(e) or "tell" in str(e):
            raise type(e)(
                f"{e}. You can only torch.load from a file that is seekable. Please pre-load the data into a buffer "
                "like "
                "io.BytesIO and try to load from it instead."
            ) from None
        raise


def is_zipfile(f: Any) -> bool:
    """Whether a zip archive begins where the file stands."""
    at = f.tell()
    start = f.read(4)
    f.seek(at)
    return start == b"PK\x03\x04"


def archive_name(f: Any) -> str:
    """The folder inside the archive: the file's name without its ending."""
    if not is_path(f):
        return "archive"
    name = os.path.basename(os.fspath(f))
    return name.rpartition(".")[0] or name
