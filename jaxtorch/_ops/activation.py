"""Activation functions. `torch.nn.functional`'s take `inplace`; torch's own have an in-place variant instead.

The wrappers of `inplace` functions write the result back; the op functions never see the flag set.
Derivatives at the corners are PyTorch's, hence comparisons instead of `maximum` (whose ties share the gradient).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.checks import check_numbers_fit
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.pointwise import (
    BOOL,
    COMPLEX,
    INTEGRAL,
    default_float,
    elementwise,
    is_complex,
    is_integral,
    reject,
    scalar_name,
)
from jaxtorch._ops.table import op


def _activation(
    name: str,
    params: str = "",
    *,
    here: str = "f",
    root: str = "",
    saves: tuple[str, ...] | str = "input",
    grad_name: str | None = None,
    fits: tuple[str, ...] = (),
) -> Callable[[Callable], Callable]:
    """Declare `nn.functional.<name>` with `inplace` (variants `here`), and `torch.<name>` (variants `root`, if any)."""
    grad_name = grad_name or "".join(part.capitalize() for part in name.split("_")) + "Backward0"

    def declare(fn: Callable) -> Callable:
        @functools.wraps(fn)
        def functional(*arrays, inplace, **statics):
            if inplace:
                raise NotImplementedError(f"nn.functional.{name}(inplace=True) on a JAX array; use inplace=False")
            return fn(*arrays, **statics)

        elementwise(
            f"nn.functional.{name}(Tensor input{params}, bool inplace=False) -> Tensor",
            promote="default",
            saves=saves,
            variants=here,
            grad_name=grad_name,
            fits=fits,
        )(functional)
        if root:
            elementwise(
                f"{name}(Tensor input{params}) -> Tensor",
                promote="default",
                saves=saves,
                variants=root,
                grad_name=grad_name,
                fits=fits,
            )(fn)
        return fn

    return declare


def _constant(x, value: float):
    check_numbers_fit((value,), from_numpy_dtype(x.dtype))
    return jnp.asarray(np.asarray(value).astype(x.dtype))  # an unsigned dtype takes -1, which wraps


# ----- Rectifiers -----


@_activation("relu", here="fi", root="fmi", saves="result")
def relu(input):
    if input.dtype == bool:
        raise RuntimeError("Boolean inputs not supported for relu")
    _clampable(input)
    return jnp.where(input <= 0, jnp.zeros_like(input), input)  # NaN stays


def _clampable(x) -> None:
    if is_complex(x):
        raise NotImplementedError("clamp is not supported for complex types")


def _hardtanh(x, low: float, high: float):
    if x.dtype == bool:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    _clampable(x)
    if low < 0 and jnp.issubdtype(x.dtype, jnp.unsignedinteger):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return jnp.where(x <= low, _constant(x, low), jnp.where(x >= high, _constant(x, high), x))


@_activation("hardtanh", ", float min_val=-1.0, float max_val=1.0", here="fi", fits=("min_val", "max_val"))
def hardtanh(input, *, min_val, max_val):
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return _hardtanh(input, min_val, max_val)


@_activation("relu6", grad_name="HardtanhBackward0")
def relu6(input):
    return _hardtanh(input, 0.0, 6.0)


@_activation("leaky_relu", ", float negative_slope=0.01", here="fi")
def leaky_relu(input, *, negative_slope):
    reject(input, "leaky_relu_cpu", BOOL, INTEGRAL, COMPLEX)
    return jnp.where(input > 0, input, input * _constant(input, negative_slope))


@_activation(
    "rrelu",
    ", float lower=0.125, float upper=0.3333333333333333, bool training=False",
    here="fi",
    root="fi",
    grad_name="RreluWithNoiseBackward0",
)
def rrelu(input, *, lower, upper, training):
    if training:
        raise NotImplementedError("rrelu(training=True) draws random slopes: give them to _rrelu")
    return leaky_relu(input, negative_slope=(lower + upper) / 2)


@elementwise(
    "_rrelu(Tensor input, Tensor noise) -> Tensor", promote="default", variants="f", grad_name="RreluWithNoiseBackward0"
)
def _rrelu(input, noise):
    """rrelu in training, with the slopes drawn for the elements that are not above zero."""
    return jnp.where(input <= 0, input * noise, input)


@op(
    "prelu(Tensor input, Tensor weight) -> Tensor",
    aliases=("nn.functional.prelu",),
    grad_name="PreluKernelBackward0",
    layout=channels_of_first,
)
def prelu(input, weight):
    if input.dtype != weight.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {scalar_name(input)} and {scalar_name(weight)}")
    if weight.size != 1:
        if not input.ndim:
            raise RuntimeError("Not allow zero-dim input tensor.")
        if weight.ndim > 1:
            raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight.size != channels or weight.ndim != 1:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.size} and channel size = {channels}."
            )
        weight = weight.reshape((1, channels) + (1,) * (input.ndim - 2))
    else:
        weight = weight.reshape((1,) * input.ndim)
    return jnp.where(input > 0, input, weight * input)


@_activation("threshold", ", float threshold, float value", here="fi", root="fi", fits=("threshold", "value"))
def threshold(input, *, threshold, value):
    reject(input, "threshold_cpu", BOOL, COMPLEX)
    return jnp.where(input <= threshold, _constant(input, value), input)


# ----- Exponential ones -----


def _elu(x, alpha: float, scale: float = 1.0, input_scale: float = 1.0):
    reject(x, "elu_cpu", BOOL, INTEGRAL, COMPLEX)
    below = jnp.where(x <= 0, x, 0)  # expm1 of a large number would make the other branch's derivative NaN
    low = jnp.expm1(below * _constant(x, input_scale)) * _constant(x, alpha * scale)
    return jnp.where(x <= 0, low, x * _constant(x, scale))


@_activation("elu", ", float alpha=1.0", here="fi")
def elu(input, *, alpha):
    return _elu(input, alpha)


@_activation("selu", here="fi", root="fi", grad_name="EluBackward0")
def selu(input):
    return _elu(input, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946)


@_activation("celu", ", float alpha=1.0", here="fi", root="fi")
def celu(input, *, alpha):
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _elu(input, alpha, 1.0, 1.0 / alpha)


@elementwise("nn.functional.gelu(Tensor input, *, str approximate='none') -> Tensor", promote="default", variants="fo")
def gelu(input, *, approximate):
    reject(input, "GeluKernelImpl", BOOL, INTEGRAL, COMPLEX)
    x = input
    if approximate == "none":
        return x * _constant(x, 0.5) * (1 + lax.erf(x * _constant(x, math.sqrt(0.5))))
    if approximate != "tanh":
        raise RuntimeError("approximate argument must be either none or tanh.")
    inner = _constant(x, math.sqrt(2 / math.pi)) * (x + _constant(x, 0.044715) * (x * x * x))
    return x * _constant(x, 0.5) * (1 + jnp.tanh(inner))


@_activation("silu")
def silu(input):
    reject(input, "silu_cpu", BOOL, INTEGRAL)
    return input * jax.nn.sigmoid(input)


@_activation("mish")
def mish(input):
    reject(input, "mish_cpu", BOOL, INTEGRAL, COMPLEX)
    return input * jnp.tanh(_softplus(input, 1.0, 20.0))


@elementwise(
    "nn.functional.softplus(Tensor input, float beta=1, float threshold=20) -> Tensor", promote="default", variants="fo"
)
def softplus(input, *, beta, threshold):
    reject(input, "softplus_cpu", BOOL, INTEGRAL, COMPLEX)
    return _softplus(input, beta, threshold)


def _softplus(x, beta: float, threshold: float):
    scaled = x * _constant(x, beta)
    straight = scaled > threshold
    curve = jnp.log1p(jnp.exp(jnp.where(straight, 0, scaled))) / _constant(x, beta)
    return jnp.where(straight, x, curve)


@elementwise(
    "nn.functional.logsigmoid(Tensor input) -> Tensor",
    promote="default",
    variants="fo",
    grad_name="LogSigmoidBackward0",
)
def logsigmoid(input):
    reject(input, "log_sigmoid_cpu", BOOL, INTEGRAL, COMPLEX)
    return _log_sigmoid(input)


@jax.custom_jvp
def _log_sigmoid(x):
    return jnp.minimum(x, 0) - jnp.log1p(jnp.exp(-jnp.abs(x)))


@_log_sigmoid.defjvp
def _log_sigmoid_jvp(primals, tangents):
    return _log_sigmoid(*primals), tangents[0] * jax.nn.sigmoid(-primals[0])


# ----- Piecewise linear ones -----


@_activation("hardsigmoid")
def hardsigmoid(input):
    reject(input, "hardsigmoid_cpu", BOOL, INTEGRAL, COMPLEX)
    inside = (input > -3) & (input < 3)
    return jnp.where(inside, input + 3, lax.stop_gradient(jnp.clip(input + 3, 0, 6))) * _constant(input, 1 / 6)


@_activation("hardswish")
def hardswish(input):
    reject(input, "hardswish_cpu", BOOL, INTEGRAL, COMPLEX)
    return _hardswish(input)


@jax.custom_jvp
def _hardswish(x):
    return x * jnp.clip(x + 3, 0, 6) * _constant(x, 1 / 6)


@_hardswish.defjvp
def _hardswish_jvp(primals, tangents):
    (x,) = primals
    slope = jnp.where(x <= -3, 0, jnp.where(x < 3, x / 3 + _constant(x, 0.5), 1))
    return _hardswish(x), tangents[0] * slope


@elementwise(
    "hardshrink(Tensor input, float lambd=0.5) -> Tensor",
    promote="default",
    variants="fmo",
    aliases=("nn.functional.hardshrink",),
)
def hardshrink(input, *, lambd):
    reject(input, "hardshrink_cpu", BOOL, INTEGRAL, COMPLEX)
    return jnp.where((input >= -lambd) & (input <= lambd), jnp.zeros_like(input), input)


@elementwise("nn.functional.softshrink(Tensor input, float lambd=0.5) -> Tensor", promote="default", variants="fo")
def softshrink(input, *, lambd):
    reject(input, "softshrink_check", BOOL, INTEGRAL, COMPLEX)
    if lambd < 0:
        raise RuntimeError(
            f"lambda must be in range [0, {float(jnp.finfo(input.dtype).max):g}] for input dtype "
            f"{scalar_name(input)}, but found {lambd:g}"
        )
    gap = _constant(input, lambd)
    inside = (input >= -lambd) & (input <= lambd)
    return jnp.where(inside, 0, jnp.where(input < -lambd, input + gap, input - gap))


@elementwise(
    "nn.functional.softsign(Tensor input) -> Tensor", promote="int_to_float", variants="f", grad_name="DivBackward0"
)
def softsign(input):
    size = jnp.abs(input) if is_complex(input) else input * ((input > 0) * 1 - (input < 0) * 1).astype(input.dtype)
    return input / (1 + size)


@elementwise(
    "nn.functional.tanhshrink(Tensor input) -> Tensor", promote="int_to_float", variants="f", grad_name="SubBackward0"
)
def tanhshrink(input):
    return input - jnp.tanh(input)


# ----- Gates -----


@op("nn.functional.glu(Tensor input, int dim=-1) -> Tensor", variants="f", layout=channels_of_first)
def glu(input, *, dim):
    if input.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    dim = wrap_dim(dim, input.ndim)
    if input.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {input.shape[dim]}")
    first, second = jnp.split(default_float(input) if is_integral(input) else input, 2, axis=dim)
    return first * jax.nn.sigmoid(second)
