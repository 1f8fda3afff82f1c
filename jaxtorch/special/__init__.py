"""`torch.special`: the functions of the operation table by name."""

from jaxtorch._tensor.namespaces import functions_of as _functions_of

globals().update(_functions_of("special"))
__all__ = sorted(_functions_of("special"))
