"""Masks and the values that take the place of masked-out elements."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from jaxtorch._root import torch


def identity(op: str, input: Any, ord: Any = 2.0) -> Any:
    """The number that leaves a reduction unchanged: of Python's type for the dtype, so that nothing is promoted.

    Raises NotImplementedError where there is none, as for the maximum of bools.
    """
    dtype = input.dtype
    ordered = dtype.is_floating_point or (dtype != torch.bool and not dtype.is_complex)
    if op in ("sum", "prod"):
        number = int(op == "prod")
        return bool(number) if dtype == torch.bool else number
    if op == "norm":
        return math.inf if ord == -math.inf else 0
    if op == "median":
        return math.nan
    if op == "logsumexp" and dtype.is_complex:
        return complex(-math.inf, 0)
    if ordered:
        lowest = op in ("amax", "argmax", "logaddexp", "logsumexp")
        if dtype.is_floating_point:
            return -math.inf if lowest else math.inf
        return torch.iinfo(dtype).min if lowest else torch.iinfo(dtype).max
    raise NotImplementedError(f"identity of {op} on {dtype} input")


def reduction_identity(op: str, input: Any, *args: Any) -> Any:
    """`torch.masked._reduction_identity`: `identity` as a tensor of the input's dtype, None where means have none."""
    if op in ("mean", "std", "var"):
        return None
    return torch.tensor(identity(op, input, *args), dtype=input.dtype, device=input.device)


def of_any_layout(function: Callable) -> Callable:
    """A masked operation for sparse inputs and masks too.

    It goes through dense tensors; the result has the layout of the input. What a sparse mask does not specify is
    masked out.
    """

    @functools.wraps(function)
    def masked(input: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(input, torch.Tensor):
            return function(input, *args, **options)
        for name in ("mask", "input_mask", "other_mask"):
            given = options.get(name)
            if given is not None and given.layout is not torch.strided:
                options[name] = given.to_dense()
        if input.layout is torch.strided:
            return function(input, *args, **options)
        made = function(input.to_dense(), *args, **options)
        return made if made.ndim < 2 and input.layout is not torch.sparse_coo else made.to_sparse(layout=input.layout)

    return masked


def canonical_mask(input: Any, mask: Any) -> Any:
    """The mask as booleans of the input's shape."""
    if mask.shape != input.shape:
        if mask.ndim > input.ndim:
            raise IndexError(
                "_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)"
            )
        mask = torch.broadcast_to(mask, input.shape)
    return mask.to(dtype=torch.bool)


def filled(op: str, input: Any, mask: Any, ord: Any = 2.0) -> Any:
    """The input with the identity of `op` in the place of masked-out elements."""
    if mask is None:
        return input
    return torch.where(canonical_mask(input, mask), input, identity(op, input, ord))


def canonical_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """Dimensions counted from the front, sorted; all of them for None and for none."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    count = max(ndim, 1)
    dims: list[int] = []
    for d in (dim,) if isinstance(dim, int) else dim:
        if d in dims:
            raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
        if d >= count or d < -count:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-count}, {count - 1}], but got {d})"
            )
        dims.append(d % count)
    return tuple(sorted(dims))


REDUCTIONS = {"sum", "prod", "amax", "amin", "argmax", "argmin", "mean", "median", "norm", "var", "std", "logsumexp"}
NORMALIZATIONS = {"softmax", "log_softmax", "softmin", "normalize", "cumsum", "cumprod"}


def input_mask(input: Any, *args: Any, mask: Any = None, **options: Any) -> Any:
    """`torch.masked._input_mask`: the mask as a masked operation takes it."""
    if mask is None:
        raise ValueError("_input_mask requires explicit mask")
    mask = mask if mask.layout is torch.strided else mask.to_dense()
    return canonical_mask(input, mask)


def output_mask(op: Any, input: Any, *args: Any, mask: Any = None, **options: Any) -> Any:
    """`torch.masked._output_mask`: which results of a masked operation come from any element at all."""
    name = getattr(op, "__name__", "")
    if name not in REDUCTIONS and name not in NORMALIZATIONS:
        said = f"callable {op.__module__}.{name}" if callable(op) else f"{type(op).__name__} object"
        raise ValueError(f"_output_mask expected masked operation (got {said})")
    kept = input_mask(input, mask=mask)
    if name in NORMALIZATIONS:
        return kept
    positional = args[name == "norm" :]  # its first is the order
    dim = positional[0] if positional else options.get("dim")
    for d in reversed(canonical_dims(dim, input.ndim)):
        kept = kept.any(dim=d, keepdim=bool(options.get("keepdim", False)))
    return kept
