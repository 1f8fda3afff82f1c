"""Parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch.nn._root import torch, typename

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def _check_device(param: Any, device: Any) -> Any:
    if device is not None and param.device != device:
        raise TypeError("Found two parameters on different devices, this is currently not supported.")
    return param.device


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All parameters flattened and joined."""
    device, parts = None, []
    for param in parameters:
        device = _check_device(param, device)
        parts.append(param.view(-1))
    return torch.cat(parts)


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Make the parameters views of the parts of a vector."""
    if not isinstance(vec, Variable):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    device, start = None, 0
    for param in parameters:
        device = _check_device(param, device)
        stop = start + param.numel()
        param.data = vec[start:stop].view_as(param).data  # type: ignore[index]
        start = stop
