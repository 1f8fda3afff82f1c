"""The few names of PyTorch's C++ module that Python code asks for; any other raises an error that names it."""

from __future__ import annotations

from typing import Any

from jaxtorch._base.devices import device as device
from jaxtorch._base.dtypes import dtype as dtype
from jaxtorch._base.sizes import Size as Size
from jaxtorch._ops.linalg_common import LinAlgError as _LinAlgError  # noqa: F401
from jaxtorch._tensor.conversion import parse_to as _parse_to
from jaxtorch._tensor.overriding import disabled as _disabled_torch_function_impl  # noqa: F401
from jaxtorch._tensor.random import Generator as Generator
from jaxtorch._tensor.random import default as default_generator  # noqa: F401
from jaxtorch._tensor.tensor import Tensor as _Tensor
from jaxtorch.overrides import DisableTorchFunction as DisableTorchFunction
from jaxtorch.overrides import DisableTorchFunctionSubclass as DisableTorchFunctionSubclass

_TensorMeta = type(_Tensor)


class PyTorchFileReader:
    """The reader of saved archives, which annotations name.

    Raises:
        NotImplementedError: always; `torch.load` reads archives, and Python's `zipfile` their records.
    """

    def __init__(self, *args: Any) -> None:
        raise NotImplementedError("torch.PyTorchFileReader is not supported by jaxtorch; use torch.load or zipfile")


class _nn:
    """`torch._C._nn`."""

    @staticmethod
    def _parse_to(*args: Any, **kwargs: Any) -> tuple:
        """What `Tensor.to` takes from its arguments: device, dtype, non_blocking, memory_format."""
        dtype, device, *_ = _parse_to(args, kwargs)
        return device, dtype, kwargs.get("non_blocking", True in args[1:2]), kwargs.get("memory_format")


def _get_tracing_state() -> None:
    """Whether `torch.jit.trace` is recording: it never is."""


def _log_api_usage_once(event: str) -> None:
    """Tell PyTorch's usage log of an event; there is none."""


def _are_functorch_transforms_active() -> bool:
    """Whether code runs under functorch's interpreters: `torch.func` here has none."""
    return False


def _unused_switch(enabled: bool = False) -> bool:
    """A switch of TorchScript's executors, which run nothing here; gives what was set before."""
    return False


_jit_set_profiling_executor = _jit_set_profiling_mode = _jit_override_can_fuse_on_cpu = _unused_switch
_jit_override_can_fuse_on_gpu = _jit_set_texpr_fuser_enabled = _jit_set_nvfuser_enabled = _unused_switch
_jit_can_fuse_on_cpu = _jit_can_fuse_on_gpu = _unused_switch


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch._C' has no attribute '{name}' (jaxtorch does not have it)")
