"""`torch._jit_internal`: decorators of TorchScript that libraries import from here; code runs as the Python it is."""

from __future__ import annotations

from typing import Any

from jaxtorch.jit import _overload as _overload
from jaxtorch.jit import _overload_method as _overload_method
from jaxtorch.jit import export as export
from jaxtorch.jit import ignore as ignore
from jaxtorch.jit import is_scripting as is_scripting
from jaxtorch.jit import unused as unused


def _copy_to_script_wrapper(fn: Any) -> Any:
    """Returned as it is."""
    return fn


def boolean_dispatch(
    arg_name: str, arg_index: int, default: bool, if_true: Any, if_false: Any, module_name: str, func_name: str
) -> Any:
    """A function that hands its call to one of two, by a flag among its arguments."""

    def dispatched(*args: Any, **kwargs: Any) -> Any:
        flag = kwargs.get(arg_name, args[arg_index] if arg_index < len(args) else default)
        return (if_true if flag else if_false)(*args, **kwargs)

    dispatched.__doc__ = if_true.__doc__ or if_false.__doc__
    dispatched.__module__, dispatched.__name__ = module_name, func_name
    return dispatched


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch._jit_internal' has no attribute '{name}' (jaxtorch does not have it)")
