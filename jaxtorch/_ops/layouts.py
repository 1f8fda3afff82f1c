"""In which order PyTorch leaves the elements of some results in memory: the `layout` option of the table.

A layout is a function of a result's shape, of the call's array arguments and of its metadata by name. It gives strides,
or None for row-major.
"""

from __future__ import annotations

from typing import Any

from jaxtorch._base.sizes import contiguous_strides


def columns(shape: tuple[int, ...], arrays: tuple = (), **statics: Any) -> tuple[int, ...] | None:
    """Matrices lie column after column, as LAPACK and the Fourier transforms of frames leave them."""
    if len(shape) < 2:
        return None
    *lead, rows, width = contiguous_strides((*shape[:-2], shape[-1], shape[-2]))
    return (*lead, width, rows)


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


def solutions(shape: tuple[int, ...], arrays: tuple = (), left: bool = True, **statics: Any) -> tuple[int, ...] | None:
    """What LAPACK solves from the left lies in columns; vectors and solutions from the right do not."""
    return columns(shape) if left and len(shape) == arrays[0].dim() else None
