"""Storages that share memory with a NumPy array (`from_numpy`, `Tensor.numpy`).

XLA buffers are immutable, so sharing is kept up by comparing: whenever such a storage is read, the array is compared
with the last snapshot, and a change counts as a write; a write through the tensor is copied into the array. The cost is
a pass over the array per read, and ends when the array is gone, with a last look at what was written. A view that takes
part in no graph reads its own part of the array alone (`window`), so that visiting a large array row by row costs a row
each time.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from jaxtorch._base.devices import CPU
from jaxtorch._engine.recorder import force
from jaxtorch._engine.value import Value, leaf
from jaxtorch._storage.storage import Storage

_slots: Any = vars(Storage)
_value, _stamp = _slots["value"], _slots["stamp"]  # the slots under the properties


class HostStorage(Storage):
    """A storage whose content can change through a NumPy array."""

    __slots__ = ()

    @property
    def value(self) -> Value:
        self._look()
        return _value.__get__(self)

    @value.setter
    def value(self, new: Value) -> None:
        _value.__set__(self, new)
        array = self._array()
        if array is None:
            return
        data = np.asarray(force(new))
        np.copyto(array, data)
        self.extra["copy"] = np.array(array)

    @property
    def stamp(self) -> int:
        self._look()
        return _stamp.__get__(self)

    @stamp.setter
    def stamp(self, new: int) -> None:
        _stamp.__set__(self, new)

    def has_windows(self, dtype: Any) -> bool:
        """Whether views of a dtype can read their part of the array alone."""
        array = self._array()
        plain = array is not None and self.strides is None and array.flags.c_contiguous
        # a view of complex memory may show the conjugate, which is no window
        return plain and array.dtype == dtype.numpy_dtype and array.dtype.kind != "c"

    def window(self, dtype: Any, shape: Any, strides: Any, offset: int, last: Any) -> Value | None:
        """What a strided window shows now, as `last` where nothing changed; None where only the whole can be read."""
        if not self.has_windows(dtype):
            return None
        array = self._array()
        item = array.itemsize
        shown = np.ndarray(tuple(shape), array.dtype, array, offset * item, tuple([s * item for s in strides]))
        if last is not None and type(last.data) is np.ndarray and _same_bytes(shown, last.data):
            return last
        return leaf(np.array(shown, order="C"), dtype, _value.__get__(self).aval.device)

    def _array(self) -> Any:
        array = self.extra["array"]() if self.extra else None
        if array is None:
            self.__class__ = Storage  # type: ignore[assignment]  # nobody can write to it any more
        return array

    def _look(self) -> None:
        array = self._array()
        if array is not None and not _same_bytes(array, self.extra["copy"]):
            self.extra["copy"] = fresh = np.array(array)
            self._take(fresh)

    def _take(self, content: np.ndarray) -> None:
        old = _value.__get__(self)
        _value.__set__(self, leaf(content, old.aval.dtype, old.aval.device))
        _stamp.__set__(self, _stamp.__get__(self) + 1)

    def _last_look(self, memory: np.ndarray) -> None:
        """Take what was written, and follow no longer: nobody else has `memory` any more."""
        self.__class__ = Storage  # type: ignore[assignment]
        if not _same_bytes(memory, self.extra["copy"]):
            HostStorage._take(self, memory)
        del self.extra["array"], self.extra["copy"]


class _Lender:
    """The base of the arrays handed out, which goes when the last of them does."""

    __slots__ = ("memory", "storage")

    def __init__(self, memory: np.ndarray, storage: Storage) -> None:
        self.memory, self.storage = memory, weakref.ref(storage)

    @property
    def __array_interface__(self) -> dict:
        # NumPy leaves strides out where they follow from the shape, but for those of dimensions of one element.
        return {**self.memory.__array_interface__, "strides": self.memory.strides}

    def __del__(self) -> None:
        storage = self.storage()
        if isinstance(storage, HostStorage):
            storage._last_look(self.memory)


def lend(storage: Storage, memory: np.ndarray) -> np.ndarray:
    """An array on `memory`, which is what the storage holds now; followed as long as it or a view of it lives."""
    array = np.asarray(_Lender(memory, storage))
    share(storage, array, False)
    return array


def _same_bytes(a: np.ndarray, b: np.ndarray) -> bool:
    if a.flags.c_contiguous and b.flags.c_contiguous and a.dtype.itemsize in (1, 2, 4, 8):
        kind = f"u{a.dtype.itemsize}"
        return bool((a.reshape(-1).view(kind) == b.reshape(-1).view(kind)).all())
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def share(storage: Storage, array: np.ndarray, keep: bool) -> None:
    """Let `storage` follow `array`, whose content it has now. `keep` holds the array (it came from the user)."""
    if storage.extra is None:
        storage.extra = {}
    owner = _owner(array)
    reference: Any = (lambda: array) if keep else _view_of(weakref.ref(owner), array)
    storage.extra.update(array=reference, copy=np.array(array))
    storage.__class__ = HostStorage


def _owner(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _view_of(owner: Any, array: np.ndarray) -> Any:
    # The array handed out may be reshaped by the user and dropped while a view of it lives: hold on to the owner only.
    shape, strides = array.shape, array.strides

    def get() -> Any:
        alive = owner()
        return None if alive is None else np.lib.stride_tricks.as_strided(alive, shape, strides)

    return get


def shared_array(storage: Storage) -> Any:
    """The NumPy array a storage shares memory with, or None."""
    return storage._array() if isinstance(storage, HostStorage) else None


def lay_out(storage: Storage) -> int:
    """The storage's address, where its content of now lies: in the array it follows, or in memory kept for readers.

    C code that is given the address reads what the tensor holds; what it writes is seen where the storage follows an
    array, and nowhere else.
    """
    aval = storage.value.aval
    if aval.device is not CPU:
        return storage.address()
    array = storage._array() if isinstance(storage, HostStorage) else None
    if array is not None:
        return array.ctypes.data
    at = storage.address()
    seen = (at, storage.stamp)
    if storage.extra.get("laid_out") != seen:
        data = np.asarray(force(storage.value), aval.dtype.numpy_dtype)
        steps = None if storage.strides is None else [s * data.itemsize for s in storage.strides]
        memory = storage.extra["address"][2]
        np.ndarray(data.shape, data.dtype, memory, at - memory.ctypes.data, steps)[...] = data
        storage.extra["laid_out"] = seen
    return at
