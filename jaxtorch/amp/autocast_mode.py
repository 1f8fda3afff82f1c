"""`torch.amp.autocast`."""

from __future__ import annotations

import functools
import warnings
from typing import Any


class autocast:
    """Automatic mixed precision for a device type.

    Works where it changes nothing: `enabled=False`, or "cuda" without a GPU (PyTorch warns and disables it then). An
    enabled autocast raises NotImplementedError: convert the model with `.to(torch.bfloat16)` instead.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = device_type
        if enabled and device_type == "cuda":
            warnings.warn(
                "User provided device_type of 'cuda', but CUDA is not available. Disabling", UserWarning, stacklevel=2
            )
            enabled = False
        if enabled:
            raise NotImplementedError(
                "torch.autocast(enabled=True) is not supported by jaxtorch yet; convert the model with "
                ".to(torch.bfloat16), or pass enabled=False"
            )
        self.fast_dtype, self._enabled = dtype, enabled

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *exc: Any) -> None:
        return None

    def __call__(self, function: Any) -> Any:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return inside


def is_autocast_available(device_type: str) -> bool:
    """False: nothing is autocast."""
    return False
