"""Strides and offsets of tensors, and which views memory allows; plain arithmetic on sizes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.sizes import contiguous_strides


def strides(x: Variable) -> tuple[int, ...]:
    """The strides of a tensor."""
    return x._strides if x._strides is not None else contiguous_strides(x._aval.shape)


def offset(x: Variable) -> int:
    """The storage offset of a tensor."""
    return x._view.offset if x._view is not None else 0


def normal(shape, st: tuple[int, ...]) -> tuple[int, ...] | None:
    """Strides as a variable keeps them: None when row-major."""
    return None if st == contiguous_strides(shape) else st


def spread(args: tuple, function: str = "", name: str = "") -> Any:
    """The int list of a call that may be written `f(1, 2)` or `f((1, 2))`; with a function's name, it must be given."""
    if function and not args:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{name}"')
    return args[0] if len(args) == 1 and not isinstance(args[0], (int, np.integer, Variable)) else args


def compute_view_strides(shape, st, target) -> tuple[int, ...] | None:
    """Strides of the view of `target` shape, or None when memory cannot be seen that way."""
    if math.prod(shape) == 0:
        return contiguous_strides(target) if tuple(shape) != tuple(target) else tuple(st)
    new = [0] * len(target)
    at = len(target) - 1
    chunk_numel = chunk_seen = 1
    base = st[-1] if shape else 1
    for d in range(len(shape) - 1, -1, -1):
        chunk_numel *= shape[d]
        if d == 0 or (shape[d - 1] != 1 and st[d - 1] != chunk_numel * base):
            while at >= 0 and (chunk_seen < chunk_numel or target[at] == 1):
                new[at] = chunk_seen * base
                chunk_seen *= target[at]
                at -= 1
            if chunk_seen != chunk_numel:
                return None
            if d > 0:
                base = st[d - 1]
                chunk_numel = chunk_seen = 1
    if not shape:
        return contiguous_strides(target)
    return tuple(new) if at == -1 else None


VIEW_OF_NOTHING = (
    "view() received an invalid combination of arguments - got (), but expected one of:\n"
    " * (torch.dtype dtype)\n * (tuple of ints size)"
)
