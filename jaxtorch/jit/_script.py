"""`torch.jit.script` and its decorators. Scripted code runs as the Python it is, through the engine."""

from __future__ import annotations

import functools
from typing import Any

from jaxtorch.nn.modules.module import Module


class ScriptModule(Module):
    """The class of traced modules."""

    def save(self, f: Any, **options: Any) -> None:
        """Keep the module in a file for `torch.jit.load`."""
        _saver(self, f, **options)


_saver: Any = None


def set_saver(saver: Any) -> None:
    """Name what writes modules to files; once, by `_files`."""
    global _saver
    _saver = saver


def script(obj: Any, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None, example_inputs: Any = None) -> Any:
    """`obj` itself: a function, module or class runs as Python, with the same results.

    Differs from PyTorch: nothing is checked against TorchScript's subset of Python; there is no `.graph` or `.code`.
    `torch.jit.save` keeps it by the name of its class.
    """
    if isinstance(obj, Module) and not hasattr(obj, "save"):
        vars(obj)["save"] = functools.partial(_saver, obj)  # `scripted.save(path)`, as of a ScriptModule
    return obj


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """Leave a method to Python, where it is anyway."""
    return drop if callable(drop) else lambda fn: fn


def export(fn: Any) -> Any:
    """Mark a method as an entry point; returned as it is."""
    return fn


def interface(obj: Any) -> Any:
    """Mark a class as an interface; returned as it is."""
    return obj


def script_method(fn: Any) -> Any:
    """Mark a method as scripted; returned as it is."""
    return fn


def script_if_tracing(fn: Any) -> Any:
    """Returned as it is."""
    return fn


def is_scripting() -> bool:
    """Whether code is being scripted: it never is."""
    return False


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value; the type is for TorchScript."""
    return the_value


def isinstance_of(obj: Any, target_type: Any) -> bool:
    """Whether an object is of a type, whose parameters are not looked at."""
    return isinstance(obj, getattr(target_type, "__origin__", None) or target_type)


class Attribute:
    """A value with a type for TorchScript; `value` and `type` give them back."""

    def __init__(self, value: Any, type: Any) -> None:
        self.value, self.type = value, type


def freeze(mod: Any, preserved_attrs: Any = None, optimize_numerics: bool = True) -> Any:
    """The module itself: the engine makes whole programs of what it does.

    Raises:
        RuntimeError: it is in training mode.
    """
    if mod.training:
        raise RuntimeError("Freezing is currently only implemented for modules in eval mode. Please call .eval() on "
                           "your module before freezing.")  # fmt: skip
    return mod


def optimize_for_inference(mod: Any, other_methods: Any = None) -> Any:
    """The module itself."""
    return mod
