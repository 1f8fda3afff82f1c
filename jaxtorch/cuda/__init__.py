"""`torch.cuda`: answers as on a machine without a GPU unless JAX has one."""

from __future__ import annotations

from collections import OrderedDict as _OrderedDict
from collections.abc import Callable as _Callable
from typing import Any

import jax as _jax

from jaxtorch._base.devices import cuda_count as _cuda_count
from jaxtorch._base.devices import device as _device
from jaxtorch._base.errors import AcceleratorError as AcceleratorError
from jaxtorch._base.errors import OutOfMemoryError as OutOfMemoryError
from jaxtorch._engine.recorder import flush as _flush
from jaxtorch._tensor.interop import legacy_types as _legacy_types
from jaxtorch._tensor.random import default as _default_generator
from jaxtorch._tensor.random import manual_seed as _manual_seed
from jaxtorch._tensor.tensor import Tensor as _Tensor
from jaxtorch.cuda import amp as amp
from jaxtorch.cuda import jiterator as jiterator
from jaxtorch.cuda import memory as memory
from jaxtorch.cuda import nvtx as nvtx
from jaxtorch.cuda import sparse as sparse
from jaxtorch.cuda.memory import max_memory_cached as max_memory_cached
from jaxtorch.cuda.memory import memory_cached as memory_cached
from jaxtorch.cuda.memory import memory_stats_as_nested_dict as memory_stats_as_nested_dict
from jaxtorch.cuda.memory import memory_summary as memory_summary
from jaxtorch.cuda.memory import reset_accumulated_memory_stats as reset_accumulated_memory_stats
from jaxtorch.cuda.memory import set_per_process_memory_fraction as set_per_process_memory_fraction
from jaxtorch.cuda.streams import CUDAGraph as CUDAGraph
from jaxtorch.cuda.streams import Event as Event
from jaxtorch.cuda.streams import ExternalStream as ExternalStream
from jaxtorch.cuda.streams import Stream as Stream
from jaxtorch.cuda.streams import StreamContext as StreamContext
from jaxtorch.cuda.streams import current_stream as current_stream
from jaxtorch.cuda.streams import default_stream as default_stream
from jaxtorch.cuda.streams import get_device_properties as get_device_properties
from jaxtorch.cuda.streams import get_rng_state as get_rng_state
from jaxtorch.cuda.streams import get_rng_state_all as get_rng_state_all
from jaxtorch.cuda.streams import graph as graph
from jaxtorch.cuda.streams import mem_get_info as mem_get_info
from jaxtorch.cuda.streams import set_rng_state as set_rng_state
from jaxtorch.cuda.streams import set_rng_state_all as set_rng_state_all
from jaxtorch.cuda.streams import set_stream as set_stream
from jaxtorch.cuda.streams import stream as stream

globals().update(_legacy_types(_Tensor._of_dtype, "torch.cuda"))

_initialized = False  # as `is_initialized()`
_current = 0
has_magma = has_half = False
default_generators: tuple = ()  # the one random stream serves all devices


def is_available() -> bool:
    """Whether JAX has a GPU."""
    return _cuda_count() > 0


def is_tf32_supported() -> bool:
    """False: matrix products use the precision that `set_float32_matmul_precision` asks for."""
    return False


def device_count() -> int:
    """How many GPUs JAX has."""
    return _cuda_count()


def is_initialized() -> bool:
    """Whether a GPU could be in use."""
    return is_available()


def init() -> None:
    """Nothing is left to initialise; raises without a GPU."""
    _require()


def _require() -> None:
    if not is_available():
        raise AssertionError("Torch not compiled with CUDA enabled")


def _jax_device(device: Any = None) -> Any:
    _require()
    index = _current if device is None else device if isinstance(device, int) else _device(device).index or 0
    return _jax.devices("gpu")[index]


def current_device() -> int:
    """The index of the GPU in use."""
    _require()
    return _current


def set_device(device: Any) -> None:
    """Choose the GPU in use."""
    global _current
    index = device if isinstance(device, int) else _device(device).index or 0
    if index >= 0:
        _jax_device(index)
        _current = index


def get_device_name(device: Any = None) -> str:
    """The name of a GPU."""
    return str(_jax_device(device).device_kind)


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """The compute capability of a GPU."""
    major, _, minor = str(getattr(_jax_device(device), "compute_capability", "0.0")).partition(".")
    return int(major), int(minor or 0)


def synchronize(device: Any = None) -> None:
    """Run what is pending and wait until the device has done it."""
    target = _jax_device(device)
    _flush()
    # A device runs programs in the order they were given.
    (_jax.device_put(0.0, target) + 1).block_until_ready()


def empty_cache() -> None:
    """JAX manages GPU memory; nothing is cached here."""


def manual_seed(seed: int) -> None:
    """Seed the random stream; ignored without a GPU."""
    if is_available():
        _manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """Seed the random stream of every GPU; ignored without one."""
    manual_seed(seed)


def initial_seed() -> int:
    """The seed the random stream was last started from; raises without a GPU."""
    _require()
    return _default_generator.initial_seed()


def seed() -> None:
    """Seed the random stream from a seed of the system's; ignored without a GPU."""
    if is_available():
        _default_generator.seed()


seed_all = seed


def _statistic(name: str, device: Any) -> int:
    return int((_jax_device(device).memory_stats() or {}).get(name, 0)) if is_available() else 0


def memory_allocated(device: Any = None) -> int:
    """Bytes in use on a GPU; 0 without one."""
    return _statistic("bytes_in_use", device)


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes that have been in use on a GPU; 0 without one."""
    return _statistic("peak_bytes_in_use", device)


def memory_reserved(device: Any = None) -> int:
    """Bytes JAX has reserved on a GPU; 0 without one."""
    return _statistic("bytes_reserved", device)


def max_memory_reserved(device: Any = None) -> int:
    """The most bytes JAX has reserved on a GPU; 0 without one."""
    return _statistic("peak_bytes_reserved", device)


def memory_stats(device: Any = None) -> dict[str, int]:
    """What JAX tells of a GPU's memory, under JAX's names; empty without one."""
    return _OrderedDict(_jax_device(device).memory_stats() or {}) if is_available() else _OrderedDict()


for _function in (empty_cache, max_memory_allocated, max_memory_reserved, memory_allocated, memory_reserved):
    setattr(memory, _function.__name__, _function)
memory.memory_stats = memory_stats  # type: ignore[attr-defined]
del _function


def is_current_stream_capturing() -> bool:
    """Whether a CUDA graph is being recorded: it never is."""
    return False


def get_arch_list() -> list[str]:
    """The architectures PyTorch was compiled for: none, XLA compiles for the one there is."""
    return []


def _lazy_call(callable: _Callable[[], Any], **kwargs: Any) -> None:
    if is_available():
        callable()


def reset_peak_memory_stats(device: Any = None) -> None:
    """JAX does not reset its peaks; accepted without effect."""


reset_max_memory_allocated = reset_max_memory_cached = reset_peak_memory_stats


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether the GPU computes in bfloat16."""
    return is_available() and get_device_capability() >= (8, 0)


def ipc_collect() -> None:
    """Nothing is shared between processes."""


class device:
    """Use a GPU inside a `with` block; ignored without one."""

    def __init__(self, device: Any) -> None:
        self.index = device if isinstance(device, int) else (_device(device).index or 0) if device is not None else -1

    def __enter__(self) -> None:
        self.before = _current
        if self.index >= 0 and is_available():
            set_device(self.index)

    def __exit__(self, *exc: Any) -> None:
        if is_available():
            set_device(self.before)


class device_of(device):
    """Use the GPU of a tensor inside a `with` block; ignored where it is on no GPU."""

    def __init__(self, obj: Any) -> None:
        super().__init__(obj.device if obj.is_cuda else -1)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.cuda' has no attribute '{name}' (jaxtorch does not have it)")
