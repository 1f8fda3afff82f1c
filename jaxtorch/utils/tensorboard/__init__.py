"""`torch.utils.tensorboard`: writing what TensorBoard shows; needs the package `tensorboard`."""

from __future__ import annotations

import importlib.util
from typing import Any

from jaxtorch.utils.tensorboard import writer as _writer

__all__ = ["FileWriter", "SummaryWriter"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'torch.utils.tensorboard' has no attribute '{name}' (jaxtorch does not have it)")
    # Scripts go by this error to do without.
    if importlib.util.find_spec("tensorboard") is None:
        raise ModuleNotFoundError("No module named 'tensorboard'", name="tensorboard")
    return getattr(_writer, name)
