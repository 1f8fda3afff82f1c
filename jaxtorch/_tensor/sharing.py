"""Memory shared between processes: a file without a name, mapped by each of them.

A storage follows it as it follows a NumPy array (`_storage.host`): a write goes into the memory at once, and each read
looks whether another process has written. What has been received twice is one storage.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from multiprocessing.reduction import DupFd
from typing import Any

import numpy as np

from jaxtorch._base import dtypes
from jaxtorch._base.devices import CPU
from jaxtorch._engine.recorder import force
from jaxtorch._engine.value import leaf
from jaxtorch._storage.host import share
from jaxtorch._storage.storage import Storage

_KEY = "shared"  # in `Storage.extra`


class SharedMemory:
    """The mapped file; its descriptor is what travels."""

    def __init__(self, fd: int, nbytes: int) -> None:
        self.fd = fd
        self.map = mmap.mmap(fd, nbytes)
        status = os.fstat(fd)
        self.identity = (status.st_dev, status.st_ino)

    def __del__(self) -> None:
        if hasattr(self, "map") and os is not None:  # None while the interpreter goes away
            os.close(self.fd)  # the mapping lives as long as the arrays over it


def _new_file(nbytes: int) -> int:
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("jaxtorch")
    else:
        fd, path = tempfile.mkstemp(prefix="jaxtorch-")
        os.unlink(path)
    os.ftruncate(fd, nbytes)
    return fd


_known: weakref.WeakValueDictionary[tuple, Storage] = weakref.WeakValueDictionary()


def _lay(block: Storage, memory: SharedMemory, array: np.ndarray) -> None:
    share(block, array, True)
    block.extra[_KEY] = memory
    _known[memory.identity] = block


def _over(memory: SharedMemory, shape: tuple, dtype: np.dtype, strides: Any) -> np.ndarray:
    steps = None if strides is None else [s * dtype.itemsize for s in strides]
    return np.ndarray(shape, dtype, memory.map, 0, steps)


def is_shared(block: Storage) -> bool:
    """Whether a storage lies in shared memory."""
    return block.extra is not None and _KEY in block.extra


def share_block(block: Storage) -> None:
    """Move a storage into shared memory."""
    aval = block.value.aval
    nbytes = aval.numel * aval.dtype.itemsize
    if is_shared(block) or not nbytes:
        return
    data = np.asarray(force(block.value))
    memory = SharedMemory(_new_file(nbytes), nbytes)
    array = _over(memory, tuple(aval.shape), data.dtype, block.strides)
    array[...] = data
    _lay(block, memory, array)


def block_of_file(filename: Any, nbytes: int) -> Storage:
    """A storage of bytes over a file that others may map too; the file grows to what is asked for."""
    fd = os.open(filename, os.O_RDWR | os.O_CREAT, 0o600)
    if os.fstat(fd).st_size < nbytes:
        os.ftruncate(fd, nbytes)
    memory = SharedMemory(fd, nbytes)
    known = _known.get(memory.identity)
    if known is not None and known.value.aval.numel * known.value.aval.dtype.itemsize == nbytes:
        return known
    array = _over(memory, (nbytes,), np.dtype(np.uint8), None)
    block = Storage(leaf(np.array(array), dtypes.uint8, CPU))
    _lay(block, memory, array)
    return block


def reduce_block(block: Storage) -> tuple:
    """How a storage travels to another process: by its file, not by its content."""
    share_block(block)
    aval = block.value.aval
    if not is_shared(block):  # without elements
        return rebuild_block, (None, tuple(aval.shape), aval.dtype.name, None)
    return rebuild_block, (DupFd(block.extra[_KEY].fd), tuple(aval.shape), aval.dtype.name, block.strides)


def rebuild_block(handle: Any, shape: tuple, name: str, strides: Any) -> Storage:
    """The storage that `reduce_block` sent; the same one where this process has it already."""
    dtype = dtypes.DTYPES[name]
    if handle is None:
        return Storage(leaf(np.zeros(shape, dtype.numpy_dtype), dtype, CPU))
    fd = handle.detach()
    status = os.fstat(fd)
    known = _known.get((status.st_dev, status.st_ino))
    if known is not None:
        os.close(fd)
        return known
    memory = SharedMemory(fd, status.st_size)
    array = _over(memory, shape, dtype.numpy_dtype, strides)
    block = Storage(leaf(np.array(array), dtype, CPU))
    block.strides = strides
    _lay(block, memory, array)
    return block
