"""Normalisations over given dimensions of each sample. Serves F.layer_norm, group_norm, rms_norm, local_response_norm
and normalize; `norm_batch.py` has those with running statistics.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._base.sizes import wrap_dim, wrap_dims
from jaxtorch._ops import extreme_values
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.norm_sums import over_channels, over_columns, over_rows, row_sum
from jaxtorch._ops.pointwise import is_integral, opmath, reject, scalar_name
from jaxtorch._ops.table import op


def check_parameters(x, parameters) -> None:
    """Parameters have the input's dtype, or float32 beside a half input."""
    given = [p for p in parameters if p is not None]
    if all(p.dtype == x.dtype for p in given):
        return
    if any(p.dtype != jnp.float32 for p in given):
        raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
    if x.dtype not in (jnp.float16, jnp.bfloat16):
        raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")


# ----- Layer norm -----


@op(
    "nn.functional.layer_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, "
    "float eps=1e-05) -> Tensor",
    variants="f",
    grad_name="NativeLayerNormBackward0",
    saves=("input", "weight"),
    aliases=("layer_norm",),
)
def layer_norm(input, weight, bias, *, normalized_shape, eps):
    """Each sample's last dimensions, of shape `normalized_shape`, with mean 0 and variance 1."""
    _check_shape(input, normalized_shape, weight, bias, ", ")
    reject(input, "LayerNormKernelImpl", BOOL, INTEGRAL, COMPLEX)
    check_parameters(input, (weight, bias))
    return _layer_norm(input, weight, bias, count=math.prod(normalized_shape), eps=eps)


@opmath
def _layer_norm(x, weight, bias, *, count: int, eps: float):
    if not x.size:
        return x
    rows = x.reshape(-1, count)
    out = _standardised(rows, eps)
    if weight is not None:
        out = out * over_rows(weight.reshape(-1), rows.shape[0])
    if bias is not None:
        out = out + over_rows(bias.reshape(-1), rows.shape[0])
    return out.reshape(x.shape)


def _standardised(rows, eps: float):
    count = rows.shape[1]
    centred = rows - over_columns(row_sum(rows) / count, count)
    variance = row_sum(centred * centred) / count
    return centred * over_columns(lax.rsqrt(variance + eps), count)


def _check_shape(x, shape, weight, bias, star: str) -> None:
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
            f"but got normalized_shape = {list(shape)}"
        )
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and value.shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(value.shape)} and normalized_shape = {list(shape)}"
            )
    if x.ndim < len(shape) or x.shape[x.ndim - len(shape) :] != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{star}"
            f"{', '.join(map(str, shape))}], but got input of size{list(x.shape)}"
        )


# ----- RMS norm -----


@op(
    "nn.functional.rms_norm(Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
    variants="f",
    grad_name="FusedRmsNormBackward0",
    saves=("input", "weight"),
    aliases=("rms_norm",),
)
def rms_norm(input, weight, *, normalized_shape, eps):
    """Each sample's last dimensions divided by their root mean square; `eps` None is the dtype's epsilon."""
    _check_shape(input, normalized_shape, weight, None, "")
    reject(input, "rms_norm", BOOL, INTEGRAL)
    out = _rms_norm(input, weight, count=math.prod(normalized_shape), eps=eps)
    return out.astype(input.dtype)


@opmath
def _rms_norm(x, weight, *, count: int, eps: float | None):
    if not x.size:
        return x
    rows = x.reshape(-1, count)
    squares = rows * rows  # of complex numbers too: PyTorch takes no absolute value
    eps = float(jnp.finfo(x.dtype).eps) if eps is None else eps
    out = rows * over_columns(lax.rsqrt(row_sum(squares) / count + eps), count)
    if weight is not None:
        out = out * over_rows(weight.reshape(-1), rows.shape[0])
    return out.reshape(x.shape)


# ----- Group norm -----


@op(
    "nn.functional.group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05) "
    "-> Tensor",
    variants="f",
    grad_name="NativeGroupNormBackward0",
    saves=("input", "weight"),
    aliases=("group_norm",),
    layout=channels_of_first,
)
def group_norm(input, weight, bias, *, num_groups, eps):
    """Each sample's channels, in `num_groups` groups, with mean 0 and variance 1."""
    _check_groups(input, num_groups, weight, bias)
    reject(input, "GroupNormKernelImpl", BOOL, INTEGRAL, COMPLEX)
    check_parameters(input, (weight, bias))
    return _group_norm(input, weight, bias, groups=num_groups, eps=eps)


def _check_groups(x, groups: int, weight, bias) -> None:
    if x.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {x.ndim}")
    if groups == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    sizes = [x.shape[0] * x.shape[1] // groups, groups, *x.shape[2:]]
    if sizes[0] * math.prod(sizes[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {sizes}")
    if x.shape[1] % groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(x.shape)} and num_groups={groups}"
        )
    if weight is not None and weight.shape != x.shape[1:2]:
        raise RuntimeError(
            "Expected weight to be a vector of size equal to the number of channels in input, but got weight "
            f"of shape {list(weight.shape)} and input of shape {list(x.shape)}"
        )
    if bias is not None and bias.shape != x.shape[1:2]:
        raise RuntimeError(
            "Expected bias to be a vector of size equal to the number of channels in input, but got bias of "
            f"shape {list((bias if weight is None else weight).shape)} and input of shape {list(x.shape)}"
        )


@opmath
def _group_norm(x, weight, bias, *, groups: int, eps: float):
    if not x.size:
        return x
    out, _, _ = standardised_groups(x, groups, eps)
    if weight is not None:
        out = out * over_channels(weight, x.shape)
    return out if bias is None else out + over_channels(bias, x.shape)


def standardised_groups(x, groups: int, eps: float):
    """Each group of channels of each sample with mean 0 and variance 1; and what these were, (N, groups)."""
    # Sums over places and the channels of a group, whatever their order in memory: programs keep channels last.
    split = x.reshape(x.shape[0], groups, -1, *x.shape[2:])
    inner = tuple(range(2, split.ndim))
    count = math.prod(split.shape[2:])
    mean = split.sum(inner) / count
    centred = split - lax.broadcast_in_dim(mean, split.shape, (0, 1))
    variance = (centred * centred).sum(inner) / count
    scale = lax.broadcast_in_dim(lax.rsqrt(variance + eps), split.shape, (0, 1))
    return (centred * scale).reshape(x.shape), mean, variance


# ----- Local response norm, normalize -----


@op(
    "nn.functional.local_response_norm(Tensor input, int size, float alpha=0.0001, float beta=0.75, float k=1.0) "
    "-> Tensor",
    variants="f",
    grad_name="DivBackward0",
    layout=channels_of_first,
)
def local_response_norm(input, *, size, alpha, beta, k):
    """Divide by a power of the mean square over `size` neighbouring channels."""
    if input.ndim < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)"
        )
    return input if not input.size else _local_response(input, size=size, alpha=alpha, beta=beta, k=k)


@opmath
def _local_response(x, *, size: int, alpha: float, beta: float, k: float):
    squares = x * x
    widths = [(0, 0)] * x.ndim
    widths[1] = (size // 2, (size - 1) // 2)
    squares = jnp.pad(squares, widths)
    total: Any = sum(lax.slice_in_dim(squares, i, i + x.shape[1], axis=1) for i in range(size))
    mean = lax.div(total, jnp.asarray(size, total.dtype))
    if is_integral(x):
        x, mean = x.astype(jnp.float32), mean.astype(jnp.float32)
    return x / jnp.power(mean * jnp.asarray(alpha, x.dtype) + jnp.asarray(k, x.dtype), beta)


@op(
    "nn.functional.normalize(Tensor input, float p=2.0, any dim=1, float eps=1e-12) -> Tensor",
    variants="fo",
    grad_name="DivBackward0",
)
def normalize(input, *, p, dim, eps):
    """Divide by the `p`-norm along `dim`, or by `eps` where that is larger."""
    if is_integral(input):
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {scalar_name(input)}"
        )
    dims = (wrap_dim(dim, input.ndim),) if isinstance(dim, int) else wrap_dims(dim, input.ndim)
    return _normalize(input, p=p, dims=dims, eps=eps)


@opmath
def _normalize(x, *, p: float, dims: tuple[int, ...], eps: float):
    norm = vector_norm(x, p, dims)
    # where, not maximum: at the bound the gradient goes to the norm, as clamp_min's
    least = jnp.asarray(eps, norm.dtype)
    return x / jnp.where(norm < least, least, norm)


def vector_norm(x, p: float, dims: tuple[int, ...]):
    """The `p`-norm over `dims`, kept as 1; its derivative is 0 where the norm is, and shared by largest elements."""
    size = magnitude(x)
    if p == 0:
        return lax.stop_gradient((size != 0).astype(size.dtype).sum(dims, keepdims=True))
    if math.isinf(p):
        return _extreme(size, dims, p > 0)
    if p == 1:
        return size.sum(dims, keepdims=True)
    if p == 2:
        return root_of_squares((size * size).sum(dims, keepdims=True))
    total = jnp.power(size, p).sum(dims, keepdims=True)
    zero = total == 0
    safe = jnp.where(zero, np.ones((), total.dtype), total)
    root = jnp.power(safe, 1.0 / p)
    return jnp.where(zero, np.zeros((), total.dtype), root)


@jax.custom_jvp
def root_of_squares(x):
    """The square root, with derivative 0 at 0; the second derivative there is NaN, as that of PyTorch's norms."""
    return jnp.sqrt(x)


@root_of_squares.defjvp
def _root_of_squares_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    root = root_of_squares(x)
    return root, dx * jnp.where(x == 0, np.zeros((), x.dtype), 0.5 / root)


def magnitude(x):
    """The absolute value, with derivative 0 at 0."""
    if not jnp.iscomplexobj(x):
        return x * lax.stop_gradient(jnp.sign(x))
    zero = x == 0
    safe = jnp.where(zero, jnp.ones_like(x), x)
    return jnp.where(zero, np.zeros((), safe.real.dtype), jnp.abs(safe))


def _extreme(size, dims, largest: bool):
    found = (extreme_values.largest if largest else extreme_values.smallest)(lax.stop_gradient(size), dims, True)
    chosen = size == found
    count = chosen.sum(dims, keepdims=True).astype(size.dtype)
    mean = jnp.where(chosen, size, 0).sum(dims, keepdims=True) / count
    return found + jnp.where(jnp.isfinite(found), mean - lax.stop_gradient(mean), 0)
