"""`torch.nn.attention`: the choice of an implementation of attention. Here there is one; choices are only kept."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from typing import Any

from jaxtorch.nn.attention import bias as bias
from jaxtorch.nn.attention import flex_attention as flex_attention

__all__ = ["SDPBackend", "sdpa_kernel", "WARN_FOR_UNFUSED_KERNELS"]

WARN_FOR_UNFUSED_KERNELS = False


class SDPBackend(enum.Enum):
    """PyTorch's implementations of `scaled_dot_product_attention`."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


_enabled: list[SDPBackend] = [b for b in SDPBackend if b is not SDPBackend.ERROR]


def _cur_sdpa_kernel_backends(with_priority: bool = False) -> list[SDPBackend]:
    return list(_enabled)


@contextlib.contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[dict]:
    """Choose implementations of attention for a block; without effect on results or speed."""
    if not isinstance(backends, (list, SDPBackend)):
        raise AssertionError(
            f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got "
            f"{type(backends).__name__}"
        )
    before = list(_enabled)
    _enabled[:] = [backends] if isinstance(backends, SDPBackend) else list(dict.fromkeys(backends))
    try:
        yield {}
    finally:
        _enabled[:] = before
