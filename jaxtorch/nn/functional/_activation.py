"""Activation functions with an `inplace` argument, and those that draw random numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.random import default
from jaxtorch.nn._root import torch
from jaxtorch.nn.functional._inplace import put
from jaxtorch.nn.functional._ops import internal, table


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """`input` where it is above the threshold, `value` elsewhere."""
    out = table.threshold(input, threshold, value)
    return put(input, out, False) if inplace else out  # PyTorch lets expanded tensors be: all that overlaps is the same


def relu(input: Any, inplace: bool = False) -> Any:
    """`max(input, 0)`."""
    return torch.relu_(input) if inplace else torch.relu(input)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """`input` clamped to [min_val, max_val]."""
    out = table.hardtanh(input, min_val, max_val)
    return put(input, out) if inplace else out


def relu6(input: Any, inplace: bool = False) -> Any:
    """`min(max(input, 0), 6)`."""
    out = table.relu6(input)
    return put(input, out) if inplace else out


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """`input` where positive, `alpha * (exp(input) - 1)` elsewhere."""
    out = table.elu(input, alpha)
    return put(input, out) if inplace else out


def selu(input: Any, inplace: bool = False) -> Any:
    """The scaled exponential linear unit."""
    out = table.selu(input)
    return put(input, out) if inplace else out


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """`input` where positive, `alpha * (exp(input / alpha) - 1)` elsewhere."""
    out = table.celu(input, alpha)
    return put(input, out) if inplace else out


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """`input` where positive, `negative_slope * input` elsewhere."""
    out = table.leaky_relu(input, negative_slope)
    return put(input, out) if inplace else out


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """`input / 6 + 1 / 2` clamped to [0, 1]."""
    out = table.hardsigmoid(input)
    return put(input, out) if inplace else out


def silu(input: Any, inplace: bool = False) -> Any:
    """`input * sigmoid(input)`."""
    out = table.silu(input)
    return put(input, out) if inplace else out


def mish(input: Any, inplace: bool = False) -> Any:
    """`input * tanh(softplus(input))`."""
    out = table.mish(input)
    return put(input, out) if inplace else out


def hardswish(input: Any, inplace: bool = False) -> Any:
    """`input * hardsigmoid(input)`."""
    out = table.hardswish(input)
    return put(input, out) if inplace else out


def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """A leaky ReLU with slopes drawn from [lower, upper] in training, their mean elsewhere.

    PyTorch draws a number for each element that is not positive, so training reads the values of `input`.
    """
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    out = internal._rrelu(input, _slopes(input, lower, upper)) if training else table.rrelu(input, lower, upper)
    return put(input, out) if inplace else out


def _slopes(input: Any, lower: float, upper: float) -> Any:
    values = host_array(input)
    negative = values <= 0
    slopes = np.ones(values.shape, values.dtype)
    slopes[negative] = default._host.uniform(int(negative.sum()), lower, upper, np.float64).astype(values.dtype)
    return from_array(slopes, input.dtype, input.device)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """A sample of the Gumbel-softmax distribution; with `hard` one-hot, with the gradient of the soft one."""
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise = -torch.empty_like(logits).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    return torch.zeros_like(logits).scatter(dim, index, 1.0) - soft.detach() + soft
