"""DistributedDataParallel among one process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from jaxtorch.distributed._group import default
from jaxtorch.nn.modules.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """Runs `module`, whose gradients need no averaging: the process group has one process.

    Raises:
        ValueError: there is no process group (`torch.distributed.init_process_group`).
        RuntimeError: no parameter requires a gradient.
    """

    def __init__(
        self,
        module: Module,
        device_ids: Any = None,
        output_device: Any = None,
        dim: int = 0,
        broadcast_buffers: bool = True,
        init_sync: bool = True,
        process_group: Any = None,
        bucket_cap_mb: float | None = None,
        find_unused_parameters: bool = False,
        check_reduction: bool = False,
        gradient_as_bucket_view: bool = False,
        static_graph: bool = False,
        **others: Any,
    ) -> None:
        super().__init__()
        self.process_group = process_group if process_group is not None else default()
        if not any(p.requires_grad for p in module.parameters()):
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameters that require a "
                "gradient."
            )
        self.module = module
        self.device_ids, self.output_device, self.dim = device_ids, output_device, dim
        self.device = next(p.device for p in module.parameters() if p.requires_grad)
        self.broadcast_buffers, self.find_unused_parameters = broadcast_buffers, find_unused_parameters
        self.gradient_as_bucket_view, self.static_graph = gradient_as_bucket_view, static_graph
        self.require_backward_grad_sync = True

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)

    @contextlib.contextmanager
    def no_sync(self) -> Iterator[None]:
        """Gather gradients without averaging them over processes."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    @contextlib.contextmanager
    def join(self, divide_by_initial_world_size: bool = True, enable: bool = True, throw_on_early_termination=False):
        """Let processes have different numbers of batches."""
        yield

    def register_comm_hook(self, state: object, hook: Any) -> None:
        """Take over how gradients are averaged: among one process they are not."""
        if not callable(hook):
            raise TypeError("Communication hook must be callable.")
