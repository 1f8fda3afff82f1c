"""`torch._C._functorch`: what code asks of tensors inside function transforms."""

from __future__ import annotations

from typing import Any, NoReturn

from jaxtorch._autograd.variable import Variable


def is_batchedtensor(x: Any) -> bool:
    """Whether a tensor stands for one example inside `torch.vmap`."""
    return isinstance(x, Variable) and bool(x._aval.batch)


def get_unwrapped(x: Any) -> Any:
    """A tensor as the next transform sees it: itself, where no `vmap` has entered it."""
    return _refuse("get_unwrapped") if is_batchedtensor(x) else x


def _refuse(name: str) -> NoReturn:
    raise NotImplementedError(f"torch._C._functorch.{name} is not supported by jaxtorch; use torch.vmap")


def _add_batch_dim(x: Any, in_dim: int, level: int) -> NoReturn:
    _refuse("_add_batch_dim")


def _remove_batch_dim(x: Any, level: int, batch_size: int, out_dim: int) -> NoReturn:
    _refuse("_remove_batch_dim")
