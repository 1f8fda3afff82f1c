"""Normalisation: layer, group, RMS, instance, batch and local response norms.

Serves nn.functional.layer_norm, group_norm, rms_norm, local_response_norm (from the table) and batch_norm,
instance_norm (Python wrappers that keep running statistics, over `_batch_norm_train`, `_batch_norm_eval`,
`_instance_norm`).
"""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax

from jaxtorch._ops.pointwise import is_floating, scalar_name
from jaxtorch._ops.table import op


def _moments(x, axes):
    """Mean and biased variance over `axes`, kept as dimensions of size 1; in two passes, as PyTorch's values need."""
    mean = jnp.mean(x, axes, keepdims=True)
    return mean, jnp.mean(jnp.square(x - mean), axes, keepdims=True)


def _normalized(x, axes, eps: float):
    mean, variance = _moments(x, axes)
    return (x - mean) * lax.rsqrt(variance + jnp.asarray(eps, x.dtype))


def _affine(x, weight, bias, shape):
    if weight is not None:
        x = x * weight.reshape(shape)
    return x if bias is None else x + bias.reshape(shape)


def _check_normalized_shape(input, normalized_shape, weight, bias) -> None:
    if not normalized_shape:
        raise RuntimeError("Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but "
                           "got normalized_shape = []")
    shape = list(normalized_shape)
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and list(x.shape) != shape:
            raise RuntimeError(f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                               f"{list(x.shape)} and normalized_shape = {shape}")
    if input.ndim < len(shape) or list(input.shape[input.ndim - len(shape):]) != shape:
        wanted = "".join(f", {n}" for n in shape)
        raise RuntimeError(f"Given normalized_shape={shape}, expected input with shape [*{wanted}], but got input of size"
                           f"{list(input.shape)}")


@op("nn.functional.layer_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, "
    "float eps=1e-05) -> Tensor", promote="default", participants=("input",), variants="f",
    grad_name="NativeLayerNormBackward0")
def layer_norm(input, weight, bias, *, normalized_shape, eps):
    _check_normalized_shape(input, normalized_shape, weight, bias)
    if not is_floating(input):
        raise RuntimeError(f"\"LayerNormKernelImpl\" not implemented for '{scalar_name(input)}'")
    axes = tuple(range(input.ndim - len(normalized_shape), input.ndim))
    return _affine(_normalized(input, axes, eps), _as(weight, input), _as(bias, input), normalized_shape)


def _as(x, like):
    return None if x is None else x.astype(like.dtype)


@op("nn.functional.rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
    promote="default", participants=("input",), variants="f", grad_name="FusedRmsNormBackward0")
def rms_norm(input, weight, *, normalized_shape, eps):
    _check_normalized_shape(input, normalized_shape, weight, None)
    axes = tuple(range(input.ndim - len(normalized_shape), input.ndim))
    small = jnp.asarray(jnp.finfo(input.dtype).eps if eps is None else eps, input.dtype)
    scaled = input * lax.rsqrt(jnp.mean(jnp.square(input), axes, keepdims=True) + small)
    return _affine(scaled, _as(weight, input), None, normalized_shape)


def _channels(input, size: int = 1):
    """The shape that broadcasts one number a channel against (N, C, ...)."""
    return (1, input.shape[1], *[1] * (input.ndim - 2))


@op("nn.functional.group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05) -> Tensor",
    promote="default", participants=("input",), variants="f", grad_name="NativeGroupNormBackward0")
def group_norm(input, weight, bias, *, num_groups, eps):
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    channels = input.shape[1]
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
                           f"{list(input.shape)} and num_groups={num_groups}")
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.shape != (channels,):
            raise RuntimeError(f"Expected {name} to be a vector of size equal to the number of channels in input, but got "
                               f"{name} of shape {list(x.shape)} and input of shape {list(input.shape)}")
    grouped = input.reshape(input.shape[0], num_groups, -1)
    out = _normalized(grouped, (2,), eps).reshape(input.shape)
    return _affine(out, _as(weight, input), _as(bias, input), _channels(input))


@op("_instance_norm(Tensor input, Tensor? weight, Tensor? bias, *, float eps) -> Tensor", promote="default",
    participants=("input",), variants="f", grad_name="NativeBatchNormBackward0")
def _instance_norm(input, weight, bias, *, eps):
    out = _normalized(input, tuple(range(2, input.ndim)), eps)
    return _affine(out, _as(weight, input), _as(bias, input), _channels(input))


# ----- Batch norm -----

@op("_batch_norm_train(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, "
    "Scalar momentum, *, float eps) -> (Tensor output, Tensor running_mean, Tensor running_var)", variants="f",
    saves=("input", "weight"), grad_name="NativeBatchNormBackward0")
def _batch_norm_train(input, weight, bias, running_mean, running_var, momentum, *, eps):
    """Normalise by the batch's statistics; also the new running ones (variance unbiased), untouched by gradients."""
    axes = (0, *range(2, input.ndim))
    x = input.astype(jnp.float32) if input.dtype.itemsize == 2 else input
    mean, variance = _moments(x, axes)
    out = (x - mean) * lax.rsqrt(variance + jnp.asarray(eps, x.dtype))
    out = _affine(out, _as(weight, x), _as(bias, x), _channels(input)).astype(input.dtype)
    count = math.prod(input.shape[a] for a in axes)
    unbiased = lax.stop_gradient(variance).reshape(-1) * (count / max(count - 1, 1))
    return (out, _running(running_mean, lax.stop_gradient(mean).reshape(-1), momentum),
            _running(running_var, unbiased, momentum))


def _running(old, new, momentum):
    if old is None:
        return new
    share = momentum.astype(old.dtype)
    return lax.stop_gradient(share * new.astype(old.dtype) + (1 - share) * old)


@op("_batch_norm_eval(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, *, float eps) "
    "-> Tensor", variants="f", saves=("input", "weight"), grad_name="NativeBatchNormBackward0")
def _batch_norm_eval(input, weight, bias, running_mean, running_var, *, eps):
    shape = _channels(input)
    x = input.astype(jnp.float32) if input.dtype.itemsize == 2 else input
    scale = lax.rsqrt(running_var.astype(x.dtype) + jnp.asarray(eps, x.dtype))
    out = (x - running_mean.astype(x.dtype).reshape(shape)) * scale.reshape(shape)
    return _affine(out, _as(weight, x), _as(bias, x), shape).astype(input.dtype)


@op("nn.functional.local_response_norm(Tensor input, int size, float alpha=0.0001, float beta=0.75, float k=1.0) -> Tensor",
    promote="default", variants="f", grad_name="DivBackward0")
def local_response_norm(input, *, size, alpha, beta, k):
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)")
    padding = [(0, 0, 0)] * input.ndim
    padding[1] = (size // 2, (size - 1) // 2, 0)
    squares = lax.pad(jnp.square(input), jnp.zeros((), input.dtype), padding)
    channels = input.shape[1]
    total = sum(lax.slice_in_dim(squares, i, i + channels, axis=1) for i in range(size))
    scale = total / size * jnp.asarray(alpha, input.dtype) + jnp.asarray(k, input.dtype)
    return input / jnp.power(scale, jnp.asarray(beta, input.dtype))
