"""`torch.amp.autocast`, and its decorators for `autograd.Function`."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.devices import device
from jaxtorch._base.dtypes import bfloat16, float16
from jaxtorch._tensor import autocasting

_AVAILABLE = ("cpu", "cuda", "xla", "xpu", "mps", "hpu", "mtia")


def is_autocast_available(device_type: str) -> bool:
    """Whether a device type knows autocast."""
    return device(device_type).type in _AVAILABLE


class autocast:
    """Automatic mixed precision: inside, products run in bfloat16 (float16 by `dtype`), losses and the like in float32.

    A context or a decorator. Which functions cast on "cpu" and on "cuda" is as in PyTorch; "cuda" without a GPU warns
    and does nothing.

    Example:
        >>> import jaxtorch as torch
        >>> with torch.autocast("cpu"):
        ...     y = torch.ones(2, 3) @ torch.ones(3, 2)
        >>> y.dtype
        torch.bfloat16
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.fast_dtype = autocasting.fast_dtype(device_type) if dtype is None else dtype
        self.device = device_type
        if not is_autocast_available(device_type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        if enabled and device_type in ("xpu", "mps", "hpu", "mtia"):
            raise NotImplementedError(
                f"torch.autocast('{device_type}') is not supported by jaxtorch; use 'cpu' or 'cuda'"
            )
        self._cache_enabled = autocasting.state.autocast_cache if cache_enabled is None else cache_enabled
        if enabled and device_type == "cuda" and not autocasting.has_gpu():
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            enabled = False
        elif enabled and self.fast_dtype not in (bfloat16, float16):
            warnings.warn(
                f"In {device_type.upper()} autocast, but the target dtype is not supported. Disabling autocast.\n"
                f"{device_type.upper()} Autocast only supports dtypes of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled

    def __enter__(self) -> autocast:
        self.prev_cache_enabled = autocasting.state.autocast_cache
        self.prev = autocasting.enabled(self.device)
        self.prev_fastdtype = autocasting.fast_dtype(self.device)
        autocasting.set_fast_dtype(self.device, self.fast_dtype)
        autocasting.set_enabled(self.device, self._enabled)
        autocasting.state.autocast_nesting += 1
        autocasting.state.autocast_cache = self._cache_enabled
        return self

    def __exit__(self, *exc: Any) -> None:
        autocasting.state.autocast_nesting -= 1
        autocasting.set_fast_dtype(self.device, self.prev_fastdtype)
        autocasting.set_enabled(self.device, self.prev)
        autocasting.state.autocast_cache = self.prev_cache_enabled

    def __call__(self, func: Any) -> Any:
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. "
                f"Did you mean to use autocast as a context manager? For example:\n"
                f"    with torch.autocast(device_type=...):\n"
                f"        output = model(input)"
            )

        @functools.wraps(func)
        def decorate_autocast(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return decorate_autocast


def _cast(value: Any, device_type: str, dtype: Any) -> Any:
    """Cast the tensors in containers of any kind."""
    if isinstance(value, Variable):
        return autocasting.cast(value, device_type, dtype)
    if isinstance(value, (str, bytes, np.ndarray)):
        return value
    if isinstance(value, Mapping):
        return {_cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in value.items()}
    if isinstance(value, Iterable):
        found = (_cast(v, device_type, dtype) for v in value)
        return type(value)(found) if isinstance(value, (list, tuple)) else found
    return value


def _check_device_type(device_type: Any) -> None:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")


def custom_fwd(fwd: Callable | None = None, *, device_type: str, cast_inputs: Any = None) -> Any:
    """Decorate the `forward` of an `autograd.Function` for use under autocast.

    With `cast_inputs` it gets its inputs in that dtype and runs with autocast off.
    """
    _check_device_type(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorate_fwd(*args: Any, **kwargs: Any) -> Any:
        args[0]._dtype = autocasting.fast_dtype(device_type)
        on = autocasting.enabled(device_type)
        if cast_inputs is None or not on:
            args[0]._fwd_used_autocast = on and cast_inputs is None
            return fwd(*args, **kwargs)
        args[0]._fwd_used_autocast = False
        with autocast(device_type, enabled=False):
            return fwd(*_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs))

    return decorate_fwd


def custom_bwd(bwd: Callable | None = None, *, device_type: str) -> Any:
    """Decorate the `backward` of an `autograd.Function`: it runs under the autocast its `forward` ran under."""
    _check_device_type(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorate_bwd(*args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=args[0]._fwd_used_autocast, dtype=args[0]._dtype):
            return bwd(*args, **kwargs)

    return decorate_bwd


def _enter_autocast(*vals: Any) -> autocast:
    mode = autocast(*vals)
    mode.__enter__()
    return mode


def _exit_autocast(mode: autocast) -> None:
    mode.__exit__(None, None, None)
