"""Functions of the elements a mask keeps whose results have the input's shape."""

from __future__ import annotations

from typing import Any

from jaxtorch._root import torch
from jaxtorch.masked._masks import canonical_dims, filled, of_any_layout
from jaxtorch.masked._reductions import norm


@of_any_layout
def cumsum(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Running sums of the unmasked elements, in the input's dtype unless another is given."""
    dtype = dtype or input.dtype
    d = canonical_dims(dim, input.ndim)[0]
    return torch.cumsum(filled("sum", input, mask), d, dtype=dtype).to(dtype=dtype)


@of_any_layout
def cumprod(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Running products of the unmasked elements, in the input's dtype unless another is given."""
    dtype = dtype or input.dtype
    d = canonical_dims(dim, input.ndim)[0]
    return torch.cumprod(filled("prod", input, mask), d, dtype=dtype).to(dtype=dtype)


@of_any_layout
def softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Softmax over the unmasked elements; masked-out ones give 0, a row of them nan."""
    d = canonical_dims(dim, input.ndim)[0]
    return torch.softmax(filled("amax", input, mask), d, dtype=dtype or input.dtype)


@of_any_layout
def log_softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Logarithm of the softmax over the unmasked elements."""
    d = canonical_dims(dim, input.ndim)[0]
    return torch.log_softmax(filled("amax", input, mask), d, dtype=dtype or input.dtype)


@of_any_layout
def softmin(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """Softmax of the negated unmasked elements."""
    d = canonical_dims(dim, input.ndim)[0]
    return torch.softmax(-filled("amin", input, mask), d, dtype=dtype or input.dtype)


@of_any_layout
def normalize(input: Any, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Any = None) -> Any:
    """The unmasked elements divided by their norm, which is at least `eps`."""
    x = filled("sum", input, mask)
    size = norm(input, ord, dim, keepdim=True, dtype=dtype or input.dtype, mask=mask)
    return x / torch.maximum(size, size.new_full([], eps))


@of_any_layout
def logaddexp(input: Any, other: Any, *, dtype: Any = None, input_mask: Any = None, other_mask: Any = None) -> Any:
    """`logaddexp` where masked-out elements count as -inf."""
    first, second = filled("logaddexp", input, input_mask), filled("logaddexp", other, other_mask)
    return torch.logaddexp(first, second).to(dtype=dtype or input.dtype)
