"""DataParallel."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.devices import cuda_count
from jaxtorch._base.devices import device as device_
from jaxtorch.nn.modules.module import Module

__all__ = ["DataParallel", "data_parallel"]


def _index(x: Any) -> int:
    return x if isinstance(x, int) else device_(x).index or 0


def _devices(device_ids: Any) -> list[int]:
    """The devices to use: none without a GPU."""
    if not cuda_count():
        return []
    chosen = list(range(cuda_count())) if device_ids is None else [_index(x) for x in device_ids]
    if len(chosen) > 1:
        raise NotImplementedError(
            "nn.DataParallel over several devices is not supported by jaxtorch; pass device_ids=[0]"
        )
    return chosen


def _move(x: Any, dev: device_) -> Any:
    """A nested structure with its tensors on a device."""
    if isinstance(x, Variable):
        return x.to(dev)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*[_move(i, dev) for i in x])
    if isinstance(x, (list, tuple)):
        return type(x)(_move(i, dev) for i in x)
    if isinstance(x, dict):
        return type(x)((k, _move(v, dev)) for k, v in x.items())
    return x


class DataParallel(Module):
    """Runs a module on the GPU if there is one, else where it is; inputs are moved there.

    Splitting batches over several devices is not supported.
    """

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids = _devices(device_ids)
        if self.device_ids:
            self.dim = dim
            self.output_device = self.device_ids[0] if output_device is None else _index(output_device)
            self.src_device_obj = device_("cuda", self.device_ids[0])
            self.module.to(self.src_device_obj)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Call the module."""
        if not self.device_ids:
            return self.module(*inputs, **kwargs)
        return self.module(*_move(inputs, self.src_device_obj), **_move(kwargs, self.src_device_obj))


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict | None = None,
) -> Any:
    """`DataParallel(module)(*inputs)`."""
    inputs = inputs if isinstance(inputs, tuple) else () if inputs is None else (inputs,)
    return DataParallel(module, device_ids, output_device, dim)(*inputs, **(module_kwargs or {}))
