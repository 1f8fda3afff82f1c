"""`torch.jit`: TorchScript's decorators. Scripted code runs as the Python it is, through the engine."""

from __future__ import annotations

from typing import Any


def script(obj: Any, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None, example_inputs: Any = None) -> Any:
    """`obj` itself: a function, module or class runs as Python, with the same results.

    Differs from PyTorch: nothing is checked against TorchScript's subset of Python; there is no `.graph` or `.code`.
    """
    return obj


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """Leave a method to Python, where it is anyway."""
    return drop if callable(drop) else lambda fn: fn


unused = ignore


def export(fn: Any) -> Any:
    """Mark a method as an entry point; returned as it is."""
    return fn


def is_scripting() -> bool:
    """Whether code is being scripted: it never is."""
    return False


def is_tracing() -> bool:
    """Whether code is being traced: it never is."""
    return False


def script_if_tracing(fn: Any) -> Any:
    """Returned as it is."""
    return fn


class ScriptModule:
    """TorchScript's module; saved archives of it cannot be loaded here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("torch.jit.ScriptModule is not supported by jaxtorch; use torch.nn.Module")


def __getattr__(name: str) -> Any:
    if name in ("trace", "trace_module", "load", "save", "freeze", "optimize_for_inference", "fork", "wait"):
        raise NotImplementedError(
            f"torch.jit.{name} is not supported by jaxtorch; call the module directly, and keep its "
            "state_dict with torch.save"
        )
    raise AttributeError(f"module 'torch.jit' has no attribute '{name}' (jaxtorch does not have it)")
