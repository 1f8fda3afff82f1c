"""Functions that pickles name to make tensors again; `jaxtorch._utils` shows them under PyTorch's names."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor import storages
from jaxtorch._tensor.creation import empty_strided
from jaxtorch._tensor.storages import UntypedStorage


def rebuild_tensor(storage: Any, storage_offset: int, size: Any, stride: Any) -> Any:
    """A tensor over a typed storage."""
    return storages.tensor_over(storage._untyped_storage, storage.dtype, storage_offset, size, stride)


def rebuild_tensor_v2(
    storage: Any,
    storage_offset: int,
    size: Any,
    stride: Any,
    requires_grad: bool,
    backward_hooks: Any,
    metadata: Any = None,
) -> Any:
    """A tensor over a typed storage, as a leaf."""
    tensor = rebuild_tensor(storage, storage_offset, size, stride)
    if metadata:
        tensor = _resolved(tensor, metadata)
    tensor.requires_grad = requires_grad
    return tensor


def rebuild_tensor_v3(
    storage: Any,
    storage_offset: int,
    size: Any,
    stride: Any,
    requires_grad: bool,
    backward_hooks: Any,
    dtype: Any,
    metadata: Any = None,
) -> Any:
    """A tensor over a storage of bytes, for dtypes that have no storage class."""
    untyped = storage if isinstance(storage, UntypedStorage) else storage._untyped_storage
    tensor = storages.tensor_over(untyped, dtype, storage_offset, size, stride)
    if metadata:
        tensor = _resolved(tensor, metadata)
    tensor.requires_grad = requires_grad
    return tensor


def _resolved(tensor: Any, metadata: dict) -> Any:
    # PyTorch may save a conjugate or negative that it has not computed yet; there are no such tensors here.
    if metadata.get("conj"):
        tensor = tensor.conj().clone()
    return tensor.neg() if metadata.get("neg") else tensor


def rebuild_meta_tensor_no_storage(dtype: Any, size: Any, stride: Any, requires_grad: bool) -> Any:
    """A tensor of the `meta` device."""
    return empty_strided(size, stride, dtype=dtype, device="meta", requires_grad=requires_grad)


def rebuild_device_tensor(data: Any, dtype: Any, device: Any, requires_grad: bool) -> Any:
    """A tensor of a device that files hold as a CPU tensor."""
    tensor = data.to(dtype=dtype, device=device)
    tensor.requires_grad = requires_grad
    return tensor


def rebuild_from_type_v2(func: Any, new_type: type, args: tuple, state: Any) -> Any:
    """A tensor of a subclass, or one with attributes of its own."""
    made = func(*args)
    if type(made) is not new_type:
        made = made.as_subclass(new_type)
    if hasattr(new_type, "__setstate__"):
        made.__setstate__(state)
    elif state:
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        made.__dict__.update(attributes or {})
        for name, value in (slots or {}).items():
            setattr(made, name, value)
    return made
