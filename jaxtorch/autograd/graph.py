"""`torch.autograd.graph`: nodes and edges of the graph, and hooks over several tensors."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from jaxtorch._autograd import backward
from jaxtorch._autograd.node import Node as Node
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

    Differs from PyTorch: with "all", it is called when every tensor whose gradient comes has had it, and a pass that
    reaches some of them only, calls it not at all.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    lock = threading.Lock()
    found: dict[int, Any] = {}
    current = 0  # the pass they belong to

    def collect(i: int, gradient: Any) -> None:
        nonlocal current
        with lock:
            if current != backward.passes:
                current = backward.passes
                found.clear()
            found[i] = gradient
            if mode == "any" and len(found) == 1:
                fn(gradient)
            elif mode == "all" and len(found) == len(tensors):
                fn([found[k] for k in range(len(tensors))])

    return _Handles([t.register_hook(functools.partial(collect, i)) for i, t in enumerate(tensors)])


_disabled: list[str] = []


class saved_tensors_hooks:
    """Not supported: what backward needs is kept as recorded values, or computed again."""

    def __init__(self, pack_hook: Any, unpack_hook: Any) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if _disabled:
            raise RuntimeError(_disabled[-1])
        raise NotImplementedError(
            "torch.autograd.graph.saved_tensors_hooks is not supported by jaxtorch, which decides itself what is kept "
            "for backward; use torch.utils.checkpoint to save memory"
        )

    def __exit__(self, *exception: Any) -> None:
        pass


@contextlib.contextmanager
def save_on_cpu(pin_memory: bool = False, device_type: str = "cuda") -> Iterator[None]:
    """A context that changes nothing: where values are kept is XLA's decision."""
    yield


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """A context in which `saved_tensors_hooks` raises this error."""
    _disabled.append(error_message)
    try:
        yield
    finally:
        _disabled.pop()


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.autograd.graph' has no attribute '{name}' (jaxtorch does not have it)")
