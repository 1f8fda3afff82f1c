"""Normalisations with running statistics. Serves F.batch_norm and F.instance_norm (and torch's of the same names).

F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps):
  training: (out, mean, var) = _batch_norm_train(input, weight, bias, running_mean, running_var, momentum, eps=eps);
      then write `mean` and `var` into the running buffers where they are given (without a graph, in place).
  else: _batch_norm_eval(input, running_mean, running_var, weight, bias, eps=eps).
F.instance_norm with use_input_stats: `_instance_norm_train`, of the same form; else `_batch_norm_eval`.
The new statistics are running * (1 - momentum) + momentum * batch, the variance unbiased; without buffers they are
those of the batch. Before the op the wrappers raise "Expected more than 1 value per channel when training, ...".
"""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.dtypes import BOOL, COMPLEX, INTEGRAL
from jaxtorch._ops.layouts import channels_of_first
from jaxtorch._ops.norm import check_parameters, standardised_groups
from jaxtorch._ops.norm_sums import channel_sum, over_channels
from jaxtorch._ops.pointwise import reject
from jaxtorch._ops.pool_windows import adjoint
from jaxtorch._ops.table import op


def _check(x, channels: int, weight, bias, running_mean, running_var, repeat: int = 1) -> None:
    for name, value in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        if value is not None and value.size != channels:
            raise RuntimeError(f"{name} should contain {channels * repeat} elements not {value.size * repeat}")
    reject(x, "batch_norm", BOOL, INTEGRAL, COMPLEX)
    check_parameters(x, (weight, bias, running_mean, running_var))


def _wide(x):
    return x.astype(jnp.float32) if x is not None and x.dtype in (jnp.float16, jnp.bfloat16) else x


# ----- Statistics of the batch -----


def _statistics(x):
    """Mean and biased variance of each channel."""
    count = x.size // x.shape[1]
    mean = channel_sum(x) / count
    centred = x - over_channels(mean, x.shape)
    return mean, channel_sum(centred * centred) / count, centred


@functools.partial(jax.custom_jvp, nondiff_argnums=(3,))
def _normalised(x, weight, bias, eps: float):
    _, variance, centred = _statistics(x)
    return centred * over_channels(lax.rsqrt(variance + eps) * weight, x.shape) + over_channels(bias, x.shape)


def _pulled(ct, centred, variance, weight, eps: float):
    """The gradients of input, weight and bias."""
    shape, count = ct.shape, ct.size // ct.shape[1]
    scale = lax.rsqrt(variance + eps)
    of_bias = channel_sum(ct)
    along = channel_sum(ct * centred)
    of_input = (
        ct - over_channels(of_bias / count, shape) - centred * over_channels(along * scale * scale / count, shape)
    )
    return of_input * over_channels(weight * scale, shape), along * scale, of_bias


def _pull_batch_norm(ct, x, weight, bias, running_mean, running_var, momentum, *, wanted, eps):
    if not x.size or any(wanted[3:]):
        return None
    _, variance, centred = _statistics(x)
    flat = jnp.ones(x.shape[1], x.dtype) if weight is None else weight.reshape(-1)
    of_input, of_weight, of_bias = _pulled(ct, centred, variance, flat, eps)
    of_weight = of_weight if weight is None else of_weight.reshape(weight.shape)
    return of_input, of_weight, of_bias if bias is None else of_bias.reshape(bias.shape), None, None, None


@_normalised.defjvp
def _normalised_jvp(eps, primals, tangents):
    # PyTorch's backward as the transpose: two sums a channel instead of the six of the derived one.
    x, weight, bias = primals
    out = _normalised(x, weight, bias, eps)
    _, variance, centred = _statistics(x)

    def backward(ct):
        return _pulled(ct, centred, variance, weight, eps)

    return out, adjoint(backward, out, tuple(tangents))


def _normalise(x, weight, bias, eps: float):
    channels = x.shape[1]
    weight = jnp.ones(channels, x.dtype) if weight is None else weight.reshape(-1)
    bias = jnp.zeros(channels, x.dtype) if bias is None else bias.reshape(-1)
    return _normalised(x, weight, bias, eps)


def _moved(running, batch, momentum):
    """The running statistic after this batch, in its own dtype."""
    if running is None:
        return batch
    wide = _wide(running).reshape(batch.shape)
    share = momentum.astype(wide.dtype)
    return ((1 - share) * wide + share * batch.astype(wide.dtype)).astype(running.dtype).reshape(running.shape)


_PARAMS = (
    "(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, Scalar momentum, "
    "*, float eps) -> (Tensor, Tensor, Tensor)"
)


@op(
    f"_batch_norm_train{_PARAMS}",
    variants="f",
    grad_name="NativeBatchNormBackward0",
    saves=("input", "weight"),
    layout=(channels_of_first, None, None),
    pull=_pull_batch_norm,
)
def _batch_norm_train(input, weight, bias, running_mean, running_var, momentum, *, eps):
    channels = input.shape[1] if input.ndim > 1 else 0
    _check(input, channels, weight, bias, running_mean, running_var)
    x, count = _wide(input), input.size // max(channels, 1)
    if not input.size:
        zero = jnp.zeros(channels, x.dtype)
        return (input, zero if running_mean is None else running_mean, zero if running_var is None else running_var)
    out = _normalise(x, _wide(weight), _wide(bias), eps).astype(input.dtype)
    mean, variance, _ = _statistics(lax.stop_gradient(x))
    unbiased = variance * (count / max(count - 1, 1))
    return out, _moved(running_mean, mean, momentum), _moved(running_var, unbiased, momentum)


@op(
    "_batch_norm_eval(Tensor input, Tensor running_mean, Tensor running_var, Tensor? weight, Tensor? bias, *, "
    "float eps) -> Tensor",
    variants="f",
    grad_name="NativeBatchNormBackward0",
    saves=("input", "weight"),
    layout=channels_of_first,
)
def _batch_norm_eval(input, running_mean, running_var, weight, bias, *, eps):
    _check(input, input.shape[1] if input.ndim > 1 else 0, weight, bias, running_mean, running_var)
    if not input.size:
        return input
    x, shape = _wide(input), input.shape
    scale = lax.rsqrt(_wide(running_var).reshape(-1) + eps)
    out = (x - over_channels(_wide(running_mean).reshape(-1), shape)) * over_channels(
        scale if weight is None else scale * _wide(weight).reshape(-1), shape
    )
    if bias is not None:
        out = out + over_channels(_wide(bias).reshape(-1), shape)
    return out.astype(input.dtype)


@op(f"_instance_norm_train{_PARAMS}", variants="f", grad_name="ViewBackward0", saves=("input", "weight"))
def _instance_norm_train(input, weight, bias, running_mean, running_var, momentum, *, eps):
    n, channels = input.shape[:2]
    _check(input, channels, weight, bias, running_mean, running_var, n)
    if not input.size:
        zero = jnp.zeros(channels, input.dtype)
        return (input, zero if running_mean is None else running_mean, zero if running_var is None else running_var)
    x = _wide(input)
    out, mean, variance = standardised_groups(x, channels, eps)
    if weight is not None:
        out = out * over_channels(_wide(weight).reshape(-1), x.shape)
    if bias is not None:
        out = out + over_channels(_wide(bias).reshape(-1), x.shape)
    mean, variance = lax.stop_gradient((mean, variance))
    count = math.prod(x.shape[2:])
    unbiased = variance * (count / max(count - 1, 1))
    return (
        out.astype(input.dtype),
        _moved(running_mean, mean.mean(0), momentum),
        _moved(running_var, unbiased.mean(0), momentum),
    )
