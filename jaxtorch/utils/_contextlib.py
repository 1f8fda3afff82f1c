"""`torch.utils._contextlib`: the base of context managers that are decorators too."""

from jaxtorch._autograd.grad_mode import _Mode as _DecoratorContextManager

__all__ = ["_DecoratorContextManager"]
