"""Initialisation of parameters, with the very numbers PyTorch draws from the same seed."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._autograd.grad_mode import no_grad
from jaxtorch._base.rng.rounding import from_float32
from jaxtorch._tensor.construct import from_array
from jaxtorch.nn._root import torch

__all__ = [
    "calculate_gain",
    "uniform_",
    "normal_",
    "trunc_normal_",
    "constant_",
    "ones_",
    "zeros_",
    "eye_",
    "dirac_",
    "xavier_uniform_",
    "xavier_normal_",
    "kaiming_uniform_",
    "kaiming_normal_",
    "orthogonal_",
    "sparse_",
    "uniform",
    "normal",
    "constant",
    "eye",
    "dirac",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
    "sparse",
]

_GAINS = {
    **dict.fromkeys(
        ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid"),
        1,
    ),
    "tanh": 5.0 / 3,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The recommended gain of a nonlinearity; `param` is the slope of "leaky_relu"."""
    if nonlinearity == "leaky_relu":
        if param is None:
            param = 0.01
        elif isinstance(param, bool) or not isinstance(param, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + param**2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return _GAINS[nonlinearity]


# ----- Plain distributions and constants -----


def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Any:
    """Fill with numbers uniform in [a, b)."""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Any:
    """Fill with normal numbers."""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: Any, val: float) -> Any:
    """Fill with one value."""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Any) -> Any:
    """Fill with ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Any) -> Any:
    """Fill with zeros."""
    with no_grad():
        return tensor.zero_()


def eye_(tensor: Any) -> Any:
    """Fill a matrix with the identity."""
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        tensor.copy_(torch.eye(*tensor.shape, dtype=tensor.dtype, device=tensor.device))
    return tensor


def dirac_(tensor: Any, groups: int = 1) -> Any:
    """Fill a convolution's weight so that it passes its input channels through, in each of `groups`."""
    if tensor.ndimension() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    sizes = tuple(tensor.size())
    if sizes[0] % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    if tensor.is_meta:
        return tensor
    per_group = sizes[0] // groups
    array = np.zeros(sizes, tensor.dtype.numpy_dtype)
    passed = np.arange(min(per_group, sizes[1]))
    for g in range(groups):
        array[(g * per_group + passed, passed, *[n // 2 for n in sizes[2:]])] = 1
    return _put(tensor, array)


def _put(tensor: Any, array: np.ndarray) -> Any:
    with no_grad():
        return tensor.copy_(from_array(array, tensor.dtype))


# ----- Scaled by the layer's size -----


def _calculate_fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    outputs, inputs, *field = tensor.shape
    return inputs * math.prod(field), outputs * math.prod(field)


def _calculate_correct_fan(tensor: Any, mode: str) -> int:
    mode = mode.lower()
    modes = ["fan_in", "fan_out"]
    if mode not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode)]


def _xavier_std(tensor: Any, gain: float) -> float:
    return gain * math.sqrt(2.0 / float(sum(_calculate_fan_in_and_fan_out(tensor))))


def xavier_uniform_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """Fill with Glorot's uniform numbers: the variance is 2 gain^2 / (fan_in + fan_out)."""
    a = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """Fill with Glorot's normal numbers: the variance is 2 gain^2 / (fan_in + fan_out)."""
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _kaiming_std(tensor: Any, a: float, mode: str, nonlinearity: str) -> float:
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _is_empty(tensor: Any) -> bool:
    if 0 not in tensor.shape:
        return False
    warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return True


def kaiming_uniform_(
    tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Any:
    """Fill with He's uniform numbers for a nonlinearity, which is a leaky ReLU of slope `a` by default."""
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Any:
    """Fill with He's normal numbers for a nonlinearity, which is a leaky ReLU of slope `a` by default."""
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


# ----- By rejection or factorisation, on the host -----


def _host(tensor: Any) -> np.ndarray:
    x = tensor.detach().cpu()
    return x.numpy() if tensor.dtype.itemsize > 2 else x.float().numpy()


def trunc_normal_(
    tensor: Any, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Any:
    """Fill with normal numbers, those outside [a, b] drawn again."""
    if tensor.is_meta:
        return tensor
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            stacklevel=2,
        )
    with no_grad():
        inside = _normal_cdf((b - mean) / std) - _normal_cdf((a - mean) / std)
        draw = functools.partial(
            _redraw_normal if inside > 0.3 else _redraw_uniform, tensor, mean, std, a, b, generator
        )
        return tensor.copy_(from_array(draw().astype(tensor.dtype.numpy_dtype), tensor.dtype))


def _normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def _redraw_normal(tensor: Any, mean: float, std: float, a: float, b: float, generator: Any) -> np.ndarray:
    low, high = (float(np.asarray(x).astype(tensor.dtype.numpy_dtype)) for x in (a, b))
    found = np.array(_host(tensor.normal_(mean, std, generator=generator)))
    while True:
        outside = (found < low) | (found > high)
        if not outside.any():
            return found
        again = _host(torch.empty_like(tensor).normal_(mean, std, generator=generator))
        found = np.where(outside, again, found)


def _redraw_uniform(tensor: Any, mean: float, std: float, a: float, b: float, generator: Any) -> np.ndarray:
    """Uniform candidates, accepted in proportion to the density over its peak: for intervals far out in a tail."""
    dtype = tensor.dtype.numpy_dtype
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    wide = np.float64 if dtype == np.float64 else np.float32

    def rounded(x: np.ndarray) -> np.ndarray:
        return x if dtype == wide else from_float32(x, dtype).astype(wide)

    def accepted(candidates: np.ndarray) -> np.ndarray:
        density = rounded(candidates - wide(mean))
        for step in (lambda x: x / wide(std), np.square, lambda x: x * wide(-0.5), lambda x: x - wide(peak)):
            density = rounded(step(density))
        chance = _host(torch.empty_like(tensor).uniform_(generator=generator))
        with np.errstate(divide="ignore"):
            return rounded(np.log(chance)) <= density

    found = np.array(_host(tensor.uniform_(a, b, generator=generator)))
    done = accepted(found)
    while not done.all():
        candidates = _host(torch.empty_like(tensor).uniform_(a, b, generator=generator))
        found = np.where(done, found, candidates)
        done |= accepted(candidates)
    return found


def orthogonal_(tensor: Any, gain: float = 1, generator: Any = None) -> Any:
    """Fill with a (semi-)orthogonal matrix, the dimensions after the first taken together.

    The normal numbers behind it are PyTorch's; the result agrees up to rounding, as the factorisation is another
    LAPACK's.
    """
    if tensor.ndimension() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0 or tensor.is_meta:
        return tensor
    rows = tensor.size(0)
    flat = _host(tensor.new_empty((rows, tensor.numel() // rows)).normal_(0, 1, generator=generator))
    q, r = np.linalg.qr(flat.T if rows < flat.shape[1] else flat)
    q = q * np.sign(np.diag(r))
    q = q.T if rows < flat.shape[1] else q
    with no_grad():
        tensor.copy_(
            from_array(np.ascontiguousarray(q).reshape(tuple(tensor.shape)).astype(flat.dtype), _host_dtype(tensor))
        )
        if gain != 1:
            tensor.mul_(gain)
    return tensor


def _host_dtype(tensor: Any) -> Any:
    return tensor.dtype if tensor.dtype.itemsize > 2 else tensor.new_empty(0).float().dtype


def sparse_(tensor: Any, sparsity: float, std: float = 0.01, generator: Any = None) -> Any:
    """Fill a matrix with normal numbers, the fraction `sparsity` of each column with zeros."""
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    if tensor.is_meta:
        return tensor
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        array = np.array(_host(tensor))
        for column in range(columns):
            array[torch.randperm(rows).numpy()[:zeros], column] = 0
    return _put(tensor, array.astype(tensor.dtype.numpy_dtype))


# ----- Names from before the underscore -----


def _deprecated(new: Callable) -> Callable:
    old = new.__name__.removesuffix("_")

    def call(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new.__name__}`.", FutureWarning, stacklevel=2
        )
        return new(*args, **kwargs)

    call.__name__ = call.__qualname__ = old
    call.__doc__ = f"Deprecated in PyTorch too: use `{new.__name__}`."
    return call


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
