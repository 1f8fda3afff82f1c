"""`torch.testing.make_tensor`."""

from __future__ import annotations

from typing import Any

from jaxtorch._base import dtypes
from jaxtorch._tensor.conversion import convert
from jaxtorch._tensor.layouts import preserve_format
from jaxtorch._tensor.random import rand, randint


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
    """A random tensor of the given shape and dtype with elements from [low, high)."""
    size = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    whole = (*size[:-1], size[-1] * 2) if noncontiguous and size else size
    if dtype.category < dtypes.FLOATING:
        bounds = (0, 2) if dtype is dtypes.bool_ else (-9 if dtype.is_signed else 0, 10)
        made = randint(
            int(bounds[0] if low is None else low), int(bounds[1] if high is None else high), whole, device=device
        )
    else:
        first, last = -9.0 if low is None else low, 9.0 if high is None else high
        made = rand(*whole, device=device) * (last - first) + first
        if dtype.is_complex:
            made = made + 1j * (rand(*whole, device=device) * (last - first) + first)
    made = convert(made, dtype, None, False, preserve_format)
    if exclude_zero:
        made[made == 0] = 1
    made = made[..., ::2] if noncontiguous and size else made
    return made.requires_grad_() if requires_grad else made
