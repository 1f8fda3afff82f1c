"""Reductions of the elements a mask keeps."""

from __future__ import annotations

import math
from typing import Any

from jaxtorch._root import torch
from jaxtorch.masked._masks import canonical_dims, canonical_mask, filled, of_any_layout


def _accumulated(input: Any, dtype: Any) -> Any:
    """The dtype of a sum or a product: int64 for integers."""
    if dtype is not None:
        return dtype
    return input.dtype if input.dtype.is_floating_point or input.dtype.is_complex else torch.int64


@of_any_layout
def sum(input: Any, dim: Any = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Any = None) -> Any:
    """Sums of the unmasked elements; 0 where there are none."""
    dims = canonical_dims(dim, input.ndim)
    return torch.sum(filled("sum", input, mask), dims, bool(keepdim), dtype=_accumulated(input, dtype))


@of_any_layout
def prod(input: Any, dim: Any = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Any = None) -> Any:
    """Products of the unmasked elements; 1 where there are none."""
    result = filled("prod", input, mask).to(dtype=_accumulated(input, dtype))
    for d in reversed(canonical_dims(dim, input.ndim)):
        result = result.prod(dim=d, keepdim=bool(keepdim))
    return result


@of_any_layout
def amax(input: Any, dim: Any = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Any = None) -> Any:
    """Maxima of the unmasked elements; the dtype's lowest value where there are none."""
    x = filled("amax", input, mask)
    return torch.amax(x, canonical_dims(dim, input.ndim), bool(keepdim)).to(dtype=dtype or input.dtype)


@of_any_layout
def amin(input: Any, dim: Any = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Any = None) -> Any:
    """Minima of the unmasked elements; the dtype's highest value where there are none."""
    x = filled("amin", input, mask)
    return torch.amin(x, canonical_dims(dim, input.ndim), bool(keepdim)).to(dtype=dtype or input.dtype)


@of_any_layout
def argmax(
    input: Any, dim: int | None = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Any = None
) -> Any:
    """Indices of the maxima of the unmasked elements, in the input's dtype unless another is given."""
    return torch.argmax(filled("argmax", input, mask), dim, bool(keepdim)).to(dtype=dtype or input.dtype)


@of_any_layout
def argmin(
    input: Any, dim: int | None = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Any = None
) -> Any:
    """Indices of the minima of the unmasked elements, in the input's dtype unless another is given."""
    return torch.argmin(filled("argmin", input, mask), dim, bool(keepdim)).to(dtype=dtype or input.dtype)


def _count(input: Any, dim: Any, mask: Any, keepdim: bool) -> Any:
    """How many elements are reduced into each: one int where nothing is masked."""
    if mask is not None:
        return mask.sum(dim=dim, keepdim=keepdim)
    return math.prod(input.shape[d] for d in canonical_dims(dim, input.ndim)) if input.ndim else 1


@of_any_layout
def mean(input: Any, dim: Any = None, *, keepdim: bool | None = False, dtype: Any = None, mask: Any = None) -> Any:
    """Means of the unmasked elements; nan where there are none.

    Raises ValueError for integers.
    """
    source, dtype = ("Input", input.dtype) if dtype is None else ("Optional", dtype)
    if not (dtype.is_floating_point or dtype.is_complex):
        raise ValueError(
            f"mean(): Could not infer output dtype. {source} dtype must be either "
            f"a floating point or complex dtype. Got: {dtype}"
        )
    kept = None if mask is None else canonical_mask(input, mask)
    count = _count(input, dim, kept, bool(keepdim))
    return sum(input, dim, keepdim=keepdim, dtype=dtype, mask=kept) / count


@of_any_layout
def median(input: Any, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Medians of the unmasked elements along one dimension; nan where there are none.

    Raises ValueError for integers where all elements of a row are masked out.
    """
    (d,) = canonical_dims(dim, input.ndim)[:1]
    if input.dtype.is_floating_point:
        return torch.nanmedian(filled("median", input, mask), d, keepdim).values
    output = torch.nanmedian(filled("median", input.to(dtype=torch.float), mask), d, keepdim).values
    if torch.isnan(output).any():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return output.to(dtype=dtype or input.dtype)


@of_any_layout
def logsumexp(input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """Logarithms of the sums of the exponentials of the unmasked elements."""
    x = filled("logsumexp", input, mask)
    return torch.logsumexp(x, canonical_dims(dim, input.ndim), keepdim=keepdim).to(dtype=dtype or input.dtype)


@of_any_layout
def norm(
    input: Any,
    ord: float | None = 2.0,
    dim: Any = None,
    *,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> Any:
    """Vector norms of the unmasked elements."""
    x = filled("norm", input, mask, ord)
    dims = canonical_dims(dim, input.ndim)
    return torch.linalg.vector_norm(x, ord, dims, bool(keepdim), dtype=dtype or input.dtype)


def _correction(unbiased: bool | None, correction: float | None) -> float:
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    if unbiased is not None:
        return 1.0 if unbiased else 0.0
    return 1.0 if correction is None else float(correction)


def _variance(input: Any, dim: Any, correction: float, keepdim: bool, dtype: Any, mask: Any) -> Any:
    if dtype is None:
        dtype = input.dtype if input.dtype.is_floating_point or input.dtype.is_complex else torch.float32
    compute = dtype if dtype.is_floating_point or dtype.is_complex else torch.float32
    kept = None if mask is None else canonical_mask(input, mask)
    count = _count(input, dim, kept, True)
    x = input - sum(input, dim, keepdim=True, dtype=dtype, mask=kept) / count
    total = sum(x * x.conj(), dim, keepdim=keepdim, dtype=compute, mask=kept)
    if isinstance(count, int):
        count = max(count - correction, 0)
    else:
        count = count.reshape(total.shape)
        if correction:
            count = (count.to(compute.to_real()) - correction).clamp(min=0)
    return (total / count).to(dtype=dtype)


@of_any_layout
def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> Any:
    """Variances of the unmasked elements; nan where there are none."""
    return _variance(input, dim, _correction(unbiased, correction), bool(keepdim), dtype, mask)


@of_any_layout
def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: int | None = None,
    keepdim: bool | None = False,
    dtype: Any = None,
    mask: Any = None,
) -> Any:
    """Standard deviations of the unmasked elements; nan where there are none."""
    return torch.sqrt(var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask))
