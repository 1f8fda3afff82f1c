"""The root namespace for the packages above `nn`, which cannot import the root package itself.

`from jaxtorch._root import torch` lets their code read like ordinary PyTorch code: `torch.cat` is the very function
`jaxtorch.cat`.
"""

from __future__ import annotations

import math
from typing import Any

from jaxtorch._autograd.grad_mode import enable_grad, no_grad
from jaxtorch._base.dtypes import ALIASES, DTYPES
from jaxtorch._base.info import finfo, iinfo
from jaxtorch._base.sizes import Size
from jaxtorch._tensor.construct import tensor
from jaxtorch._tensor.layouts import CONSTANTS
from jaxtorch._tensor.tensor import FUNCTIONS, Tensor
from jaxtorch.nn import functional


class _Namespace:
    """Functions under a dotted prefix, and more names, as attributes."""

    def __init__(self, prefix: str, more: dict[str, Any]) -> None:
        self._prefix = prefix
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> Any:
        found = FUNCTIONS.get(self._prefix + name)
        if found is None:
            raise AttributeError(f"module 'torch' has no attribute '{self._prefix}{name}' (jaxtorch does not have it)")
        setattr(self, name, found)
        return found


torch = _Namespace(
    "",
    {
        **DTYPES,
        **ALIASES,
        **CONSTANTS,
        "Size": Size,
        "Tensor": Tensor,
        "enable_grad": enable_grad,
        "finfo": finfo,
        "functional": functional,
        "iinfo": iinfo,
        "inf": math.inf,
        "linalg": _Namespace("linalg.", {}),
        "nan": math.nan,
        "no_grad": no_grad,
        "special": _Namespace("special.", {}),
        "tensor": tensor,
    },
)
