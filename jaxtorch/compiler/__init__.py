"""`torch.compiler`, and `torch.compile` itself.

The engine records what eager code does and runs it as whole compiled programs, so `torch.compile` has nothing to add
yet: it gives back a function (or module) that behaves as the eager one, which is what PyTorch promises of it.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

from jaxtorch._engine.program import clear as _clear
from jaxtorch.compiler._function import compiled as _compiled
from jaxtorch.compiler._function import local as _local
from jaxtorch.compiler._module import OptimizedModule as _OptimizedModule
from jaxtorch.nn.modules.module import Module as _Module


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: Any = None,
    disable: bool = False,
) -> Any:
    """`model`, to be run by the engine as always; usable as a decorator with or without arguments.

    A module is held by another as its `_orig_mod`, as in PyTorch.

    Differs from PyTorch: there is no graph capture of its own and no guard, so `fullgraph`, `dynamic`, `backend`,
    `mode` and `options` change nothing. The arguments are checked.
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options, disable=disable
        )
    if not callable(model):
        raise RuntimeError(f"torch.compile expects a callable, but got {type(model)}")
    if disable or isinstance(model, type) or isinstance(model, _OptimizedModule):
        return model
    if isinstance(model, _Module):
        return _OptimizedModule(model, fullgraph)
    return _compiled(model, getattr(model, "__name__", type(model).__name__), fullgraph)


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """Keep a function out of compilation; it is returned as it is."""
    return fn if fn is not None else lambda function: function


def allow_in_graph(fn: Any) -> Any:
    """Leave a function whole in captured graphs; returned as it is."""
    return fn


assume_constant_result = allow_in_graph


def substitute_in_graph(
    original_fn: Any, *, can_constant_fold_through: bool = False, skip_signature_check: bool = False
) -> Any:
    """A decorator for what stands for a function in captured graphs; the function stays as it is."""
    return lambda replacement: replacement


def list_backends(exclude_tags: Any = ("debug", "experimental")) -> list[str]:
    """The backends `torch.compile` may name; all of them mean XLA."""
    return ["inductor"]


def set_stance(stance: str = "default", **options: Any) -> Any:
    """How compiled functions behave when they would compile anew: the engine decides that here.

    Raises:
        RuntimeError: an unknown stance.
    """
    known = ("default", "eager_then_compile", "aot_eager_then_compile", "force_eager", "eager_on_recompile",
             "fail_on_recompile")  # fmt: skip
    if stance not in known:
        raise RuntimeError(f"invalid torch.compile stance '{stance}'")
    return contextlib.nullcontext()


def is_compiling() -> bool:
    """Whether a call is being captured by `torch.compile`."""
    return _local.capturing


def is_dynamo_compiling() -> bool:
    """Whether a call is being captured by `torch.compile`."""
    return _local.capturing


def is_exporting() -> bool:
    """Whether a model is being exported: it never is."""
    return False


def reset() -> None:
    """Forget every compiled program."""
    _clear()


def cudagraph_mark_step_begin() -> None:
    """There are no CUDA graphs; the mark has no effect."""
