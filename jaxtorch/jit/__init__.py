"""`torch.jit`: traces, as graphs of `torch.fx`, and TorchScript's decorators. Scripted code runs as Python."""

from typing import Any
from typing import Final as Final

from jaxtorch.futures import Future as Future
from jaxtorch.jit import annotations as annotations
from jaxtorch.jit._files import load as load
from jaxtorch.jit._files import save as save
from jaxtorch.jit._script import Attribute as Attribute
from jaxtorch.jit._script import ScriptModule as ScriptModule
from jaxtorch.jit._script import annotate as annotate
from jaxtorch.jit._script import export as export
from jaxtorch.jit._script import freeze as freeze
from jaxtorch.jit._script import ignore as ignore
from jaxtorch.jit._script import interface as interface
from jaxtorch.jit._script import is_scripting as is_scripting
from jaxtorch.jit._script import isinstance_of as _isinstance
from jaxtorch.jit._script import optimize_for_inference as optimize_for_inference
from jaxtorch.jit._script import script as script
from jaxtorch.jit._script import script_if_tracing as script_if_tracing
from jaxtorch.jit._script import script_method as script_method
from jaxtorch.jit._trace import RecursiveScriptModule as RecursiveScriptModule
from jaxtorch.jit._trace import ScriptFunction as ScriptFunction
from jaxtorch.jit._trace import TopLevelTracedModule as TopLevelTracedModule
from jaxtorch.jit._trace import TracerWarning as TracerWarning
from jaxtorch.jit._trace import TracingCheckError as TracingCheckError
from jaxtorch.jit._trace import is_tracing as is_tracing
from jaxtorch.jit._trace import trace as trace
from jaxtorch.jit._trace import trace_module as trace_module

Error = Exception  # what scripted code raises: scripted code is Python, and may raise anything
unused = ignore
_script_if_tracing = script_if_tracing
isinstance = _isinstance


def _overload(func: Any) -> Any:
    """Returned as it is: the implementation that follows takes every signature."""
    return func


_overload_method = _overload


def _get_trace_graph(*args: Any, **kwargs: Any) -> Any:
    """Not supported: a trace is a graph of `torch.fx`, not of TorchScript.

    Raises:
        NotImplementedError: always; `torch.jit.trace(f, inputs)` has a `graph`.
    """
    raise NotImplementedError("torch.jit._get_trace_graph is not supported by jaxtorch; use torch.jit.trace")


def fork(func: Any, *args: Any, **kwargs: Any) -> Future:
    """A future of a call, which is made at once: nothing runs beside it."""
    future: Future = Future()
    future.set_result(func(*args, **kwargs))
    return future


def wait(future: Any) -> Any:
    """The result of what was forked."""
    return future.wait()


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.jit' has no attribute '{name}' (jaxtorch does not have it)")
