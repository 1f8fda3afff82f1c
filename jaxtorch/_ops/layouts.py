"""In which order PyTorch leaves the elements of some results in memory: the `layout` option of the table.

A layout is a function of a result's shape, of the call's array arguments and of its metadata by name. It gives strides,
or None for row-major.
"""

from __future__ import annotations

import math
from typing import Any

from jaxtorch._base.sizes import contiguous_strides


def columns(shape: tuple[int, ...], arrays: tuple = (), **statics: Any) -> tuple[int, ...] | None:
    """Matrices lie column after column, as LAPACK and the Fourier transforms of frames leave them."""
    if len(shape) < 2:
        return None
    *lead, rows, width = contiguous_strides((*shape[:-2], shape[-1], shape[-2]))
    return (*lead, width, rows)


def inverse_power(shape: tuple[int, ...], arrays: tuple = (), n: int = 1, **statics: Any) -> tuple[int, ...] | None:
    """The inverse itself is LAPACK's; all other powers are products."""
    return columns(shape) if n == -1 else None


def inverse_tensor(shape: tuple[int, ...], arrays: tuple = (), ind: int = 2, **statics: Any) -> tuple[int, ...] | None:
    """The inverse of a matrix, with its rows and columns taken apart again."""
    rows, columns_ = shape[: len(shape) - ind], shape[len(shape) - ind :]
    return (*contiguous_strides(rows), *(s * math.prod(rows) for s in contiguous_strides(columns_)))


def first_innermost(shape: tuple[int, ...], arrays: tuple = (), **statics: Any) -> tuple[int, ...] | None:
    """The first dimension was the last when the result was made."""
    *rest, last = contiguous_strides((*shape[1:], shape[0]))
    return (last, *rest)


def quantiles(shape: tuple[int, ...], arrays: tuple = (), **statics: Any) -> tuple[int, ...] | None:
    """One row of results for each quantile asked for, if there is a list of them."""
    q: Any = arrays[1]
    return first_innermost(shape) if q.dim() else None


def frames(
    shape: tuple[int, ...], arrays: tuple = (), return_complex: bool | None = None, **statics: Any
) -> tuple[int, ...] | None:
    """Spectra lie frame after frame, their real and imaginary parts side by side."""
    if return_complex is not False:
        return columns(shape)
    return (*[2 * s for s in columns(shape[:-1]) or ()], 1)


_CHANNELS_LAST = {4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}  # from the outermost in memory to the innermost


def joined(shape: tuple[int, ...], arrays: tuple = (), **statics: Any) -> tuple[int, ...] | None:
    """Images that all lie channels last are joined to images that do."""
    order = _CHANNELS_LAST.get(len(shape))
    if order is None or any(t._strides is None or t._strides != channels_last(tuple(t.shape)) for t in arrays[0]):
        return None
    return channels_last(shape)


def channels_last(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of images whose channels lie side by side."""
    order = _CHANNELS_LAST[len(shape)]
    dense = contiguous_strides([shape[d] for d in order])
    return tuple(dense[order.index(d)] for d in range(len(shape)))


def least_squares(shape: tuple[int, ...], arrays: tuple = (), **statics: Any) -> tuple[int, ...] | None:
    """Solutions of wide and square systems; those of tall ones lie in columns with gaps, which results here do not."""
    a = arrays[0]
    return columns(shape) if len(shape) == a.dim() and a.shape[-2] <= a.shape[-1] else None


def solutions(shape: tuple[int, ...], arrays: tuple = (), left: bool = True, **statics: Any) -> tuple[int, ...] | None:
    """What LAPACK solves from the left lies in columns, a batch of vectors like one matrix; from the right not."""
    return columns(shape) if left and len(shape) > 1 else None


def _channels_last(x: Any) -> bool:
    """PyTorch's `suggest_memory_format`: whether channels lie innermost; ambiguous strides are row-major."""
    strides = x._strides
    if strides is None or len(strides) not in (4, 5) or strides[1] == 0:
        return False
    least = 0
    for d in (1, *range(len(strides) - 1, 1, -1), 0):
        size, stride = x._aval.shape[d], strides[d]
        if size == 0 or stride < least or (d == 0 and least == strides[1]):
            return False
        least = stride * max(size, 1)
    return True


def channels_of_first(shape: tuple[int, ...], arrays: tuple = (), **statics: Any) -> tuple[int, ...] | None:
    """Channels innermost where the first input has them so."""
    if arrays[0]._strides is None or len(shape) != arrays[0]._aval.ndim or not _channels_last(arrays[0]):
        return None
    lead, *rest = contiguous_strides((shape[0], *shape[2:], shape[1]))
    return (lead, rest[-1], *rest[:-1])


def channels_of_either(shape: tuple[int, ...], arrays: tuple = (), **statics: Any) -> tuple[int, ...] | None:
    """Channels innermost where one of the first two inputs has them so."""
    return channels_of_first(shape, arrays) or channels_of_first(shape, arrays[1:])
