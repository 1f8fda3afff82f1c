"""Tensors over other libraries' memory, and the legacy typed constructors."""

from __future__ import annotations

import ctypes
import operator
from typing import Any

import jax
import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base import dtypes
from jaxtorch._base.devices import cuda_count
from jaxtorch._base.modes import defaults
from jaxtorch._base.once import warn_once
from jaxtorch._tensor.arguments import as_device, as_dtype
from jaxtorch._tensor.construct import requiring, tensor
from jaxtorch._tensor.conversion import LEGACY_DTYPES, convert, from_jax, from_numpy
from jaxtorch._tensor.layouts import preserve_format, strided
from jaxtorch._tensor.storages import UntypedStorage


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a tensor, sharing memory with a NumPy array or tensor of the right dtype and device."""
    wanted = None if dtype is None else as_dtype(dtype, "as_tensor")
    dev = None if device is None else as_device(device)
    if isinstance(data, Variable):
        return convert(data, wanted, dev, False, preserve_format)
    if isinstance(data, np.ndarray) and data.dtype in dtypes.FROM_NUMPY:
        return convert(from_numpy(data), wanted, dev, False, preserve_format)
    if isinstance(data, (jax.Array, jax.core.Tracer)):
        return convert(from_jax(data), wanted, dev, False, preserve_format)
    return tensor(data, dtype=wanted, device=dev)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Any:
    """`as_tensor` with a say about copying; it shares the memory of objects with the buffer interface as well."""
    source = _sharing(obj, dtype)
    if source is None:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return requiring(as_tensor(obj, dtype, device), requires_grad)
    made = as_tensor(source, dtype, device)
    if copy and made is source:
        made = made.clone()
    if copy is False and made is not source:
        _refuse_copy(source, made)
    made = made.detach() if not requires_grad and made is not obj else made
    return requiring(made, requires_grad)


def _sharing(obj: Any, dtype: Any) -> Any:
    """A tensor over the object's memory; None where it has none of its own."""
    if isinstance(obj, Variable):
        return obj
    if isinstance(obj, np.ndarray):
        return from_numpy(obj)
    if isinstance(obj, (jax.Array, jax.core.Tracer)):
        return from_jax(obj)
    if type(obj).__name__ == "PyCapsule" or (hasattr(obj, "__dlpack__") and not isinstance(obj, np.generic)):
        return from_dlpack(obj)
    if isinstance(obj, np.generic) or not _has_buffer(obj):
        return None
    return frombuffer(obj, dtype=defaults.dtype if dtype is None else dtype)


def _has_buffer(obj: Any) -> bool:
    try:
        memoryview(obj)
    except (TypeError, BufferError, ValueError):
        return False
    return True


def _refuse_copy(source: Any, made: Any) -> None:
    if made._aval.device is not source._aval.device:
        raise ValueError(f"can't alias tensor from device '{source.device}' to '{made.device}'.")
    names = source._aval.dtype.scalar_name, made._aval.dtype.scalar_name
    raise ValueError(f"can't alias tensor with dtype '{names[0]}' into dtype '{names[1]}'.")


_NOT_WRITABLE = (
    "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write to "
    "the underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to protect its "
    "data or make it writable before converting it to a tensor. This type of warning will be suppressed for the rest "
    "of this program."
)


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Any:
    """A flat tensor over an object with the buffer interface, sharing its memory."""
    wanted = as_dtype(dtype, "frombuffer")
    try:
        view = memoryview(buffer)
        size, readonly = view.nbytes, view.readonly
    except (TypeError, BufferError, ValueError):
        raise ValueError("object does not implement Python buffer protocol.") from None
    if not view.c_contiguous:
        raise RuntimeError("could not retrieve buffer from object")
    count = _elements(size, wanted.itemsize, count, offset)
    if readonly:
        warn_once(_NOT_WRITABLE, stacklevel=2)
    array = np.frombuffer(buffer, wanted.numpy_dtype, count, offset)
    made = tensor(array) if readonly else from_numpy(array)
    return requiring(made, requires_grad)


def _elements(size: int, itemsize: int, count: int, offset: int) -> int:
    """How many elements to take from a buffer of `size` bytes."""
    if not size or not count:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    left = size - offset
    if count < 0 and left % itemsize:
        raise ValueError(
            f"buffer length ({left} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({itemsize})"
        )
    count = left // itemsize if count < 0 else count
    if offset + count * itemsize > size:
        raise ValueError(
            f"requested buffer length ({count} * {itemsize} bytes) after offset ({offset} bytes) must not be greater "
            f"than actual buffer length ({size} bytes)"
        )
    return count


def from_file(
    filename: Any,
    shared: bool | None = None,
    size: int | None = 0,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """A flat tensor of `size` elements over a file; with `shared`, writes go to the file, which may have to grow."""
    wanted = defaults.dtype if dtype is None else as_dtype(dtype, "from_file")
    count = operator.index(size or 0)
    made = UntypedStorage.from_file(filename, bool(shared), count * wanted.itemsize)._tensor(wanted)
    return requiring(made, requires_grad)


class _Capsule:
    """A bare DLPack capsule, with the methods by which JAX takes it."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        # The device's two numbers stand after the data's address, which a versioned header of 32 bytes may precede.
        name = _capsule_name(self._capsule)
        if name not in (b"dltensor", b"dltensor_versioned"):
            raise RuntimeError(
                "from_dlpack received an invalid capsule. Note that a DLTensor capsule can be consumed only once, so "
                "you might have already constructed a tensor from it once."
            )
        start = _capsule_pointer(self._capsule, name) + (40 if name.endswith(b"versioned") else 8)
        kind, index = (ctypes.c_int32 * 2).from_address(start)
        return kind, index


_capsule_name = ctypes.pythonapi.PyCapsule_GetName
_capsule_name.restype, _capsule_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype, _capsule_pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor over memory that another library exports by DLPack: an object of its, or a capsule."""
    if isinstance(ext_tensor, Variable):
        return ext_tensor.detach()
    if isinstance(ext_tensor, np.ndarray):
        return from_numpy(ext_tensor)
    if not hasattr(ext_tensor, "__dlpack__"):
        ext_tensor = _Capsule(ext_tensor)
    return from_jax(jax.dlpack.from_dlpack(ext_tensor))


def to_dlpack(tensor: Any) -> Any:
    """A DLPack capsule of the tensor."""
    return tensor.__dlpack__()


class _LegacyType(type):
    """`torch.FloatTensor` and its like: they construct tensors and answer `isinstance` by dtype and layout."""

    _legacy_dtype: dtypes.dtype
    layout: Any
    is_cuda: bool

    def __instancecheck__(cls, instance: object) -> bool:
        return (
            isinstance(instance, Variable)
            and instance._aval.dtype is cls._legacy_dtype
            and instance.layout is cls.layout
            and instance._aval.device.type == ("cuda" if cls.is_cuda else "cpu")
        )

    @property
    def is_sparse(cls) -> bool:
        return cls.layout is not strided

    def __repr__(cls) -> str:
        return f"<class '{cls.__module__}.{cls.__name__}'>"


def legacy_types(construct: Any, module: str = "torch", layout: Any = strided) -> dict[str, Any]:
    """The legacy constructors, by name: each gives `construct(args, dtype, device)`; on a GPU for `torch.cuda`."""
    is_cuda = module.startswith("torch.cuda")

    def make(name: str, dtype: dtypes.dtype) -> Any:
        def new(cls: Any, *args: Any, device: Any = None) -> Any:
            require_type(cls)
            made = construct(args, dtype, device)
            return made.cuda(device) if is_cuda else made

        members = {"__new__": new, "_legacy_dtype": dtype, "dtype": dtype, "layout": layout, "__module__": module}
        return _LegacyType(name, (), {**members, "is_cuda": is_cuda})

    return {f"{short}Tensor": make(f"{short}Tensor", dtype) for short, dtype in LEGACY_DTYPES.items()}


def require_type(given: Any) -> None:
    """Raise when a legacy type is one of tensors on a GPU and there is none."""
    if getattr(given, "is_cuda", False) and not cuda_count():
        name = f"{given.__module__}.{given.__name__}"
        raise TypeError(f"type {name} not available. Torch not compiled with CUDA enabled.")


FUNCTIONS = {f.__name__: f for f in (as_tensor, asarray, frombuffer, from_dlpack, from_file, to_dlpack)}
