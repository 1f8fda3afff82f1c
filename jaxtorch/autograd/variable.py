"""`torch.autograd.Variable`: the old name of tensors."""

from __future__ import annotations

import warnings
from typing import Any

from jaxtorch._autograd.backward import queue_callback
from jaxtorch._tensor.tensor import Tensor

__all__ = ["Variable", "VariableMeta"]


class _Engine:
    """What walks backward, as far as code outside PyTorch asks for it."""

    @staticmethod
    def queue_callback(callback: Any) -> None:
        """Call something once the backward pass that is running has ended."""
        queue_callback(callback)

    @staticmethod
    def is_checkpoint_valid() -> bool:
        """Whether reentrant checkpoints may run: `backward` was not restricted to inputs."""
        return True


class VariableMeta(type):
    """Makes every tensor an instance of `Variable`."""

    def __instancecheck__(cls, other: Any) -> bool:
        return isinstance(other, Tensor)


class Variable(metaclass=VariableMeta):
    """`Variable(data, requires_grad=False)` is a tensor with the memory of `data` and no history."""

    _execution_engine = _Engine()

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: Any = None) -> Any:
        if data is not None and not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        if volatile:
            message = "volatile was removed and now has no effect. Use `with torch.no_grad():` instead."
            warnings.warn(message, UserWarning, stacklevel=2)
        if requires_grad and data is not None and not data._aval.dtype.differentiable:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        return (Tensor() if data is None else data.detach().as_subclass(Tensor)).requires_grad_(bool(requires_grad))
