"""Storages of elements: `TypedStorage`, and the legacy class of each dtype that files name.

PyTorch has deprecated both: each public name warns, the first time any of them is used. What the library uses itself
has a twin with an underscore, as in PyTorch (`_size` for `size`).
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxtorch._base import dtypes
from jaxtorch._base.devices import device as device_
from jaxtorch._tensor.arguments import as_device
from jaxtorch._tensor.storages import UntypedStorage, no_grad, storage_from_bytes

_TYPED_IS_OLD = (
    "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage "
    "class. This should only matter to you if you are using storages directly.  To access UntypedStorage "
    "directly, use tensor.untyped_storage() instead of tensor.storage()"
)

_INVALID = ".__init__ received an invalid combination of arguments.\n"


class _Warning:
    """Whether the deprecation has been told of, and whether it is to be told of each time."""

    done = False
    always = False


def warn_of_removal(stacklevel: int = 2) -> None:
    """Tell of the deprecation, once; `stacklevel` as from the caller."""
    if _Warning.always or not _Warning.done:
        _Warning.done = True
        warnings.warn(_TYPED_IS_OLD, UserWarning, stacklevel=stacklevel + 1)


def get_always_warn() -> bool:
    """Whether the deprecation is told of each time."""
    return _Warning.always


def set_always_warn(always_warn: bool) -> None:
    """Tell of the deprecation each time, or once."""
    _Warning.always = always_warn


def reset_warning() -> None:
    """Tell of the deprecation once more."""
    _Warning.done = False


def content_of(kind: str, args: tuple, dtype: dtypes.dtype, device: Any) -> UntypedStorage:
    """The bytes that a constructor's positional arguments ask for: nothing, a size, or a sequence of elements."""
    if len(args) > 1:
        raise RuntimeError(
            f"{kind}.__init__ received an invalid combination of arguments.\nToo many positional arguments"
        )
    given = args[0] if args else 0
    if isinstance(given, (int, np.integer)):
        return UntypedStorage(int(given) * dtype.itemsize, device=device)
    if isinstance(given, str):
        raise TypeError(f"new(): invalid data type '{type(given).__name__}'")
    if not isinstance(given, (list, tuple, range, np.ndarray)):
        raise TypeError(f"{kind}{_INVALID}Argument type not recognized: {type(given)}")
    made = UntypedStorage._of_bytes(np.array(given).astype(dtype.numpy_dtype).reshape(-1).view(np.uint8))
    return made if device is None else made.to(device=device)


class TypedStorage:
    """The elements of one dtype under a tensor (deprecated in PyTorch too; see `UntypedStorage`)."""

    is_sparse = False
    is_hpu = False

    def __init__(
        self, *args: Any, device: Any = None, dtype: Any = None, wrap_storage: Any = None, _internal: bool = False
    ) -> None:
        if not _internal:
            warn_of_removal()
        if wrap_storage is None:
            self.dtype = dtype or dtypes.float32
            if device is not None and as_device(device).type not in ("cpu", "cuda", "meta"):
                raise RuntimeError(f"Storage device not recognized: {as_device(device).type}")
            self._untyped_storage = content_of("TypedStorage", args, self.dtype, device)
            return
        problem = "TypedStorage.__init__ received an invalid combination of arguments.\n"
        if args:
            raise RuntimeError(problem + "No positional arguments should be given when using 'wrap_storage'")
        if dtype is None:
            raise RuntimeError(problem + "Argument 'dtype' must be specified")
        if not isinstance(dtype, dtypes.dtype):
            raise TypeError(problem + f"Argument 'dtype' must be torch.dtype, not {type(dtype)}")
        if device is not None:
            raise RuntimeError(problem + "Argument 'device' should not be specified when 'wrap_storage' is given")
        if not isinstance(wrap_storage, UntypedStorage):
            raise TypeError(problem + f"Argument 'wrap_storage' must be UntypedStorage, but got {type(wrap_storage)}")
        self.dtype = dtype
        self._untyped_storage = wrap_storage

    @classmethod
    def _over(cls, storage: UntypedStorage, dtype: dtypes.dtype) -> TypedStorage:
        return cls(wrap_storage=storage, dtype=dtype, _internal=True)

    # ----- What it is -----

    def untyped(self) -> UntypedStorage:
        """The bytes."""
        return self._untyped_storage

    @property
    def device(self) -> device_:
        """Where the elements lie."""
        warn_of_removal()
        return self._untyped_storage.device

    @property
    def is_cuda(self) -> bool:
        """Whether the elements lie on a GPU."""
        warn_of_removal()
        return self._untyped_storage.is_cuda

    @property
    def filename(self) -> str | None:
        """The file that the memory is mapped from, if it is."""
        return self._untyped_storage.filename

    @property
    def _cdata(self) -> int:
        return self._untyped_storage._cdata

    def size(self) -> int:
        """The number of elements."""
        return self._untyped_storage.nbytes() // self.dtype.itemsize

    def __len__(self) -> int:
        warn_of_removal()
        return self._size()

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._untyped_storage.nbytes()

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    def data_ptr(self) -> int:
        """An address that tells storages apart."""
        return self._untyped_storage.data_ptr()

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
        return self._untyped_storage.resizable()

    def pickle_storage_type(self) -> str:
        """The name of the legacy class of this dtype, e.g. "FloatStorage"."""
        return legacy_name(self.dtype)

    # ----- Content -----

    def _tensor(self, dtype: Any = None) -> Any:
        """A flat tensor over all elements."""
        return self._untyped_storage._tensor(self.dtype)

    def tolist(self) -> list:
        """The elements as a list of numbers."""
        self._untyped_storage._check_content()
        return self._tensor().tolist()

    def __iter__(self) -> Iterator[Any]:
        warn_of_removal()
        return iter(self._tolist())

    def getitem(self, index: Any) -> Any:
        self._untyped_storage._check_content()
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return self._tensor()[self._index(index)].item()

    def _index(self, index: Any) -> int:
        if not isinstance(index, int):
            raise RuntimeError(f"can't index a {type(self)} with {type(index)}")
        if not -self._size() <= index < self._size():
            raise IndexError(f"index {index} out of range for storage of size {self._size()}")
        return index

    def setitem(self, index: Any, value: Any) -> None:
        if is_storage(value):
            raise RuntimeError(f"cannot set item with value type {type(value)}")
        with no_grad():
            self._tensor()[index if isinstance(index, slice) else self._index(index)] = value

    def __getitem__(self, index: Any) -> Any:
        warn_of_removal()
        return self._getitem(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        warn_of_removal()
        self._setitem(index, value)

    def fill_(self, value: Any) -> TypedStorage:
        """Set every element."""
        self._setitem(slice(0, self._size()), value)
        return self

    def copy_(self, source: Any, non_blocking: bool | None = None) -> TypedStorage:
        """Take over the elements of another storage, cast to this dtype."""
        taken = source._tensor()
        with no_grad():
            self._tensor().copy_(taken)
        return self

    def resize_(self, size: int) -> None:
        """Give the storage `size` elements."""
        self._untyped_storage.resize_(size * self.dtype.itemsize)

    # ----- Copies -----

    def _wrapped(self, storage: UntypedStorage) -> TypedStorage:
        return TypedStorage._over(storage, self.dtype)

    def clone(self) -> TypedStorage:
        """A copy."""
        return self._wrapped(self._untyped_storage.clone())

    def __copy__(self) -> TypedStorage:
        return self._clone()

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

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the legacy class of this dtype; or the elements as another dtype."""
        if dtype is None:
            return f"torch.{legacy_name(self.dtype)}"
        named: Any = LEGACY[dtype.rpartition(".")[2]] if isinstance(dtype, str) else dtype
        return self._as(getattr(named, "_dtype", named))

    def _as(self, dtype: dtypes.dtype) -> TypedStorage:
        if dtype is self.dtype:
            return self
        return TypedStorage._over(UntypedStorage._of_block(self._tensor().to(dtype)._storage), dtype)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TypedStorage)
            and other.dtype is self.dtype
            and other._untyped_storage == self._untyped_storage
        )

    def __hash__(self) -> int:
        return hash((self.dtype, self._untyped_storage))

    def __str__(self) -> str:
        where = self._untyped_storage.device
        tail = f"[torch.storage.TypedStorage(dtype={self.dtype}, device={where}) of size {self._size()}]"
        return f"...\n{tail}" if where.type == "meta" else "\n".join([*[f" {x}" for x in self._tolist()], tail])

    __repr__ = __str__

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # the twins that the loop below makes


def _warning(method: Any) -> Any:
    @functools.wraps(method)
    def told(*args: Any, **kwargs: Any) -> Any:
        warn_of_removal()
        return method(*args, **kwargs)

    return told


def _cast(dtype: dtypes.dtype) -> Any:
    def cast(self: TypedStorage) -> TypedStorage:
        return self._as(dtype)

    cast.__doc__ = f"The elements as {dtype}."
    return cast


_CASTS = {
    "double": dtypes.float64,
    "float": dtypes.float32,
    "half": dtypes.float16,
    "long": dtypes.int64,
    "int": dtypes.int32,
    "short": dtypes.int16,
    "char": dtypes.int8,
    "byte": dtypes.uint8,
    "bool": dtypes.bool_,
    "bfloat16": dtypes.bfloat16,
    "complex_double": dtypes.complex128,
    "complex_float": dtypes.complex64,
}
for _name, _dtype in _CASTS.items():
    _method = _cast(_dtype)
    _method.__name__ = _name
    _method.__qualname__ = f"TypedStorage.{_name}"
    setattr(TypedStorage, _name, _warning(_method))
for _name in (
    *("untyped", "size", "nbytes", "element_size", "data_ptr", "get_device", "is_shared", "share_memory_", "is_pinned"),
    *("resizable", "pickle_storage_type", "tolist", "fill_", "copy_", "resize_", "clone", "to", "cpu", "cuda", "type"),
):
    _method = vars(TypedStorage)[_name]
    setattr(TypedStorage, f"_{_name}", _method)
    setattr(TypedStorage, _name, _warning(_method))
for _name in ("getitem", "setitem"):
    setattr(TypedStorage, f"_{_name}", vars(TypedStorage)[_name])
    delattr(TypedStorage, _name)


def _typed_from_bytes(dtype: dtypes.dtype, content: bytes) -> TypedStorage:
    return TypedStorage._over(storage_from_bytes(content), dtype)


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


def legacy_name(dtype: dtypes.dtype) -> str:
    """The name of the legacy storage class of a dtype; KeyError where there is none."""
    if dtype not in _NAMES:
        raise KeyError(f"dtype {dtype} is not recognized")
    return _NAMES[dtype]


def is_storage(obj: Any) -> bool:
    """Whether `obj` is a storage."""
    return isinstance(obj, (UntypedStorage, TypedStorage))
