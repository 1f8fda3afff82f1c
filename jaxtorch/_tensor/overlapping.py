"""Writes through masks and indices into expanded tensors, which show one place of their memory several times.

PyTorch refuses most writes into those, and lets these be, with a warning. They are done on the tensor before it was
expanded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._autograd.inplace import OVERLAP
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.modes import modes
from jaxtorch._tensor.construct import as_index
from jaxtorch._tensor.variants import ON_EXPANDED, expand_to
from jaxtorch._tensor.view_methods import narrow, reshape

_DEPRECATED = (
    "Use of {} on expanded tensors is deprecated. Please clone() the tensor before performing this operation. This "
    "also applies to advanced indexing e.g. {}"
)


def expanded_dims(x: Any, *sources: Any) -> list[int]:
    """The dimensions along which a tensor shows the same memory.

    Raises:
        RuntimeError: there are such, and the write has a derivative: that PyTorch refuses here too.
    """
    strides = x._strides
    if strides is None:
        return []
    found = [d for d, (n, step) in enumerate(zip(x._aval.shape, strides, strict=True)) if step == 0 and n > 1]
    if found and modes.grad and any(isinstance(s, Variable) and s._rg for s in (x, *sources)):
        raise RuntimeError(OVERLAP)
    return found


def unexpanded(x: Any, dims: list[int]) -> Any:
    """The same memory with size 1 along `dims`."""
    for d in dims:
        x = narrow(x, d, 0, 1)
    return x


def put(x: Any, dims: list[int], pick: Callable, source: Any, write: Callable) -> None:
    """Let `write(flat, places, values)` change a flat tensor of the memory.

    `pick` takes from any tensor of the shape of `x` what the indices point at.
    """
    warnings.warn(_DEPRECATED.format("index_put_", "tensor[indices] = tensor"), stacklevel=5)
    shown = unexpanded(x, dims)
    shape = shown._aval.shape
    places = np.broadcast_to(np.arange(shown._aval.numel).reshape(shape), x._aval.shape)
    chosen = pick(as_index(np.ascontiguousarray(places), x._aval.device))
    values = reshape(expand_to(source, tuple(chosen._aval.shape)), (-1,))
    shown.copy_(reshape(write(reshape(shown, (-1,)), reshape(chosen, (-1,)), values), tuple(shape)))


def any_of(mask: Any, x: Any, dims: list[int]) -> Any:
    """A mask over `x` as one over its memory: where any of the places that show it is set."""
    warnings.warn(_DEPRECATED.format("masked_fill_", "tensor[mask] = scalar"), stacklevel=5)
    mask = expand_to(mask, tuple(x._aval.shape))
    for d in dims:
        mask = mask.any(d, True)
    return mask


def _masked_fill(function: Callable, x: Any, mask: Any, value: Any) -> bool:
    dims = expanded_dims(x, value)
    if dims:
        function(unexpanded(x, dims), any_of(mask, x, dims), value)
    return bool(dims)


def _index_fill(function: Callable, x: Any, dim: int, index: Any, value: Any) -> bool:
    dims = expanded_dims(x, value)
    if dims:
        warnings.warn(_DEPRECATED.format("index_fill_", "tensor[mask] = scalar"), stacklevel=5)
        whole = dim % x._aval.ndim in dims
        function(unexpanded(x, dims), dim, index * 0 if whole else index, value)
    return bool(dims)


ON_EXPANDED.update(masked_fill=_masked_fill, index_fill=_index_fill)
