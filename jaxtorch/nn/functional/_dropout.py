"""The dropout family: masks are drawn on the host from PyTorch's stream and enter programs as leaves."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from jaxtorch._autograd import layout
from jaxtorch._base import dtypes
from jaxtorch._base.batching import active
from jaxtorch._base.devices import META
from jaxtorch._tensor.batched import drawn
from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.random import _ordered, host_of
from jaxtorch.nn.functional._inplace import put
from jaxtorch.nn.functional._ops import internal

_ALPHA = 1.7580993408473766  # minus SELU's lower limit


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _kept(input: Any, p: float, features: bool) -> Any:
    """Which elements, or channels, are kept, as a bool tensor that broadcasts against the input."""
    shape = tuple(input.shape)
    if features:
        if len(shape) < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        shape = (*shape[:2], *[1] * (len(shape) - 2))
    if input.device is META:
        return from_array(np.zeros(shape, np.bool_), dtypes.bool_, META)
    host = host_of(None, True)
    if input._strides is None or features or active.levels:
        return drawn(lambda s: from_array(host.dropout_mask(s, p), dtypes.bool_, input.device), shape)
    memory, back = _ordered(shape, input._strides)
    return from_array(np.transpose(host.dropout_mask(memory, p), back), dtypes.bool_, input.device)


def _drop(input: Any, p: float, training: bool, inplace: bool, features: bool = False) -> Any:
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        out = input * 0.0 if input.dtype.category >= dtypes.FLOATING else input * 0
    else:
        kept = _kept(input, p, features)
        if input.dtype in dtypes.LOW_PRECISION:  # whose noise PyTorch rounds before the product
            out = input * (kept.to(input.dtype) / (1.0 - p))
        else:
            out = internal._dropout(input, kept, 1.0 - p)
            if input._strides is not None:
                layout.follow(out, (input,))
    return put(input, out) if inplace else out


def _alpha_drop(input: Any, p: float, training: bool, inplace: bool, features: bool = False) -> Any:
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        out = input * 0.0
    else:
        noise = _kept(input, p, features).to(input.dtype)
        a = 1.0 / math.sqrt((_ALPHA * _ALPHA * p + 1) * (1 - p))
        shift = (noise - 1) * (_ALPHA * a) + _ALPHA * a * p
        out = input * (noise * a) + shift
    return put(input, out) if inplace else out


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set elements to zero with probability `p` and scale the others by 1 / (1 - p)."""
    _check(p)
    return _drop(input, p, training, inplace)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout that keeps mean 0 and variance 1: see `torch.nn.AlphaDropout`."""
    _check(p)
    return _alpha_drop(input, p, training, inplace)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Alpha dropout of whole channels."""
    _check(p)
    return _alpha_drop(input, p, training, inplace, True)


def _unbatched(input: Any, p: float, training: bool, inplace: bool) -> Any:
    out = _drop(input.unsqueeze(0), p, training, inplace, True).squeeze(0)
    return input if inplace else out


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of whole channels of (N, C, L) or (C, L)."""
    _check(p)
    dims = input.dim()
    if dims not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {dims}D input. Note that dropout1d "
            f"exists to "
            f"provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, "
            f"and an optional batch dimension (i.e. 2D or 3D inputs)."
        )
    return _drop(input, p, training, inplace, True) if dims == 3 else _unbatched(input, p, training, inplace)


def _warn_dims(name: str, dims: int, spatial: int) -> None:
    if dims not in (spatial + 1, spatial + 2):
        warnings.warn(
            f"{name}: Received a {dims}-D input to {name}, which is deprecated and will result in an error "
            f"in a future "
            f"release. To retain the behavior and silence this warning, please use dropout instead. Note "
            f"that {name} "
            f"exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a channel "
            f"dimension, and an optional batch dimension (i.e. {spatial + 1}D or {spatial + 2}D inputs).",
            stacklevel=3,
        )


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of whole channels of (N, C, H, W)."""
    _check(p)
    _warn_dims("dropout2d", input.dim(), 2)
    if input.dim() == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior "
            "is desired "
            "- input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will "
            "change in a "
            "future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). "
            "To maintain the 1D channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _drop(input, p, training, inplace, True)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Dropout of whole channels of (N, C, D, H, W) or (C, D, H, W)."""
    _check(p)
    _warn_dims("dropout3d", input.dim(), 3)
    return _drop(input, p, training, inplace, True) if input.dim() == 5 else _unbatched(input, p, training, inplace)
