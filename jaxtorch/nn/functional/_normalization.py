"""Batch and instance norm, which keep running statistics, and checks in front of the others."""

from __future__ import annotations

import math
from typing import Any

from jaxtorch._autograd import inplace
from jaxtorch._autograd.variable import value_of
from jaxtorch.nn._root import torch
from jaxtorch.nn.functional._ops import internal, table


def _verify_batch_size(size: Any) -> None:
    if size[0] * math.prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel of (N, C, ...) by the batch's statistics (training) or the running ones.

    Training averages the batch's statistics into the running ones, in place.
    """
    if training:
        _verify_batch_size(input.shape)
        if eps <= 0.0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    elif eps < 0.0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    _check_sizes(input, running_mean, running_var, weight, bias)
    if not input._aval.numel:
        return _of_nothing(input, weight, bias)
    if not training:
        for name, x in (("running_mean", running_mean), ("running_var", running_var)):
            if x is None:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        return internal._batch_norm_eval(input, running_mean, running_var, weight, bias, eps=eps)
    out, mean, var = internal._batch_norm_train(input, weight, bias, running_mean, running_var, momentum, eps=eps)
    for running, new in ((running_mean, mean), (running_var, var)):
        if running is not None:
            inplace.write(running, value_of(new))
    return out


def _of_nothing(input: Any, weight: Any, bias: Any) -> Any:
    out = input.clone()
    out = out if weight is None else out * weight[0]
    return out if bias is None else out + bias[0]


def _check_sizes(input: Any, running_mean: Any, running_var: Any, weight: Any, bias: Any) -> None:
    channels = input.shape[1] if input.ndim > 1 else 0
    for name, x in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if x is not None and x._aval.numel != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {x._aval.numel}")


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Normalise each channel of each sample by its own statistics, or by the running ones."""
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
        return internal._batch_norm_eval(input, running_mean, running_var, weight, bias, eps=eps)
    out, mean, var = internal._instance_norm_train(input, weight, bias, running_mean, running_var, momentum, eps=eps)
    for running, new in ((running_mean, mean), (running_var, var)):
        if running is not None:
            inplace.write(running, value_of(new))
    return out


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Normalise groups of channels of (N, C, ...)."""
    shape = input.shape
    if len(shape) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(shape)}")
    if shape[0] * (shape[1] // num_groups if num_groups else 0) * math.prod(shape[2:]) == 1:
        _verify_batch_size([shape[0] * shape[1] // num_groups, num_groups, *shape[2:]])
    return table.group_norm(input, num_groups, weight, bias, eps)


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Divide each channel by a power of the mean square over `size` neighbouring channels."""
    if input.dim() >= 3 and input.numel() == 0:
        return input
    return table.local_response_norm(input, size, alpha, beta, k)


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """Divide by the p-norm along a dimension, or by `eps` where the norm is smaller."""
    scale = input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)
    return input / scale if out is None else torch.div(input, scale, out=out)
