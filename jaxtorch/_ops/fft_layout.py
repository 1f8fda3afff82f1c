"""In which order PyTorch's Fourier transforms (those of MKL) leave their results in memory.

A transform moves the dimensions it works on to the end and the others to the front, by falling strides, and computes
row by row. Transforms of several dimensions may be several such steps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from jaxtorch._base.sizes import contiguous_strides, wrap_dim

_MOST_AXES = 7  # of one step


class _Placed(NamedTuple):
    sizes: tuple[int, ...]
    strides: tuple[int, ...]


def _step(x: _Placed, axes: list[int], last: int | None = None) -> _Placed:
    """One transform; `last` is the new size of its last dimension."""
    rest = sorted((d for d in range(len(x.sizes)) if d not in axes), key=lambda d: -x.strides[d])
    sizes = list(x.sizes)
    if last is not None:
        sizes[axes[-1]] = last
    strides, step = [0] * len(sizes), 1
    for d in reversed([*rest, *axes]):
        strides[d] = step
        step *= sizes[d]
    return _Placed(tuple(sizes), tuple(strides))


def _falling(x: _Placed, axes: list[int]) -> list[int]:
    return sorted(axes, key=lambda d: -x.strides[d])


def _complex_steps(x: _Placed, axes: list[int]) -> _Placed:
    left = _falling(x, axes)
    while left:
        done, left = left[-_MOST_AXES:], left[:-_MOST_AXES]
        x = _step(x, done)
        left = _falling(x, left)
    return x


def _resized(x: _Placed, axes: list[int], sizes: list[int]) -> _Placed:
    made = list(x.sizes)
    for axis, n in zip(axes, sizes, strict=True):
        made[axis] = n
    grown = any(n > old for n, old in zip(made, x.sizes, strict=True))
    return _Placed(tuple(made), contiguous_strides(tuple(made)) if grown else x.strides)


def _placed(x: _Placed, kind: str, hermitian: bool, axes: list[int], sizes: list[int]) -> _Placed:
    if kind == "c2r":
        n = sizes[-1]
        x = _resized(x, axes, [*sizes[:-1], n // 2 + 1])
        return _step(_complex_steps(x, axes[:-1]), axes[-1:], n)
    x = _resized(x, axes, sizes)
    if kind == "c2c":
        return _complex_steps(x, axes)
    half = sizes[-1] // 2 + 1
    if hermitian:
        return _complex_steps(_step(x, axes[-1:], half), axes[:-1])
    return _step(x, [*_falling(x, axes[:-1]), axes[-1]], half)


def layout_of(kind: str, hermitian: bool) -> Any:
    """The `layout` of the transforms of a kind ("c2c", "r2c" or "c2r"); `hermitian` for those named `hfft`."""

    def layout(
        shape: tuple[int, ...], arrays: tuple = (), n: Any = None, dim: Any = None, s: Any = None, **statics: Any
    ) -> tuple[int, ...] | None:
        x: Any = arrays[0]
        if isinstance(dim, int):
            dim, s = (dim,), None if n is None else (n,)
        if dim is None:
            dim = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
        axes = [wrap_dim(d, x.ndim) for d in dim]
        if not axes:
            return None
        wanted = [None] * len(axes) if s is None else [None if k == -1 else k for k in s]
        sizes = [x.shape[a] if k is None else k for a, k in zip(axes, wanted, strict=True)]
        if kind == "c2r":
            sizes[-1] = shape[axes[-1]]
        strides = _placed(_Placed(tuple(x.shape), x.stride()), kind, hermitian, axes, sizes).strides
        return None if strides == contiguous_strides(shape) else strides

    return layout
