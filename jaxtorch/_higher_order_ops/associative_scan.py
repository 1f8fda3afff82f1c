"""`associative_scan`: running combinations, in a number of steps that grows with the length's logarithm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._tensor.composites import stack
from jaxtorch._tensor.tensor import FUNCTIONS, Tensor
from jaxtorch._tensor.view_methods import movedim
from jaxtorch.func import vmap
from jaxtorch.utils._pytree import tree_flatten, tree_map, tree_unflatten

_cat, _flip = FUNCTIONS["cat"], FUNCTIONS["flip"]


def associative_scan(
    combine_fn: Callable, xs: Any, dim: int, reverse: bool = False, combine_mode: str = "pointwise"
) -> Any:
    """The running combination of the slices of a tensor, or of a structure of tensors, along a dimension.

    Differs from PyTorch: `combine_mode="pointwise"` needs no GPU.

    Raises:
        ValueError: no tensors, a combine_mode that is not known, or a dimension the tensors do not have.

    >>> associative_scan(lambda a, b: a * b, torch.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 2., 6.])
    """
    leaves, spec = tree_flatten(xs)
    _validate(combine_fn, leaves, dim, reverse, combine_mode)
    dim = dim + leaves[0].ndim if dim < 0 else dim
    if any(x.ndim <= dim or x.shape[dim] == 0 for x in leaves):
        raise ValueError("All xs leaves must at least have 'dim' number of dimensions and scan dimension > 0")
    combine = vmap(combine_fn) if combine_mode == "generic" else combine_fn

    def flat(a: list, b: list) -> list:
        return tree_flatten(combine(tree_unflatten(a, spec), tree_unflatten(b, spec)))[0]

    moved = [movedim(x, dim, 0) for x in leaves]
    done = _scan(flat, [_flip(x, [0]) for x in moved] if reverse else moved)
    done = [_flip(x, [0]) for x in done] if reverse else done
    return tree_map(lambda x: movedim(x, 0, dim), tree_unflatten(done, spec))


def _validate(combine_fn: Any, leaves: list, dim: Any, reverse: Any, mode: str) -> None:
    if not callable(combine_fn):
        raise ValueError(f"Combine_fn must be a callable, but got {combine_fn}")
    if not isinstance(dim, int):
        raise ValueError("Dim must be an int, but got " + str(type(dim)))
    if not isinstance(reverse, bool):
        raise RuntimeError("Reverse must be a bool, but got " + str(type(reverse)))
    if mode not in ("pointwise", "generic"):
        raise ValueError(f"Combine_mode must either 'pointwise' or 'generic', but got {mode}")
    if not leaves:
        raise ValueError("Expected at least 1 xs leaf")
    if not all(isinstance(x, Tensor) for x in leaves):
        raise ValueError("xs leaves must be a Tensor")


def _scan(combine: Callable[[list, list], list], xs: list) -> list:
    """Scan the pairs of neighbours, which are the odd results; each even one is the odd one before it and one more."""
    size = xs[0].shape[0]
    if size < 2:
        return xs
    odd = _scan(combine, combine([x[: size - 1 : 2] for x in xs], [x[1::2] for x in xs]))
    if size == 2:
        return [_cat([x[:1], o]) for x, o in zip(xs, odd, strict=True)]
    even = combine([o[: (size - 1) // 2] for o in odd], [x[2::2] for x in xs])
    even = [_cat([x[:1], e]) for x, e in zip(xs, even, strict=True)]
    return [_interleave(e, o) for e, o in zip(even, odd, strict=True)]


def _interleave(even: Tensor, odd: Tensor) -> Tensor:
    pairs = stack([even[: len(odd)], odd], 1).flatten(0, 1)
    return pairs if len(even) == len(odd) else _cat([pairs, even[-1:]])
