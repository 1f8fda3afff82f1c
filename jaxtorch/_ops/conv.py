"""Convolutions. Serves F.conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d and conv_tbc.

`conv_forms.py` says how they are computed; here are PyTorch's signatures, checks and errors.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from jaxtorch._base.dtypes import BOOL
from jaxtorch._ops.conv_forms import Spec, convolve, output_size, transposed
from jaxtorch._ops.layouts import channels_of_either
from jaxtorch._ops.linear import cpp_name
from jaxtorch._ops.norm_sums import over_channels
from jaxtorch._ops.pointwise import is_complex, opmath, reject, scalar_name
from jaxtorch._ops.table import op

_RANKS = {1: ("2D", "3D"), 2: ("3D", "4D"), 3: ("4D", "5D")}


def _sized(name: str, value, n: int) -> tuple[int, ...]:
    """A list of one or `n` numbers as `n`."""
    values = (value,) * n if isinstance(value, int) else tuple(value)
    if len(values) == 1:
        return values * n
    if len(values) != n:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {n} values to match the convolution "
            f"dimensions, but got {name}={list(values)}"
        )
    return values


def _batched(name: str, x, n: int):
    """`x` with a batch dimension, and whether it had one."""
    if x.ndim not in (n + 1, n + 2):
        without, with_batch = _RANKS[n]
        raise RuntimeError(
            f"Expected {without} (unbatched) or {with_batch} (batched) input to {name}, but got input of size: "
            f"{list(x.shape)}"
        )
    return (x, True) if x.ndim == n + 2 else (x[None], False)


def _type_name(x) -> str:
    without_legacy = is_complex(x) or x.dtype in (jnp.bfloat16, jnp.bool_)
    return f"CPU{scalar_name(x)}Type" if without_legacy else f"torch.{scalar_name(x)}Tensor"


def _check_dtypes(x, weight, bias, transposed: bool = False) -> None:
    if x.dtype != weight.dtype:
        # oneDNN takes float32 weights beside bfloat16, which names legacy types; the slow kernels check on their own
        if bias is not None and not transposed and bias.dtype != x.dtype:
            raise RuntimeError(f"Input type ({cpp_name(x)}) and bias type ({cpp_name(bias)}) should be the same")
        if not is_complex(x) and x.dtype not in (jnp.bfloat16, jnp.float32):
            raise RuntimeError(f"expected scalar type {scalar_name(x)} but found {scalar_name(weight)}")
        raise RuntimeError(
            f"Input type ({_type_name(x)}) and weight type ({_type_name(weight)}) should be the same"
            + ("" if is_complex(x) else " or input should be a MKLDNN tensor and weight is a dense tensor")
        )
    if bias is not None and bias.dtype != x.dtype:
        raise RuntimeError(f"Input type ({cpp_name(x)}) and bias type ({cpp_name(bias)}) should be the same")


def _check_numbers(stride, padding, output_padding, groups: int) -> None:
    for name, values, least in (("padding", padding, 0), ("output_padding", output_padding, 0), ("stride", stride, 1)):
        if any(v < least for v in values):
            raise RuntimeError(f"{'non-positive' if least else 'negative'} {name} is not supported")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")


def _check_dilation(x, dilation) -> None:
    if min(dilation) > 0:
        return
    if x.shape[0] > 1 and x.dtype == jnp.float32:  # what PyTorch gives to oneDNN
        raise RuntimeError("non-positive dilation is not supported")
    if min(dilation) < 0:
        raise RuntimeError("dilation should be greater than zero")
    shown = [1, *dilation] if len(dilation) == 1 else list(dilation)  # PyTorch makes 1-D convolutions 2-D
    raise RuntimeError(f"dilation should be greater than zero, but got {shown}")


def _check_kernel(weight) -> None:
    kernel = [1, *weight.shape[2:]] if weight.ndim == 3 else list(weight.shape[2:])
    if min(kernel) > 0:
        return
    if len(kernel) == 3:
        shown = f": {' x '.join(map(str, kernel))} (TxHxW)"
    else:
        shown = f" kernel_height: {kernel[0]} kernel_width: {kernel[1]}"
    raise RuntimeError(f"kernel size should be greater than zero, but got{shown}")


def _check_weight(x, weight, bias, groups: int, is_transposed: bool) -> None:
    size = list(weight.shape)
    if weight.ndim != x.ndim:
        raise RuntimeError(
            f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight {size}, but got "
            f"{x.ndim}-dimensional input of size {list(x.shape)} instead"
        )
    if weight.shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of "
            f"size {size} instead"
        )
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight "
            f"of size [{size}] instead"
        )
    given = f"transposed={int(is_transposed)}" if is_transposed else f"groups={groups}"
    channels = weight.shape[0] if is_transposed else weight.shape[1] * groups
    if x.shape[1] != channels:
        raise RuntimeError(
            f"Given {given}, weight of size {size}, expected input{list(x.shape)} to have {channels} channels, "
            f"but got {x.shape[1]} channels instead"
        )
    outputs = weight.shape[1] * groups if is_transposed else weight.shape[0]
    if bias is not None and bias.shape != (outputs,):
        given = f"Given {given}, weight" if is_transposed else "Given weight"
        raise RuntimeError(
            f"{given} of size {size}, expected bias to be 1-dimensional with {outputs} elements, but got bias of "
            f"size {list(bias.shape)} instead"
        )


def _check_kernel_fits(x, weight, spec: Spec) -> None:
    padded = [n + low + high for n, (low, high) in zip(x.shape[2:], spec.padding, strict=True)]
    kernel = [d * (k - 1) + 1 for k, d in zip(weight.shape[2:], spec.dilation, strict=True)]
    if any(n < k for n, k in zip(padded, kernel, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel size: "
            f"({' x '.join(map(str, kernel))}). Kernel size can't be greater than actual input size"
        )


def _with_bias(out, bias):
    return out if bias is None else out + over_channels(bias, out.shape)


@opmath
def _forward(x, weight, bias, *, spec: Spec):
    if x.shape[1] == 0:
        return jnp.zeros((x.shape[0], 0, *output_size(x.shape, weight.shape, spec)), x.dtype)
    return _with_bias(convolve(x, weight, spec), bias)


@opmath
def _backward(x, weight, bias, *, spec: Spec, size: tuple[int, ...]):
    return _with_bias(transposed(x, weight, size, spec), bias)


def _same_padding(stride, dilation, kernel) -> tuple[tuple[int, int], ...]:
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return tuple((t // 2, t - t // 2) for t in totals)


def _convolution(input, weight, bias, *, stride, padding, dilation, groups, n: int):
    name = f"conv{n}d"
    x, batched = _batched(name, input, n)
    _check_dtypes(x, weight, bias)
    if weight.ndim < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if padding == "same" and weight.ndim != x.ndim:
        raise RuntimeError(
            f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight{list(weight.shape)}, "
            f"but got {x.ndim}-dimensional input of size {list(x.shape)} instead"
        )
    k = weight.ndim - 2
    stride, dilation = _sized("stride", stride, k), _sized("dilation", dilation, k)
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        pads = _same_padding(stride, dilation, weight.shape[2:]) if padding == "same" else ((0, 0),) * k
    else:
        pads = tuple((p, p) for p in _sized("padding", padding, k))
    _check_numbers(stride, [p for p, _ in pads], (), groups)
    _check_weight(x, weight, bias, groups, False)
    _check_dilation(x, dilation)
    _check_kernel(weight)
    spec = Spec(stride, pads, dilation, groups)
    _check_kernel_fits(x, weight, spec)
    reject(x, f"slow_conv{n}d_cpu", BOOL)
    out = _forward(x, weight, bias, spec=spec)
    return out if batched else out[0]


def _transposed_convolution(input, weight, bias, *, stride, padding, output_padding, groups, dilation, n: int):
    x, batched = _batched(f"conv_transpose{n}d", input, n)
    _check_dtypes(x, weight, bias, transposed=True)
    stride, padding = _sized("stride", stride, n), _sized("padding", padding, n)
    output_padding, dilation = _sized("output_padding", output_padding, n), _sized("dilation", dilation, n)
    _check_numbers(stride, padding, output_padding, groups)
    _check_weight(x, weight, bias, groups, True)
    _check_kernel(weight)
    _check_dilation(x, dilation)
    if any(o >= max(s, d) for o, s, d in zip(output_padding, stride, dilation, strict=True)):
        # PyTorch makes 1-D ones 2-D first.
        lead = (1,) if n == 1 else ()
        sides = ("depth", "height", "width")[3 - max(n, 2) :]
        numbers = [
            f"{name}_{side}: {v}"
            for name, values in (
                ("output_padding", (0, *output_padding) if lead else output_padding),
                ("stride", (*lead, *stride)),
                ("dilation", (*lead, *dilation)),
            )
            for side, v in zip(sides, values, strict=True)
        ]
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got {' '.join(numbers)}"
        )
    if 0 in x.shape[2:]:
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {list(x.shape)}"
        )
    sizes = [
        (size - 1) * s - 2 * p + d * (k - 1) + o + 1
        for size, s, p, d, k, o in zip(
            x.shape[2:], stride, padding, dilation, weight.shape[2:], output_padding, strict=True
        )
    ]
    if any(size < 1 for size in sizes):
        # PyTorch makes 1-D convolutions 2-D.
        shown = " x ".join(map(str, (1, *x.shape[2:]) if n == 1 else x.shape[2:]))
        sizes = [1, *sizes] if n == 1 else sizes
        raise RuntimeError(
            f"Given input size per channel: ({shown}). Calculated output size per channel: "
            f"({' x '.join(map(str, sizes))}). Output size is too small"
        )
    reject(x, f"slow_conv_transpose{n}d_out_cpu", BOOL)
    # Less padding at the end gives the extra rows of output_padding.
    spec = Spec(stride, tuple((p, p - o) for p, o in zip(padding, output_padding, strict=True)), dilation, groups)
    out = _backward(x, weight, bias, spec=spec, size=tuple(sizes))
    return out if batched else out[0]


def _declare(n: int) -> None:
    tensors = "Tensor input, Tensor weight, Tensor? bias=None"
    options: dict[str, Any] = {
        "grad": "bilinear",
        "saves": ("input", "weight"),
        "variants": "f",
        "grad_name": "ConvolutionBackward0",
        "layout": channels_of_either if n > 1 else None,
    }

    def conv(input, weight, bias, *, stride, padding, dilation, groups):
        return _convolution(input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups, n=n)

    def conv_transpose(input, weight, bias, *, stride, padding, output_padding, groups, dilation):
        return _transposed_convolution(
            input,
            weight,
            bias,
            stride=stride,
            padding=padding,
            output_padding=output_padding,
            groups=groups,
            dilation=dilation,
            n=n,
        )

    conv.__doc__ = f"A {n}-D convolution; `padding` is numbers, 'valid' or 'same'."
    conv_transpose.__doc__ = f"A {n}-D transposed convolution: the input gradient of `conv{n}d` with this weight."
    name = f"conv{n}d"
    op(
        f"{name}({tensors}, int[{n}] stride=1, int[{n}] padding=0, int[{n}] dilation=1, int groups=1) -> Tensor",
        aliases=(f"nn.functional.{name}",),
        **options,
    )(conv)
    op(
        f"{name}.padding({tensors}, int[{n}] stride=1, str padding='valid', int[{n}] dilation=1, int groups=1) "
        "-> Tensor",
        aliases=(f"nn.functional.{name}",),
        **options,
    )(conv)
    name = f"conv_transpose{n}d"
    op(
        f"{name}({tensors}, int[{n}] stride=1, int[{n}] padding=0, int[{n}] output_padding=0, int groups=1, "
        f"int[{n}] dilation=1) -> Tensor",
        aliases=(f"nn.functional.{name}",),
        **options,
    )(conv_transpose)


for _n in (1, 2, 3):
    _declare(_n)


@op(
    "conv_tbc(Tensor input, Tensor weight, Tensor bias, int pad=0) -> Tensor",
    variants="f",
    grad="bilinear",
    saves=("input", "weight"),
    aliases=("nn.functional.conv_tbc",),
)
def conv_tbc(input, weight, bias, *, pad):
    """A 1-D convolution of (time, batch, channels) input with (time, in, out) weights."""
    if input.ndim != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if weight.ndim != 3:
        raise RuntimeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if bias.ndim != 1:
        raise RuntimeError("Bias must be 1-D")
    if input.shape[2] != weight.shape[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    if weight.shape[2] != bias.shape[0]:
        raise RuntimeError("Bias size must equal dim 2 in the weight tensor (output channels).")
    _check_dtypes(input, weight, bias)
    out = _forward(input.transpose(1, 2, 0), weight.transpose(2, 1, 0), bias, spec=Spec((1,), ((pad, pad),), (1,), 1))
    return out.transpose(2, 0, 1)
