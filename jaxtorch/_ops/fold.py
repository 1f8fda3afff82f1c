"""Sliding blocks (unfold, fold) and the shuffles between channels and space."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jaxtorch._base.dtypes import INTEGRAL
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.pointwise import reject
from jaxtorch._ops.table import op

_STATICS = "int[2] kernel_size, int[2] dilation=1, int[2] padding=0, int[2] stride=1"


# ----- Blocks -----


def _blocks(plane, kernel_size, dilation, padding, stride) -> tuple[int, ...]:
    """How many blocks there are along each dimension."""
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(plane, kernel_size, dilation, padding, stride, strict=True)
    )


def _pair(values) -> str:
    return ", ".join(map(str, values))


def _check_windows(kernel_size, dilation, padding, stride, output_size=(1, 1)) -> None:
    given = {"output_size": output_size, "kernel_size": kernel_size, "dilation": dilation, "padding": padding}
    for name, values in (*given.items(), ("stride", stride)):
        if len(values) != 2:
            raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(values)}")
    for name, sides, values in (("kernel size", "kernel", kernel_size), ("dilation", "dilation", dilation)):
        if min(values) <= 0:
            raise RuntimeError(
                f"{name} should be greater than zero, but got {sides}_height: {values[0]} {sides}_width: {values[1]}"
            )
    if min(padding) < 0:
        raise RuntimeError(f"padding should be non-negative, but got pad_height: {padding[0]} pad_width: {padding[1]}")
    if min(stride) <= 0:
        raise RuntimeError(
            f"stride should be greater than zero, but got stride_height: {stride[0]} stride_width: {stride[1]}"
        )


def _spans(kernel_size, dilation, stride, blocks):
    """The slice of each offset within a kernel, over both dimensions."""
    for i in range(kernel_size[0]):
        for j in range(kernel_size[1]):
            starts = (i * dilation[0], j * dilation[1])
            yield starts, tuple(s + (b - 1) * t + 1 for s, b, t in zip(starts, blocks, stride, strict=True))


@op(
    f"nn.functional.unfold(Tensor input, {_STATICS}) -> Tensor",
    grad="linear",
    variants="f",
    grad_name="Im2ColBackward0",
)
def unfold(input, *, kernel_size, dilation, padding, stride):
    """(N, C, H, W) to (N, C * kernel, blocks)."""
    _check_windows(kernel_size, dilation, padding, stride)
    if input.ndim < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}], but "
            f"got {input.ndim})"
        )
    if input.ndim > 4 or 0 in input.shape[input.ndim - 3 :]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(input.shape)}"
        )
    x = input if input.ndim == 4 else input[None]
    blocks = _blocks(x.shape[2:], kernel_size, dilation, padding, stride)
    if min(blocks) < 1:
        raise RuntimeError(
            f"Given input with spatial size ({_pair(x.shape[2:])}), kernel_size=({_pair(kernel_size)}), "
            f"dilation=({_pair(dilation)}), padding=({_pair(padding)}), calculated "
            f"shape of the array of sliding blocks as ({_pair(blocks)}), but its components must be at "
            f"least one."
        )
    reject(input, "im2col_out_cpu", INTEGRAL)
    x = jnp.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    n, c = x.shape[:2]
    pieces = [
        lax.slice(x, (0, 0, *starts), (n, c, *stops), (1, 1, *stride))
        for starts, stops in _spans(kernel_size, dilation, stride, blocks)
    ]
    out = jnp.stack(pieces, 2).reshape(n, c * len(pieces), blocks[0] * blocks[1])
    return out if input.ndim == 4 else out[0]


def _check_fold(input, output_size, kernel_size, dilation, padding, stride, blocks) -> None:
    if input.ndim not in (2, 3) or 0 in input.shape[input.ndim - 2 :]:
        raise RuntimeError(
            f"Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
            f"dimensions for input, but got: {list(input.shape)}"
        )
    window = kernel_size[0] * kernel_size[1]
    if input.shape[-2] % window:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but "
            f"got input.size(1)={input.shape[-2]} and kernel_size=({_pair(kernel_size)})."
        )
    if blocks[0] * blocks[1] != input.shape[-1]:
        raise RuntimeError(
            f"Given output_size=({_pair(output_size)}), kernel_size=({_pair(kernel_size)}), "
            f"dilation=({_pair(dilation)}), padding=({_pair(padding)}), stride=({_pair(stride)}), "
            "expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{blocks[0]} * {blocks[1]} = {blocks[0] * blocks[1]}, but got "
            f"input.size(2)={input.shape[-1]}."
        )


@op(
    f"nn.functional.fold(Tensor input, int[2] output_size, {_STATICS}) -> Tensor",
    grad="linear",
    variants="f",
    grad_name="Col2ImBackward0",
)
def fold(input, *, output_size, kernel_size, dilation, padding, stride):
    """(N, C * kernel, blocks) to (N, C, *output_size): overlapping values are added."""
    _check_windows(kernel_size, dilation, padding, stride, output_size)
    blocks = _blocks(output_size, kernel_size, dilation, padding, stride)
    _check_fold(input, output_size, kernel_size, dilation, padding, stride, blocks)
    x = input if input.ndim == 3 else input[None]
    n, window = x.shape[0], kernel_size[0] * kernel_size[1]
    x = x.reshape(n, x.shape[1] // window, window, *blocks)
    plane = tuple(o + 2 * p for o, p in zip(output_size, padding, strict=True))
    total = jnp.zeros((n, x.shape[1], *plane), x.dtype)
    zero = jnp.zeros((), x.dtype)
    for k, (starts, stops) in enumerate(_spans(kernel_size, dilation, stride, blocks)):
        pads = [(a, e - b, s - 1) for a, b, e, s in zip(starts, stops, plane, stride, strict=True)]
        total = total + lax.pad(x[:, :, k], zero, [(0, 0, 0), (0, 0, 0), *pads])
    out = total[:, :, padding[0] : padding[0] + output_size[0], padding[1] : padding[1] + output_size[1]]
    return out if input.ndim == 3 else out[0]


# ----- Shuffles -----


def _check_shuffle(name: str, input, what: str, factor: int) -> None:
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {what}, but got {factor}")


@op(
    "pixel_shuffle(Tensor input, int upscale_factor) -> Tensor",
    grad="linear",
    variants="f",
    aliases=("nn.functional.pixel_shuffle",),
    layout=channels_of_first,
    grad_name="PixelShuffleBackward0",
)
def pixel_shuffle(input, *, upscale_factor):
    """(*, C * r * r, H, W) to (*, C, H * r, W * r)."""
    r = upscale_factor
    _check_shuffle("pixel_shuffle", input, "upscale_factor", r)
    *lead, c, h, w = input.shape
    if c % (r * r):
        raise RuntimeError(
            f"pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
            f"upscale_factor, but input.size(-3)={c} is not divisible by {r * r}"
        )
    n = len(lead)
    x = input.reshape(*lead, c // (r * r), r, r, h, w)
    return x.transpose(*range(n), n, n + 3, n + 1, n + 4, n + 2).reshape(*lead, c // (r * r), h * r, w * r)


@op(
    "pixel_unshuffle(Tensor input, int downscale_factor) -> Tensor",
    grad="linear",
    variants="f",
    aliases=("nn.functional.pixel_unshuffle",),
    layout=channels_of_first,
    grad_name="PixelUnshuffleBackward0",
)
def pixel_unshuffle(input, *, downscale_factor):
    """(*, C, H * r, W * r) to (*, C * r * r, H, W)."""
    r = downscale_factor
    _check_shuffle("pixel_unshuffle", input, "downscale_factor", r)
    *lead, c, h, w = input.shape
    for side, at, size in (("height", -2, h), ("width", -1, w)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {side} to be divisible by downscale_factor, but "
                f"input.size({at})={size} is not divisible by {r}"
            )
    n = len(lead)
    x = input.reshape(*lead, c, h // r, r, w // r, r)
    return x.transpose(*range(n), n, n + 2, n + 4, n + 1, n + 3).reshape(*lead, c * r * r, h // r, w // r)


@op(
    "channel_shuffle(Tensor input, int groups) -> Tensor",
    grad="linear",
    variants="f",
    aliases=("nn.functional.channel_shuffle", "native_channel_shuffle", "nn.functional.native_channel_shuffle"),
    layout=channels_of_first,
    grad_name="NativeChannelShuffleBackward0",
)
def channel_shuffle(input, *, groups):
    """The channels of (N, C, ...) in another order: those of `groups` groups by turns."""
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    n, c, *rest = input.shape
    if c % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups.")
    return input.reshape(n, groups, c // groups, *rest).swapaxes(1, 2).reshape(input.shape)
