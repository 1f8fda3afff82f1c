"""Splitting inputs over devices and joining results: over one device, nested structures are moved there."""

from __future__ import annotations

from typing import Any

from jaxtorch._base.devices import device
from jaxtorch.nn.parallel.data_parallel import _move

__all__ = ["gather", "scatter", "scatter_kwargs"]


def _only(devices: Any) -> device:
    if len(devices) != 1:
        raise NotImplementedError(
            "torch.nn.parallel.scatter over several devices is not supported by jaxtorch; pass one device"
        )
    return device("cuda", devices[0]) if isinstance(devices[0], int) else device(devices[0])


def scatter(inputs: Any, target_gpus: Any, dim: int = 0) -> list:
    """A list with the inputs for each device."""
    return [_move(inputs, _only(target_gpus))]


def scatter_kwargs(inputs: Any, kwargs: Any, target_gpus: Any, dim: int = 0) -> tuple:
    """The positional and keyword arguments for each device."""
    target = _only(target_gpus)
    return (tuple(_move(inputs, target)),), (_move(kwargs or {}, target),)


def gather(outputs: Any, target_device: Any, dim: int = 0) -> Any:
    """The results of all devices as one, on a device."""
    (output,) = outputs
    return _move(output, device("cuda", target_device) if isinstance(target_device, int) else device(target_device))
