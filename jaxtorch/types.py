"""`torch.types`: names for annotations."""

import os as _os
from collections.abc import Sequence as _Sequence
from typing import IO as _IO
from typing import TypeAlias as _TypeAlias

from jaxtorch._base.devices import device as _device
from jaxtorch._base.dtypes import dtype as _dtype  # noqa: F401
from jaxtorch._base.sizes import Size as _Size
from jaxtorch._tensor.layouts import layout as _layout  # noqa: F401
from jaxtorch._tensor.storages import UntypedStorage as Storage
from jaxtorch._tensor.tensor import Tensor as _Tensor

__all__ = ["Number", "Device", "FileLike", "Storage"]

Number: _TypeAlias = int | float | bool
_Number = (int, float, bool)
FileLike: _TypeAlias = str | _os.PathLike[str] | _IO[bytes]
Device: _TypeAlias = _device | str | int | None
_TensorOrTensors: _TypeAlias = _Tensor | _Sequence[_Tensor]
_TensorOrOptionalTensors: _TypeAlias = _Tensor | _Sequence[_Tensor | None]
_size: _TypeAlias = _Size | list[int] | tuple[int, ...]
IntLikeType: _TypeAlias = int
FloatLikeType: _TypeAlias = float
BoolLikeType: _TypeAlias = bool


def __getattr__(name: str) -> object:
    raise AttributeError(f"module 'torch.types' has no attribute '{name}' (jaxtorch does not have it)")
