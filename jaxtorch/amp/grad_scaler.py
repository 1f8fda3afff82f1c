"""`torch.amp.GradScaler`, disabled: on CPU and without a GPU PyTorch's own passes everything through too."""

from __future__ import annotations

import warnings
from typing import Any


class GradScaler:
    """Loss scaling for float16 training on a GPU.

    Without a GPU it is disabled, as in PyTorch: `scale` gives the loss, `step` calls the optimiser.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and device == "cuda":
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.",
                UserWarning,
                stacklevel=2,
            )
            enabled = False
        if enabled:
            raise NotImplementedError(
                "torch.amp.GradScaler(enabled=True) is not supported by jaxtorch on this device; "
                "bfloat16 training needs no loss scaling: pass enabled=False"
            )
        self._enabled = enabled

    def scale(self, outputs: Any) -> Any:
        """The outputs, unscaled."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Nothing to undo."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step()`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Nothing to update."""

    def is_enabled(self) -> bool:
        """Whether losses are scaled."""
        return self._enabled

    def get_scale(self) -> float:
        """1.0 when disabled."""
        return 1.0

    def state_dict(self) -> dict:
        """Empty when disabled."""
        return {}

    def load_state_dict(self, state_dict: dict) -> None:
        """Ignored when disabled."""
