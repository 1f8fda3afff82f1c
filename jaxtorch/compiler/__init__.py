"""`torch.compiler`, and `torch.compile` itself.

The engine records what eager code does and runs it as whole compiled programs. `torch.compile` spares the recording: a
call is captured once and then replayed as one record, without running its Python code, as long as the state that the
code went by is the same (`_function` tells how).
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any

from jaxtorch._engine.breaks import GraphBreak as _GraphBreak
from jaxtorch._engine.program import clear as _clear
from jaxtorch._engine.recorder import lose as _lose
from jaxtorch.compiler._function import compiled as _compiled
from jaxtorch.compiler._function import forget as _forget
from jaxtorch.compiler._function import local as _local
from jaxtorch.compiler._function import settings as _settings
from jaxtorch.compiler._module import OptimizedModule as _OptimizedModule
from jaxtorch.compiler._options import BACKENDS as _BACKENDS
from jaxtorch.compiler._options import check as _check
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
    """`model` as a function whose calls are captured and replayed; usable as a decorator with or without arguments.

    A module is held by another as its `_orig_mod`, as in PyTorch. Whole training steps can be compiled too: gradients,
    optimiser state, buffers and random numbers are found and updated.

        >>> import jaxtorch as torch
        >>> @torch.compile
        ... def f(x):
        ...     return (x * 2).relu().sum()
        >>> f(torch.ones(3))
        tensor(6.)

    Differs from PyTorch: a call is captured whole or runs as it is (it reads a value, prints, changes Python state);
    `torch.engine.explain()` tells which and why. Every shape and number is captured for itself, up to
    `torch._dynamo.config.recompile_limit` kinds of calls. `options` may name flags of XLA
    (`{"xla_cpu_enable_fast_math": True}`), which the function's programs are compiled with; PyTorch's own, `mode`,
    `dynamic` and `backend` are checked and change nothing.

    Raises:
        RuntimeError: an unknown option or mode.
        torch._dynamo.exc.Unsupported: with `fullgraph`, at a call that branches on a value, prints, takes the time or
            calls what is disabled. The call has been run by then, unlike in PyTorch.
    """
    asked = _check(fullgraph, backend, mode, options)
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options, disable=disable
        )
    if not callable(model):
        raise RuntimeError(f"torch.compile expects a callable, but got {type(model)}")
    if disable or isinstance(model, type) or isinstance(model, _OptimizedModule):
        return model
    if isinstance(model, _Module):
        return _OptimizedModule(model, asked=asked)
    return _compiled(model, getattr(model, "__name__", type(model).__name__), asked)


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """Keep a function out of capture: a call that reaches it runs as it is. Modules and classes come back unchanged."""
    if fn is None:
        return functools.partial(disable, recursive=recursive, reason=reason)
    if isinstance(fn, (type, _Module)):
        return fn

    @functools.wraps(fn)
    def run(*args: Any, **kwargs: Any) -> Any:
        name = getattr(fn, "__name__", "a function")
        _lose(_GraphBreak(f"{name} is kept out of it", "Skip calling `torch.compiler.disable()`d function"))
        return fn(*args, **kwargs)

    run._torchdynamo_disable = True  # type: ignore[attr-defined]
    run._torchdynamo_orig_callable = fn  # type: ignore[attr-defined]
    return run


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
    return list(_BACKENDS)


def set_stance(stance: str = "default", **options: Any) -> Any:
    """How compiled functions behave: under "force_eager" they run as they are. A call, a context or a decorator.

    Differs from PyTorch: the other stances are those of "default".

    Raises:
        RuntimeError: an unknown stance.
    """
    known = ("default", "eager_then_compile", "aot_eager_then_compile", "force_eager", "eager_on_recompile",
             "fail_on_recompile")  # fmt: skip
    if stance not in known:
        raise RuntimeError(f"invalid torch.compile stance '{stance}'")
    return _Stance(stance == "force_eager")


class _Stance(contextlib.ContextDecorator):
    # In force from when it is made, until a block or function it is used on ends.

    def __init__(self, eager: bool) -> None:
        self._eager, self._before = eager, _settings.force_eager
        _settings.force_eager = eager

    def __call__(self, function: Any) -> Any:
        _settings.force_eager = self._before
        return super().__call__(function)

    def __enter__(self) -> None:
        _settings.force_eager = self._eager

    def __exit__(self, *_: Any) -> None:
        _settings.force_eager = self._before


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
    """Forget every compiled program and every captured call."""
    _clear()
    _forget()


def cudagraph_mark_step_begin() -> None:
    """There are no CUDA graphs; the mark has no effect."""
