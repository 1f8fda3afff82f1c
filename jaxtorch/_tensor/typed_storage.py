"""Storages of elements: `TypedStorage`, and the legacy class of each dtype that files name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from jaxtorch._base import dtypes
from jaxtorch._base.devices import device as device_
from jaxtorch._tensor.storages import UntypedStorage, no_grad, storage_from_bytes


class TypedStorage:
    """The elements of one dtype under a tensor (deprecated in PyTorch too; see `UntypedStorage`)."""

    _dtype: dtypes.dtype | None = None

    def __init__(
        self, *args: Any, device: Any = None, dtype: Any = None, wrap_storage: Any = None, _internal: bool = False
    ) -> None:
        self.dtype = self._dtype or dtype or dtypes.float32
        if wrap_storage is not None:
            if not isinstance(wrap_storage, UntypedStorage):
                raise TypeError(f"Argument 'wrap_storage' must be UntypedStorage, but got {type(wrap_storage)}")
            self._untyped_storage = wrap_storage
        elif args and not isinstance(args[0], (int, np.integer)):
            content = np.array(args[0]).astype(self.dtype.numpy_dtype)
            self._untyped_storage = UntypedStorage._of_bytes(content.reshape(-1).view(np.uint8))
            if device is not None:
                self._untyped_storage = self._untyped_storage.to(device=device)
        else:
            self._untyped_storage = UntypedStorage(int(args[0] if args else 0) * self.dtype.itemsize, device=device)

    def untyped(self) -> UntypedStorage:
        """The bytes."""
        return self._untyped_storage

    @property
    def device(self) -> device_:
        """Where the elements lie."""
        return self._untyped_storage.device

    @property
    def is_cuda(self) -> bool:
        """Whether the elements lie on a GPU."""
        return self._untyped_storage.is_cuda

    is_sparse = False

    @property
    def _cdata(self) -> int:
        return self._untyped_storage._cdata

    def size(self) -> int:
        """The number of elements."""
        return self._untyped_storage.nbytes() // self.dtype.itemsize

    _size = __len__ = size

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._untyped_storage.nbytes()

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    def data_ptr(self) -> int:
        """An address that tells storages apart."""
        return self._untyped_storage.data_ptr()

    _data_ptr = data_ptr

    def get_device(self) -> int:
        """The index of the accelerator, -1 on CPU."""
        return self._untyped_storage.get_device()

    def is_shared(self) -> bool:
        """Whether the memory is shared between processes."""
        return self._untyped_storage.is_shared()

    def share_memory_(self) -> TypedStorage:
        """Move the memory to where other processes can share it."""
        self._untyped_storage.share_memory_()
        return self

    def is_pinned(self, device: Any = None) -> bool:
        """False: memory is never pinned."""
        return False

    def resizable(self) -> bool:
        """Whether `resize_` works."""
        return True

    def _tensor(self, dtype: Any = None) -> Any:
        """A flat tensor over all elements."""
        return self._untyped_storage._tensor(self.dtype)

    def tolist(self) -> list:
        """The elements as a list of numbers."""
        self._untyped_storage._check_content()
        return self._tensor().tolist()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        self._untyped_storage._check_content()
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return self._tensor()[self._index(index)].item()

    def _index(self, index: Any) -> int:
        if not isinstance(index, int):
            raise RuntimeError(f"can't index a {type(self)} with {type(index)}")
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} out of range for storage of size {len(self)}")
        return index

    def __setitem__(self, index: Any, value: Any) -> None:
        with no_grad():
            self._tensor()[index if isinstance(index, slice) else self._index(index)] = value

    def fill_(self, value: Any) -> TypedStorage:
        """Set every element."""
        with no_grad():
            self._tensor().fill_(value)
        return self

    def copy_(self, source: Any, non_blocking: bool | None = None) -> TypedStorage:
        """Take over the elements of another storage, cast to this dtype."""
        taken = source._tensor()
        with no_grad():
            self._tensor().copy_(taken)
        return self

    def resize_(self, size: int) -> TypedStorage:
        """Give the storage `size` elements."""
        self._untyped_storage.resize_(size * self.dtype.itemsize)
        return self

    def _wrapped(self, storage: UntypedStorage) -> TypedStorage:
        return TypedStorage(wrap_storage=storage, dtype=self.dtype)

    def clone(self) -> TypedStorage:
        """A copy."""
        return self._wrapped(self._untyped_storage.clone())

    def __copy__(self) -> TypedStorage:
        return self.clone()

    def __deepcopy__(self, memo: dict) -> TypedStorage:
        return self._wrapped(self._untyped_storage.__deepcopy__(memo))

    _deepcopy = __deepcopy__

    def __reduce__(self) -> tuple:
        return _typed_from_bytes, (self.dtype, self._untyped_storage._bytes().tobytes())

    def to(self, *, device: Any, non_blocking: bool = False) -> TypedStorage:
        """The elements on another device."""
        return self._wrapped(self._untyped_storage.to(device=device))

    def cpu(self) -> TypedStorage:
        """The elements on the CPU."""
        return self._wrapped(self._untyped_storage.cpu())

    def cuda(self, device: Any = None, non_blocking: bool = False) -> TypedStorage:
        """The elements on a GPU."""
        return self._wrapped(self._untyped_storage.cuda(device))

    def pickle_storage_type(self) -> str:
        """The name of the legacy class of this dtype, e.g. "FloatStorage"."""
        return legacy_name(self.dtype)

    _pickle_storage_type = pickle_storage_type

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TypedStorage)
            and other.dtype is self.dtype
            and other._untyped_storage == self._untyped_storage
        )

    def __hash__(self) -> int:
        return hash((self.dtype, self._untyped_storage))

    def __str__(self) -> str:
        tail = f"[torch.storage.TypedStorage(dtype={self.dtype}, device={self.device}) of size {len(self)}]"
        return f"...\n{tail}" if self.device.type == "meta" else "\n".join([*[f" {x}" for x in self], tail])

    __repr__ = __str__


def _typed_from_bytes(dtype: dtypes.dtype, content: bytes) -> TypedStorage:
    return TypedStorage(wrap_storage=storage_from_bytes(content), dtype=dtype)


# The dtypes that files name by a legacy storage class; others are saved as bytes with their dtype.
LEGACY: dict[str, dtypes.dtype] = {
    "DoubleStorage": dtypes.float64,
    "FloatStorage": dtypes.float32,
    "HalfStorage": dtypes.float16,
    "LongStorage": dtypes.int64,
    "IntStorage": dtypes.int32,
    "ShortStorage": dtypes.int16,
    "CharStorage": dtypes.int8,
    "ByteStorage": dtypes.uint8,
    "BoolStorage": dtypes.bool_,
    "BFloat16Storage": dtypes.bfloat16,
    "ComplexDoubleStorage": dtypes.complex128,
    "ComplexFloatStorage": dtypes.complex64,
}
_NAMES = {dtype: name for name, dtype in LEGACY.items()}
LEGACY_CLASSES: dict[str, type] = {
    name: type(name, (TypedStorage,), {"_dtype": dtype, "__module__": "jaxtorch", "__doc__": f"Storage of {dtype}."})
    for name, dtype in LEGACY.items()
}


def legacy_name(dtype: dtypes.dtype) -> str:
    """The legacy storage class of a dtype; KeyError where there is none."""
    if dtype not in _NAMES:
        raise KeyError(f"dtype {dtype} is not recognized")
    return _NAMES[dtype]


def is_storage(obj: Any) -> bool:
    """Whether `obj` is a storage."""
    return isinstance(obj, (UntypedStorage, TypedStorage))
