"""The few names of PyTorch's C++ module that Python code asks for; any other raises an error that names it."""

from __future__ import annotations

from typing import Any

from jaxtorch._tensor.overriding import disabled as _disabled_torch_function_impl  # noqa: F401
from jaxtorch._tensor.random import Generator as Generator
from jaxtorch.overrides import DisableTorchFunction as DisableTorchFunction
from jaxtorch.overrides import DisableTorchFunctionSubclass as DisableTorchFunctionSubclass


def _get_tracing_state() -> None:
    """Whether `torch.jit.trace` is recording: it never is."""


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch._C' has no attribute '{name}' (jaxtorch does not have it)")
