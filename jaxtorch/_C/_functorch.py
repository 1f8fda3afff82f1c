"""`torch._C._functorch`: what code asks of tensors inside function transforms."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch.func._vmap import entered as _entered
from jaxtorch.func._vmap import left as _left


def is_batchedtensor(x: Any) -> bool:
    """Whether a tensor stands for one example inside `torch.vmap`."""
    return isinstance(x, Variable) and bool(x._aval.batch)


def get_unwrapped(x: Any) -> Any:
    """A tensor as the next transform sees it: itself, where no `vmap` has entered it."""
    if is_batchedtensor(x):
        raise NotImplementedError("torch._C._functorch.get_unwrapped is not supported by jaxtorch inside torch.vmap")
    return x


def _add_batch_dim(x: Any, in_dim: int, level: Any) -> Any:
    """A tensor as `vmap` shows it inside a level: what a container's own `_add_batch_dim` asks of its tensors."""
    return _entered(x, in_dim, level)


def _remove_batch_dim(x: Any, level: Any, batch_size: int, out_dim: int) -> Any:
    """The reverse, for what leaves the level."""
    return _left(x, out_dim, level, "vmap")
