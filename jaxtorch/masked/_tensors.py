"""The names around `MaskedTensor`, a prototype of PyTorch's that jaxtorch does not have."""

from __future__ import annotations

from typing import Any

_INSTEAD = "is not supported by jaxtorch; pass mask= to the functions of torch.masked"


class MaskedTensor:
    """Not supported: the functions of `torch.masked` take a tensor and a mask."""

    def __init__(self, data: Any, mask: Any, requires_grad: bool = False) -> None:
        raise NotImplementedError(f"torch.masked.MaskedTensor {_INSTEAD}")


def is_masked_tensor(obj: Any, /) -> bool:
    """Whether `obj` is a MaskedTensor: there are none."""
    return isinstance(obj, MaskedTensor)


def masked_tensor(data: Any, mask: Any, requires_grad: bool = False) -> Any:
    """Not supported: the functions of `torch.masked` take a tensor and a mask."""
    raise NotImplementedError(f"torch.masked.masked_tensor {_INSTEAD}")


def as_masked_tensor(data: Any, mask: Any) -> Any:
    """Not supported: the functions of `torch.masked` take a tensor and a mask."""
    raise NotImplementedError(f"torch.masked.as_masked_tensor {_INSTEAD}")
