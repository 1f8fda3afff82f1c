"""`torch.testing.make_tensor`."""

from __future__ import annotations

import math
import warnings
from typing import Any

from jaxtorch._base import dtypes
from jaxtorch._base.info import finfo, iinfo
from jaxtorch._tensor.creation import empty
from jaxtorch._tensor.element_views import view_as_real
from jaxtorch._tensor.random import randint


def _limits(dtype: Any) -> tuple[float, float, float, float]:
    """The least and greatest bounds of a dtype, and those that are taken where none are given."""
    if dtype is dtypes.bool_:
        return 0, 2, 0, 2
    if dtype.category < dtypes.FLOATING:
        info = iinfo(dtype)
        return info.min, info.max + (dtype is not dtypes.int64), -9, 10
    return finfo(dtype).min, finfo(dtype).max, -9, 9


def _bounds(dtype: Any, low: float | None, high: float | None) -> tuple[Any, Any]:
    """The bounds of the elements.

    Raises:
        ValueError: there is no number of the dtype between them.
    """
    least, most, default_low, default_high = _limits(dtype)
    low, high = default_low if low is None else low, default_high if high is None else high
    if math.isnan(low) or math.isnan(high):
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    whole = dtype.category < dtypes.FLOATING
    if low == high and not whole:
        warnings.warn(
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is deprecated since 2.1 "
            "and will be removed in 2.3. Use `torch.full(...)` instead.",
            FutureWarning,
            stacklevel=3,
        )
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < least or low >= most:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), but {dtype} only supports "
            f"[{least}, {most})"
        )
    low, high = (min(max(bound, least), most) for bound in (low, high))
    return (math.ceil(low), math.ceil(high)) if whole else (low, high)


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any = "cpu",
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Any:
    """A random tensor of the given shape and dtype with elements from [low, high).

    Raises:
        ValueError: no element fits between the bounds, or the arguments contradict each other.
    """
    size = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    whole = dtype.category < dtypes.FLOATING
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got "
            f"{noncontiguous=} and {memory_format=}"
        )
    if requires_grad and whole:
        raise ValueError(f"`requires_grad=True` is not supported for boolean and integral dtypes, but got {dtype=}")
    spread = noncontiguous and math.prod(size) > 1
    size = (*size[:-1], size[-1] * 2) if spread else size
    first, last = _bounds(dtype, low, high)
    if whole:
        made = randint(first, last, size, device=device, dtype=dtype)
    else:
        small = dtype.itemsize == 1
        made = empty(size, device=device, dtype=dtypes.float32 if small else dtype)
        numbers = view_as_real(made) if dtype.is_complex else made
        if last - first >= finfo(numbers.dtype).max:
            numbers.uniform_(first / 2, last / 2).mul_(2)
        else:
            numbers.uniform_(first, last)
        made = made.to(dtype) if small else made
    made = made[..., 1::2] if spread else made  # not from the first element on: offsets count too
    if memory_format is not None:
        made = made.clone(memory_format=memory_format)
    if exclude_zero:
        made[made == 0] = 1 if whole else finfo(dtype).tiny
    return made.requires_grad_() if requires_grad else made
