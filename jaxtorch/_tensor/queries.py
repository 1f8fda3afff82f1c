"""Small questions about tensors and dtypes: `is_tensor`, `result_type`, default dtype and device."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base import promotion
from jaxtorch._base.devices import CPU, cuda_count, device
from jaxtorch._base.devices import device as device_
from jaxtorch._base.dtypes import FLOATING, dtype
from jaxtorch._base.modes import defaults, modes
from jaxtorch._base.once import warn_once
from jaxtorch._tensor.arguments import number
from jaxtorch._tensor.conversion import device_of_type, dtype_of_type


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Variable)


def is_storage(obj: Any) -> bool:
    """Whether `obj` is a storage object."""
    return hasattr(obj, "_jaxtorch_storage")


def is_floating_point(input: Any) -> bool:
    """Whether the dtype is a floating point one."""
    return input._aval.dtype.is_floating_point


def is_complex(input: Any) -> bool:
    """Whether the dtype is complex."""
    return input._aval.dtype.is_complex


def is_signed(input: Any) -> bool:
    """Whether the dtype has a sign."""
    return input._aval.dtype.is_signed


def numel(input: Any) -> int:
    """The number of elements."""
    return input._aval.numel


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """The dtype an elementwise operation on the two gives."""
    avals = [x._aval if isinstance(x, Variable) else number(x).aval for x in (tensor1, tensor2)]  # type: ignore[union-attr]
    return promotion.result_type(avals)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype both convert to."""
    return promotion.promote_types(type1, type2)


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether a result of one dtype may be written into a tensor of the other."""
    return promotion.can_cast(from_, to)


def get_default_dtype() -> dtype:
    """The dtype of tensors made from Python floats."""
    return defaults.dtype


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of tensors made from Python floats."""
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if d.category != FLOATING:
        raise TypeError("only floating-point types are supported as the default type")
    defaults.set_dtype(d)


def set_default_tensor_type(t: Any) -> None:
    """Set the default dtype by a legacy tensor type, and the default device when it is one of tensors on a GPU."""
    warn_once(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives."
    )
    where = device_of_type(t)
    if where is not None and where.type == "cuda":
        if not cuda_count():
            name = t if isinstance(t, str) else f"{t.__module__}.{t.__name__}"
            raise TypeError(f"type {name} not available. Torch not compiled with CUDA enabled.")
        defaults.device = where
    set_default_dtype(dtype_of_type(t))


def get_default_device() -> device:
    """The device of factory functions."""
    return defaults.device or CPU


def set_default_device(device: Any) -> None:
    """Set the device of factory functions."""
    defaults.device = None if device is None else device_(device)


def are_deterministic_algorithms_enabled() -> bool:
    """The flag set by `use_deterministic_algorithms`."""
    return modes.deterministic


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape."""
    return input._aval.shape == other._aval.shape


def is_set_to(self: Any, tensor: Any) -> bool:
    """Whether two tensors show the same memory in the same way."""
    return (
        self._storage is tensor._storage
        and self._aval.shape == tensor._aval.shape
        and self.stride() == tensor.stride()
        and self.storage_offset() == tensor.storage_offset()
    )


def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool = True) -> Any:
    """The tensor itself (in another dtype): it is dense already."""
    return self if dtype is None else self.to(dtype)


FUNCTIONS = {
    f.__name__: f
    for f in (
        is_tensor,
        is_storage,
        is_floating_point,
        is_complex,
        is_signed,
        numel,
        result_type,
        promote_types,
        can_cast,
        get_default_dtype,
        set_default_dtype,
        set_default_tensor_type,
        get_default_device,
        set_default_device,
        are_deterministic_algorithms_enabled,
        is_same_size,
    )
}
METHODS = {f.__name__: f for f in (is_same_size, is_set_to, to_dense)}
