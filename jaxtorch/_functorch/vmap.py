"""`torch._functorch.vmap`: names that libraries take from it to patch `torch.vmap`, which heeds no patch."""

from __future__ import annotations

from typing import Any

from jaxtorch._C._functorch import _add_batch_dim  # noqa: F401
from jaxtorch._tensor.tensor import Tensor as Tensor
from jaxtorch.func import vmap as vmap
from jaxtorch.func._vmap import left as _left
from jaxtorch.func._vmap import name_of as _get_name  # noqa: F401
from jaxtorch.utils._pytree import _broadcast_to_and_flatten  # noqa: F401
from jaxtorch.utils._pytree import tree_flatten as tree_flatten
from jaxtorch.utils._pytree import tree_map as tree_map
from jaxtorch.utils._pytree import tree_unflatten as tree_unflatten


def _maybe_remove_batch_dim(name: str, batched_output: Any, vmap_level: Any, batch_size: int, out_dim: Any) -> Any:
    """An output of the function `name` as it leaves a level of `vmap`, which containers call for their tensors."""
    return _left(batched_output, out_dim, vmap_level, name)
