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
from jaxtorch._tensor.arguments import as_device, as_dtype
from jaxtorch._tensor.construct import tensor
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
    """`as_tensor` with a say about copying."""
    made = as_tensor(obj, dtype, device)
    if copy and (made is obj or isinstance(obj, np.ndarray)):
        made = made.clone()
    if copy is False and not isinstance(obj, (Variable, np.ndarray, jax.Array)):
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    made = made.detach() if not requires_grad and made is not obj else made
    return made.requires_grad_() if requires_grad else made


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Any:
    """A flat tensor over an object with the buffer interface, sharing its memory."""
    wanted = as_dtype(dtype, "frombuffer")
    array = np.frombuffer(buffer, wanted.numpy_dtype, count, offset)
    made = from_numpy(array) if array.flags.writeable else tensor(array)
    return made.requires_grad_() if requires_grad else made


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
    return made.requires_grad_() if requires_grad else made


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
