"""`torch.utils`."""

from typing import Any

from jaxtorch.nn._conversion import swap_tensors as swap_tensors
from jaxtorch.utils import _pytree as _pytree
from jaxtorch.utils import benchmark as benchmark
from jaxtorch.utils import checkpoint as checkpoint
from jaxtorch.utils import data as data
from jaxtorch.utils import deterministic as deterministic
from jaxtorch.utils import dlpack as dlpack
from jaxtorch.utils import hooks as hooks


def set_module(obj: Any, mod: str) -> None:
    """Say which module an object belongs to."""
    if not isinstance(mod, str):
        raise TypeError("The mod argument should be a string")
    obj.__module__ = mod


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.utils' has no attribute '{name}' (jaxtorch does not have it)")
