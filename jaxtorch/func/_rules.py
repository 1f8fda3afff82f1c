"""Rules by which a function written by the user takes batches: those of custom ops and of autograd Functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtorch._base.batching import Level, active
from jaxtorch._root import torch
from jaxtorch._tensor.batched import enter, is_inside, leave
from jaxtorch.utils._pytree import _broadcast_to_and_flatten, tree_flatten, tree_leaves, tree_map, tree_unflatten


class VmapInfo(NamedTuple):
    """What a vmap rule is told."""

    batch_size: int
    randomness: str


def level_of(args: Any) -> Level | None:
    """The innermost level that one of the tensors in `args` is inside of."""
    leaves = [x for x in tree_leaves(args) if isinstance(x, torch.Tensor)]
    return next((level for level in reversed(active.levels) if any(is_inside(x, level) for x in leaves)), None)


def by_rule(rule: Callable, level: Level, args: tuple, kwargs: dict | None = None) -> Any:
    """What `rule(info, in_dims, *args)` makes of all examples of a level, as one example again."""

    def inside(x: Any) -> bool:
        return isinstance(x, torch.Tensor) and is_inside(x, level)

    in_dims = tree_map(lambda x: 0 if inside(x) else None, args)
    outside = tree_map(lambda x: leave(x, level) if inside(x) else x, args)
    before, active.levels = active.levels, active.levels[: active.levels.index(level)]
    try:
        returned = rule(VmapInfo(level.size, level.randomness), in_dims, *outside, **(kwargs or {}))
    finally:
        active.levels = before
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise RuntimeError(
            f"Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure "
            f"compatible with the output. Got a {type(returned)}"
        )
    out, out_dims = returned
    outs, spec = tree_flatten(out)
    dims = _broadcast_to_and_flatten(tuple(out_dims) if isinstance(out_dims, list) else out_dims, spec)
    if dims is None:
        dims = [out_dims] * len(outs) if not isinstance(out_dims, (tuple, list)) else list(out_dims)
    entered = [x if d is None else enter(x.movedim(d, 0), level) for x, d in zip(outs, dims, strict=True)]
    return tree_unflatten(entered, spec)


def on_batches(cls: Any, args: tuple) -> Any:
    """Apply an autograd Function by its own `vmap`."""
    level = level_of(args)
    return NotImplemented if level is None else by_rule(cls.vmap, level, args)
