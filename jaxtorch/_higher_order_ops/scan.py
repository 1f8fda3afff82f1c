"""`scan`: a loop that carries values along a dimension and stacks what each step gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._tensor.composites import stack
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.utils._pytree import tree_flatten, tree_unflatten


def scan(combine_fn: Callable, init: Any, xs: Any, *, dim: int = 0, reverse: bool = False) -> tuple:
    """`carry, y = combine_fn(carry, x)` for each slice of `xs` in turn; gives the last carry and the ys stacked.

    Raises:
        RuntimeError: what is carried or scanned are not tensors, or nothing is carried.

    >>> scan(lambda total, x: (total + x, total * 2), torch.tensor(0), torch.tensor([1, 2, 3]))
    (tensor(6), tensor([0, 2, 6]))
    """
    leaves, spec = tree_flatten(xs)
    if not leaves:
        return init, []
    if not callable(combine_fn):
        raise RuntimeError(f"Combine_fn must be a callable, but got {combine_fn}")
    carried = tree_flatten(init)[0]
    if not carried:
        raise RuntimeError("scan() operator requires init leaves.")
    for x in carried:
        if not isinstance(x, Tensor):
            raise RuntimeError(f"All init leaves must be a Tensor but got {x}")
    for x in leaves:
        if not isinstance(x, Tensor):
            raise RuntimeError(f"All xs leaves must be a Tensor but got {x}")
        if x.shape[dim] == 0:
            raise RuntimeError(f"All xs leaves must have a scan dimension > 0 but got {x}")
    steps, out_spec, size = [], spec, leaves[0].shape[dim]
    for i in reversed(range(size)) if reverse else range(size):
        init, y = combine_fn(init, tree_unflatten([x.select(dim, i) for x in leaves], spec))
        flat, out_spec = tree_flatten(y)
        steps.append(flat)
    if reverse:
        steps.reverse()
    return init, tree_unflatten([stack(ys, 0) for ys in zip(*steps, strict=True)], out_spec)
