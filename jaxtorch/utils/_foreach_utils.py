"""`torch.utils._foreach_utils`: how optimisers written for PyTorch group their tensors."""

from __future__ import annotations

from typing import Any


def _get_foreach_kernels_supported_devices() -> list[str]:
    """Devices on which PyTorch updates many tensors at once by default."""
    return ["cuda", "xpu", "mtia", "privateuseone"]


def _get_fused_kernels_supported_devices() -> list[str]:
    """Devices on which an optimiser's step may be one call; here it is on every one."""
    return ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]


def _group_tensors_by_device_and_dtype(tensorlistlist: list, with_indices: bool = False) -> dict:
    """Lists of tensors that belong together, cut by the device and dtype of the first list's."""
    groups: dict[tuple, tuple] = {}
    for i, row in enumerate(zip(*tensorlistlist, strict=True)):
        lists, indices = groups.setdefault((row[0].device, row[0].dtype), ([[] for _ in row], []))
        for group, tensor in zip(lists, row, strict=True):
            group.append(tensor)
        if with_indices:
            indices.append(i)
    return groups


def _device_has_foreach_support(device: Any) -> bool:
    return device.type in (*_get_foreach_kernels_supported_devices(), "cpu")


def _has_foreach_support(tensors: list, device: Any) -> bool:
    return _device_has_foreach_support(device)
