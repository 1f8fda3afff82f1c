"""`torch._functorch.vmap`: names that libraries take from it to patch `torch.vmap`, which heeds no patch."""

from __future__ import annotations

from typing import Any, NoReturn

from jaxtorch._tensor.tensor import Tensor as Tensor
from jaxtorch.func import vmap as vmap
from jaxtorch.func._vmap import name_of as _get_name  # noqa: F401
from jaxtorch.utils._pytree import _broadcast_to_and_flatten  # noqa: F401
from jaxtorch.utils._pytree import tree_flatten as tree_flatten
from jaxtorch.utils._pytree import tree_map as tree_map
from jaxtorch.utils._pytree import tree_unflatten as tree_unflatten


def _refuse(name: str) -> NoReturn:
    raise NotImplementedError(f"torch._functorch.vmap.{name} is not supported by jaxtorch; use torch.vmap")


def _add_batch_dim(x: Any, in_dim: int, level: int) -> NoReturn:
    _refuse("_add_batch_dim")


def _maybe_remove_batch_dim(name: str, batched_output: Any, vmap_level: int, batch_size: int, out_dim: Any) -> NoReturn:
    _refuse("_maybe_remove_batch_dim")
