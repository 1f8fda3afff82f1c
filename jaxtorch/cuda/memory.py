"""`torch.cuda.memory`: what is told of a GPU's memory, beside what `torch.cuda` has by itself."""

from __future__ import annotations

from typing import Any

import jax

from jaxtorch._base.devices import cuda_count
from jaxtorch._base.errors import OutOfMemoryError as OutOfMemoryError
from jaxtorch.cuda.streams import mem_get_info as mem_get_info


def _statistics(device: Any) -> dict[str, int]:
    index = device if isinstance(device, int) else getattr(device, "index", None) or 0
    return jax.devices("gpu")[index].memory_stats() or {} if cuda_count() else {}


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """What JAX tells of a GPU's memory, a line each; nothing without a GPU."""
    return "\n".join(f"{name}: {amount}" for name, amount in sorted(_statistics(device).items()))


def memory_stats_as_nested_dict(device: Any = None) -> dict[str, Any]:
    """What JAX tells of a GPU's memory, under JAX's names, which do not nest; empty without a GPU."""
    return dict(_statistics(device))


def memory_cached(device: Any = None) -> int:
    """The older name of `memory_reserved`."""
    return int(_statistics(device).get("bytes_reserved", 0))


def max_memory_cached(device: Any = None) -> int:
    """The older name of `max_memory_reserved`."""
    return int(_statistics(device).get("peak_bytes_reserved", 0))


def reset_accumulated_memory_stats(device: Any = None) -> None:
    """JAX does not reset its counts; accepted without effect."""


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """Not supported.

    Raises:
        NotImplementedError: JAX sets memory aside once, when it starts: set XLA_PYTHON_CLIENT_MEM_FRACTION before.
    """
    if not cuda_count():
        raise AssertionError("Torch not compiled with CUDA enabled")
    raise NotImplementedError(
        "torch.cuda.set_per_process_memory_fraction is not supported by jaxtorch; set the environment variable "
        "XLA_PYTHON_CLIENT_MEM_FRACTION before the program starts"
    )
