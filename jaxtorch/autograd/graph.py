"""`torch.autograd.graph`: nodes and edges of the graph, and hooks over several tensors."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from jaxtorch._autograd import backward, saved
from jaxtorch._autograd.node import Node as Node
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.modes import modes
from jaxtorch._tensor import overriding
from jaxtorch._tensor.autograd_methods import edge_of
from jaxtorch._tensor.gradients import GradientEdge as GradientEdge
from jaxtorch._tensor.removable import RemovableHandle

__all__ = [
    "saved_tensors_hooks",
    "save_on_cpu",
    "disable_saved_tensors_hooks",
    "register_multi_grad_hook",
    "Node",
    "GradientEdge",
    "get_gradient_edge",
    "increment_version",
    "allow_mutation_on_saved_tensors",
]


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The edge of a tensor; for a leaf, to the node that accumulates its gradient."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node = tensor.grad_fn if tensor.grad_fn is not None else tensor.view_as(tensor).grad_fn.next_functions[0][0]
    return GradientEdge(node, tensor.output_nr)


def increment_version(tensor: Any) -> None:
    """Count a write to a tensor, or to several, that autograd did not see."""
    for x in tensor if isinstance(tensor, Iterable) and not hasattr(tensor, "_vc") else (tensor,):
        x._vc.version += 1


class _Handles(RemovableHandle):
    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __getstate__(self) -> Any:
        return self.handles

    def __setstate__(self, state: Any) -> None:
        self.handles = state


def register_multi_grad_hook(tensors: Sequence[Any], fn: Any, *, mode: str = "all") -> RemovableHandle:
    """Call `fn` once a backward pass: with the gradients of all tensors, or (`mode="any"`) with the first one.

    With "all", what a pass does not reach counts as having None.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    lock = threading.Lock()
    found: dict[int, Any] = {}
    edges = [edge_of(t) for t in tensors]
    current = needed = 0  # the pass they belong to, and how many gradients come in it

    def collect(i: int, gradient: Any) -> None:
        nonlocal current, needed
        with lock:
            if current != backward.passes:
                current = backward.passes
                found.clear()
                needed = sum(map(backward.will_arrive, edges)) if mode == "all" else 1
            found[i] = gradient
            if mode == "any" and len(found) == 1:
                fn(gradient)
            elif mode == "all" and len(found) == needed:
                fn([found.get(k) for k in range(len(tensors))])

    return _Handles([t.register_hook(functools.partial(collect, i)) for i, t in enumerate(tensors)])


_disabled: list[str] = []


class _Watch:
    """An override mode below all others, which packs what a function's nodes have saved once it has run."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        start = saved.mark()
        result = func(*args, **(kwargs or {}))
        if saved.hooks and modes.grad:
            saved.pack_new([*_tensors(result), *_written(args)], start)
        return result


_watch = _Watch()


def _tensors(result: Any) -> Iterator[Any]:
    if isinstance(result, Variable):
        yield result
    elif isinstance(result, (tuple, list)):
        for item in result:
            yield from _tensors(item)


def _written(args: tuple) -> list:
    """What an in-place operation may have given a new history: its target, and what that is a view of."""
    target = args[0] if args and isinstance(args[0], Variable) else None
    base = None if target is None or target._view is None else target._view.base
    return [x for x in (target, base) if x is not None]


class saved_tensors_hooks:
    """A context in which `pack_hook(tensor)` gives what is kept for backward, and `unpack_hook` a tensor from it.

    Differs from PyTorch: of operations that save their result (`exp`, `softmax`), the input is kept beside what the
    hook makes of the result, and the gradient goes by it.

    Example:
        >>> import jaxtorch as torch
        >>> x = torch.ones(2, requires_grad=True)
        >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(), torch.from_numpy):
        ...     y = x * x
        >>> torch.autograd.grad(y.sum(), x)
        (tensor([2., 2.]),)
    """

    def __init__(self, pack_hook: Any, unpack_hook: Any) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if _disabled:
            raise RuntimeError(_disabled[-1])
        overriding.activate()
        saved.hooks.append((self.pack_hook, self.unpack_hook))
        if _watch not in overriding.state.modes:
            overriding.state.modes = (_watch, *overriding.state.modes)

    def __exit__(self, *exception: Any) -> None:
        saved.hooks.pop()
        if not saved.hooks:
            overriding.state.modes = tuple([m for m in overriding.state.modes if m is not _watch])


class save_on_cpu(saved_tensors_hooks):
    """A context in which what is kept for backward is moved to the CPU, and back when it is needed."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda x: (x.device, x.cpu()), lambda packed: packed[1].to(packed[0]))


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """A context in which `saved_tensors_hooks` raises this error."""
    if saved.hooks:
        raise RuntimeError(error_message)
    _disabled.append(error_message)
    try:
        yield
    finally:
        _disabled.pop()


class _Allowed:
    """What the context gives: in PyTorch it holds copies; here values never change, so that none is made."""

    def __init__(self) -> None:
        self.cloned: dict = {}
        self.tid_to_weakhandle: dict = {}

    def clear(self) -> None:
        """Forget the copies; there are none."""


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_Allowed]:
    """A context in which tensors that were saved for backward may be changed in place: the gradient is that of what was
    saved.

    Differs from PyTorch: a graph made outside the context may be walked in it; nothing is copied.

    Example:
        >>> import jaxtorch as torch
        >>> x = torch.tensor([3.0], requires_grad=True)
        >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
        ...     y = x.clone()
        ...     out = (y * y).sum()
        ...     _ = y.zero_()
        ...     out.backward()
        >>> x.grad
        tensor([6.])
    """
    if modes.mutation:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    modes.mutation = True
    try:
        yield _Allowed()
    finally:
        modes.mutation = False


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.autograd.graph' has no attribute '{name}' (jaxtorch does not have it)")
