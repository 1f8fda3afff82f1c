"""`functorch.experimental.control_flow`: `cond` and `map`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._aten.control import cond as cond
from jaxtorch._root import torch
from jaxtorch.utils._pytree import tree_flatten, tree_unflatten


def map(f: Callable, xs: Any, *args: Any) -> Any:
    """The results of `f(x, *args)` for each x along the first dimension of `xs`, stacked."""
    flat, spec = tree_flatten(xs)
    if not flat or not all(isinstance(x, torch.Tensor) for x in flat):
        raise RuntimeError(f"Mapped xs can only consist of tensors. Got xs {flat}.")
    count = flat[0].shape[0] if flat[0].dim() else 0
    if count == 0 or any(x.shape[:1] != (count,) for x in flat):
        raise RuntimeError("Leading dimensions of mapped xs must be consistent and not zero.")
    results = [f(tree_unflatten([x[i] for x in flat], spec), *args) for i in range(count)]
    columns = zip(*[tree_flatten(r)[0] for r in results], strict=True)
    return tree_unflatten([torch.stack(c) for c in columns], tree_flatten(results[0])[1])
