"""The legacy storage classes that files name: `FloatStorage` and its like, which make a `TypedStorage`."""

from __future__ import annotations

import operator
from typing import Any

from jaxtorch._base import dtypes
from jaxtorch._tensor.storages import UntypedStorage
from jaxtorch._tensor.typed_storage import LEGACY, TypedStorage, content_of, legacy_name, warn_of_removal


class _LegacyMeta(type):
    """The type of legacy storage classes: what they make is a TypedStorage, which counts as an instance of theirs."""

    _dtype: dtypes.dtype

    def __call__(cls, *args: Any, wrap_storage: Any = None, _internal: bool = False, **others: Any) -> TypedStorage:
        if cls not in _DTYPE_OF:
            raise RuntimeError("Only child classes of _LegacyStorage can be instantiated")
        if not _internal:
            warn_of_removal()
        problem = f"{cls.__qualname__}.__init__ received an invalid combination of arguments.\n"
        for name in ("device", "dtype"):
            if name in others:
                raise RuntimeError(problem + f"Keyword argument '{name}' cannot be specified")
        if others:
            raise TypeError(f"{cls.__qualname__}.__init__() got an unexpected keyword argument '{next(iter(others))}'")
        if wrap_storage is None:
            wrap_storage = content_of(cls.__qualname__, args, cls._dtype, None)
        elif args:
            raise RuntimeError(problem + "No positional arguments should be given when using 'wrap_storage'")
        elif not isinstance(wrap_storage, UntypedStorage):
            raise TypeError(problem + f"Argument 'wrap_storage' must be UntypedStorage, but got {type(wrap_storage)}")
        return TypedStorage._over(wrap_storage, cls._dtype)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TypedStorage) and _DTYPE_OF.get(cls) is instance.dtype

    @property
    def dtype(cls) -> dtypes.dtype:
        """The dtype of the elements."""
        warn_of_removal()
        return cls._dtype


class LegacyStorage(metaclass=_LegacyMeta):
    """The base of the legacy storage classes."""

    is_cuda = is_sparse = False

    @classmethod
    def from_buffer(
        cls, buffer: Any, byte_order: str = "native", count: int = -1, offset: int = 0, *, _internal: bool = False
    ) -> TypedStorage:
        """A copy of the elements that a buffer holds in the given byte order ("native", "little", "big")."""
        warn_of_removal()
        found = UntypedStorage.from_buffer(buffer, byte_order, count, offset, dtype=cls._dtype)
        return TypedStorage._over(found, cls._dtype)

    @classmethod
    def from_file(cls, filename: Any, shared: bool = False, size: int = 0) -> TypedStorage:
        """The elements of a file; with `shared`, writes go to the file, and the file may have to grow."""
        warn_of_removal()
        found = UntypedStorage.from_file(filename, shared, operator.index(size) * cls._dtype.itemsize)
        return TypedStorage._over(found, cls._dtype)


def _legacy_class(name: str, dtype: dtypes.dtype) -> Any:
    members = {"_dtype": dtype, "__module__": "jaxtorch", "__doc__": f"Storage of {dtype}.", "__qualname__": name}
    return _LegacyMeta(name, (LegacyStorage,), members)


LEGACY_CLASSES: dict[str, Any] = {name: _legacy_class(name, dtype) for name, dtype in LEGACY.items()}
_DTYPE_OF = {cls: cls._dtype for cls in LEGACY_CLASSES.values()}


def legacy_class(dtype: dtypes.dtype) -> Any:
    """The legacy storage class of a dtype; KeyError where there is none."""
    return LEGACY_CLASSES[legacy_name(dtype)]
