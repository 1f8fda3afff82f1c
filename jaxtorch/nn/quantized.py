"""`torch.nn.quantized`, now `torch.ao.nn.quantized`: operations that may become quantised, computed with floats."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.composites import cat as _cat
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.nn.functional import relu as _relu
from jaxtorch.nn.modules.linear import Identity
from jaxtorch.nn.modules.module import Module


class FloatFunctional(Module):
    """Operations as methods, so that `activation_post_process` sees what each gives."""

    def __init__(self) -> None:
        super().__init__()
        self.activation_post_process = Identity()

    def forward(self, x: Any) -> Any:
        """RuntimeError: call one of the operations."""
        raise RuntimeError("FloatFunctional is not intended to use the 'forward'. Please use the underlying operation")

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        """`x + y`."""
        return self.activation_post_process(x + y)

    def add_scalar(self, x: Tensor, y: float) -> Tensor:
        """`x + y` for a number, which nothing watches."""
        return x + y

    def mul(self, x: Tensor, y: Tensor) -> Tensor:
        """`x * y`."""
        return self.activation_post_process(x * y)

    def mul_scalar(self, x: Tensor, y: float) -> Tensor:
        """`x * y` for a number, which nothing watches."""
        return x * y

    def cat(self, x: list[Tensor], dim: int = 0) -> Tensor:
        """The tensors joined."""
        return self.activation_post_process(_cat(x, dim))

    def add_relu(self, x: Tensor, y: Tensor) -> Tensor:
        """`relu(x + y)`."""
        return self.activation_post_process(_relu(x + y))

    def matmul(self, x: Tensor, y: Tensor) -> Tensor:
        """`x @ y`."""
        return self.activation_post_process(x @ y)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.nn.quantized' has no attribute '{name}' (jaxtorch does not have it)")
