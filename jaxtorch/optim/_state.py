"""The tensors an optimizer keeps: made of concrete zeros, so that its first step is the same program as all others."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from jaxtorch._autograd import layout
from jaxtorch._autograd.variable import wrap
from jaxtorch._base import dtypes
from jaxtorch._base.devices import CPU
from jaxtorch._base.modes import defaults
from jaxtorch._tensor.construct import array_value, from_array
from jaxtorch._tensor.tensor import Tensor


def filled_like(x: Any, number: Any = 0) -> Any:
    """A tensor of the shape, dtype, device and memory order of `x`."""
    aval = x._aval
    kind = aval.dtype.numpy_dtype
    out = from_array(
        np.full(aval.shape, number, kind) if number else np.zeros(aval.shape, kind), aval.dtype, aval.device
    )
    if x._strides is not None:
        layout.follow(out, (x,))
    return out


def filled_shape(x: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of another shape with the dtype and device of `x`."""
    return from_array(np.zeros(shape, x._aval.dtype.numpy_dtype), x._aval.dtype, x._aval.device)


def scalar_state(number: float, fused: Any = None, device: Any = CPU) -> Any:
    """A 0-dim tensor as PyTorch keeps step counts.

    Tensors made with the same number share one immutable value, which then travels through a step only once.
    """
    return wrap(_scalar_value(number, scalar_dtype(fused), device))


@functools.lru_cache(maxsize=64)
def _scalar_value(number: float, dtype: dtypes.dtype, device: Any) -> Any:
    return array_value(np.asarray(number, dtype.numpy_dtype), dtype, device)


def scalar_dtype(fused: Any = None) -> dtypes.dtype:
    """The dtype of step counts: float64 where that is the default dtype."""
    return dtypes.float64 if defaults.dtype is dtypes.float64 and not fused else dtypes.float32


def cast_state(param: Any, value: Any, param_id: Any, param_groups: list[dict], key: Any) -> Any:
    """A loaded state tensor in the dtype and on the device of its parameter; step counts keep theirs."""
    group = next((g for g in param_groups if param_id in g["params"]), {})
    if key == "step":
        if group.get("capturable", False) or group.get("fused", False):
            return value.to(dtype=dtypes.float32, device=param.device)
        return value
    if param.is_floating_point():
        return value.to(dtype=param.dtype, device=param.device)
    return value.to(device=param.device)


def typename(x: Any) -> str:
    """`torch.typename`: how error messages name the type of an object."""
    if isinstance(x, Tensor):
        return x.type()
    kind = type(x) if hasattr(x, "__class__") else x
    module = getattr(kind, "__module__", "")
    return kind.__qualname__ if module in ("builtins", "", None) else f"{module}.{kind.__qualname__}"
