"""nn.functional.pad: constant, reflect, replicate and circular padding; negative sizes crop."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._ops.checks import check_fits
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.table import op

_MODES = ("constant", "reflect", "replicate", "circular")


def _sides(pad: tuple[int, ...], ndim: int) -> list[tuple[int, int]]:
    """The sizes before and after each dimension, first dimension first."""
    pairs = list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    return [(0, 0)] * (ndim - len(pairs)) + pairs


def _check(input, pad, mode: str, value) -> None:
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(pad)} and input of dimension {input.ndim}"
        )
    if mode == "constant":
        return
    if value:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in _MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if len(pad) in (2, 4, 6) and input.ndim not in (len(pad) // 2 + 1, len(pad) // 2 + 2):
        raise NotImplementedError(f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor.")
    if len(pad) not in (2, 4, 6):
        raise NotImplementedError("Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now")


def _constant(input, sides, value):
    for d, (low, high) in enumerate(sides):
        if input.shape[d] + low + high < 0:
            if low < 0 and -low > input.shape[d] - max(-high, 0):
                raise RuntimeError("narrow(): length must be non-negative.")
            raise RuntimeError(
                f"The input size {input.shape[d]}, plus negative padding {low} and {high}, resulted in "
                f"a negative output size, which is invalid. Check dimension {d} of your input."
            )
    check_fits(value or 0, from_numpy_dtype(input.dtype))
    return lax.pad(input, jnp.asarray(value or 0).astype(input.dtype), [(low, high, 0) for low, high in sides])


def _piece(x, start: int, stop: int, axis: int, flip: bool = False):
    piece = lax.slice_in_dim(x, start, stop, axis=axis)
    return lax.rev(piece, (axis,)) if flip else piece


def _extended(x, axis: int, low: int, high: int, mode: str):
    """One dimension padded by slices of the input itself: their transposes are fast, those of gathers are not."""
    size = x.shape[axis]
    middle = _piece(x, max(-low, 0), size - max(-high, 0), axis)
    low, high = max(low, 0), max(high, 0)
    if mode == "reflect":
        before, after = _piece(x, 1, low + 1, axis, True), _piece(x, size - 1 - high, size - 1, axis, True)
    elif mode == "circular":
        kept = middle.shape[axis]
        before, after = _piece(middle, kept - low, kept, axis), _piece(middle, 0, high, axis)
    else:
        shape = list(x.shape)
        edges = []
        for start, count in ((0, low), (size - 1, high)):
            shape[axis] = count
            edges.append(jnp.broadcast_to(_piece(x, start, start + 1, axis), shape))
        before, after = edges
    return jnp.concatenate([part for part in (before, middle, after) if part.shape[axis]], axis)


def _check_extent(x, axis: int, low: int, high: int, mode: str) -> None:
    size = x.shape[axis]
    if mode == "reflect" and (low >= size or high >= size):
        raise RuntimeError(
            f"Argument #{4 + 2 * (x.ndim - 1 - axis)}: Padding size should be less than the "
            f"corresponding input dimension, but got: padding ({low}, {high}) at dimension {axis} of "
            f"input {list(x.shape)}"
        )
    if mode == "circular":
        if low > size or high > size:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if size + low + high < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
    elif size + low + high < 1:
        raise RuntimeError(f"input (W: {size}) is too small. Calculated output W: {size + low + high}")


def _check_empty(input, count: int) -> None:
    wanted = f"{count + 1}D or {count + 2}D"
    if 0 in input.shape[input.ndim - count - 1 :]:
        raise RuntimeError(
            f"Expected {wanted} (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(input.shape)}"
        )


def _layout(shape, arrays=(), mode="constant", **statics):
    return None if mode == "circular" else channels_of_first(shape, arrays)


@op(
    "nn.functional.pad(Tensor input, int[] pad, str mode='constant', float? value=None) -> Tensor",
    grad="linear",
    variants="f",
    grad_name="ConstantPadNdBackward0",
    layout=_layout,
)
def pad(input, *, pad, mode, value):
    _check(input, pad, mode, value)
    sides = _sides(pad, input.ndim)
    if mode == "constant":
        return _constant(input, sides, value)
    if mode != "circular":
        _check_empty(input, len(pad) // 2)
    padded = range(input.ndim - len(pad) // 2, input.ndim)
    for axis in reversed(padded):
        _check_extent(input, axis, *sides[axis], mode)
    for axis in padded:
        input = _extended(input, axis, *sides[axis], mode)
    return input
