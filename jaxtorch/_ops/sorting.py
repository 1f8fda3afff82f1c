"""Sorting, the largest k, and searching in what is sorted."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.promotion import promote_types
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.ordering import keys, order, take
from jaxtorch._ops.pointwise import is_complex
from jaxtorch._ops.table import op


def _no_complex(x) -> None:
    if is_complex(x):
        raise RuntimeError("Sort does not support complex dtypes on CPU")


def _sorted(x, dim: int, descending: bool):
    _no_complex(x)
    dim = wrap_dim(dim, x.ndim)
    if x.ndim == 0:
        return x, jnp.zeros((), jnp.int64)
    last = jnp.moveaxis(x, dim, -1)
    indices = order(last, descending)
    return jnp.moveaxis(take(last, indices), -1, dim), jnp.moveaxis(indices, -1, dim)


# The order is always a stable one, so `stable` changes nothing.


@op(
    "sort(Tensor input, int dim=-1, bool descending=False, bool? stable=False) -> (Tensor values, Tensor indices)",
    saves=(),
    variants="fmo",
)
def sort(input, *, dim, descending, stable):
    return _sorted(input, dim, descending)


@op("argsort(Tensor input, int dim=-1, bool descending=False, bool stable=False) -> Tensor", grad="none", variants="fm")
def argsort(input, *, dim, descending, stable):
    return _sorted(input, dim, descending)[1]


@op("msort(Tensor input) -> Tensor", saves=(), variants="fmo", grad_name="SortBackward0")
def msort(input):
    return _sorted(input, 0, False)[0]


# XLA's CPU top-k is quick for float32 and few elements alone: the first 5 of 1000 x 1000 take 2 ms (PyTorch 1.9), the
# first 100 18 ms (12), a whole sort 31 ms.
_FEW = 128
_NAN = np.float32(np.nan)


@op(
    "topk(Tensor input, int k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)",
    saves=(),
    variants="fmo",
)
def topk(input, *, k, dim, largest, sorted):
    if input.dtype == bool or is_complex(input):
        raise RuntimeError(f"topk does not support {'bool' if input.dtype == bool else 'complex'} dtypes on CPU")
    dim = wrap_dim(dim, input.ndim)
    if not 0 <= k <= (input.shape[dim] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if input.ndim == 0:
        return (input, jnp.zeros((), jnp.int64)) if k else (jnp.zeros(0, input.dtype), jnp.zeros(0, jnp.int64))
    last = jnp.moveaxis(input, dim, -1)
    indices = _first_few(last, k, largest) if k <= _FEW and k < last.shape[-1] else order(last, largest)[..., :k]
    return jnp.moveaxis(take(last, indices), -1, dim), jnp.moveaxis(indices, -1, dim)


def _first_few(x, k: int, largest: bool):
    exact = x.dtype == jnp.float32 or jnp.dtype(x.dtype).itemsize < 4
    if not exact:
        return order(x, largest)[..., :k]
    key = lax.stop_gradient(x).astype(jnp.float32)
    # NaN is the largest of all; XLA's total order has it above or below all others by its sign
    key = jnp.where(key != key, _NAN if largest else -_NAN, key if largest else -key)
    return lax.top_k(key, k)[1].astype(jnp.int64)


# ----- Searching -----


def _search(sequence, values, right: bool):
    """Insertion points in the sorted last dimension of `sequence`, batched or shared by all values."""
    side = "right" if right else "left"
    if sequence.ndim == 1:
        return jnp.searchsorted(sequence, values, side=side).astype(jnp.int64)
    rows = sequence.reshape(-1, sequence.shape[-1])
    found = jax.vmap(lambda s, v: jnp.searchsorted(s, v, side=side))(rows, values.reshape(rows.shape[0], -1))
    return found.reshape(values.shape).astype(jnp.int64)


def _searched(sequence, values, right: bool, out_int32: bool, side: str | None = None, sorter=None):
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if not sequence.shape[-1] or not values.size:
        return jnp.zeros(values.shape, jnp.int32 if out_int32 else jnp.int64)
    if sorter is not None:
        sequence = take(sequence, sorter)
    found = _search(sequence, values, right or side == "right")
    return found.astype(jnp.int32) if out_int32 else found


def _boundaries_match(sequence, values) -> None:
    if sequence.ndim == 0:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension"
        )
    if sequence.ndim != 1 and (values.ndim != sequence.ndim or values.shape[:-1] != sequence.shape[:-1]):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got boundaries tensor {list(sequence.shape)} and input "
            f"value tensor {list(values.shape)}"
        )


def _same_dtype(sequence, values) -> tuple[Any, Any]:
    """Both in their common dtype."""
    if sequence.dtype == values.dtype:
        return sequence, values
    common = promote_types(from_numpy_dtype(sequence.dtype), from_numpy_dtype(values.dtype)).numpy_dtype
    return sequence.astype(common), values.astype(common)


_SEARCH = "*, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor"


@op(f"searchsorted(Tensor sorted_sequence, Tensor input, {_SEARCH}", grad="none", variants="fo")
def searchsorted(sorted_sequence, input, sorter, *, out_int32, right, side):
    _boundaries_match(sorted_sequence, input)
    return _searched(*_same_dtype(sorted_sequence, input), right, out_int32, side, sorter)


@op(f"searchsorted.scalar(Tensor sorted_sequence, Scalar input, {_SEARCH}", grad="none", variants="fo")
def searchsorted_scalar(sorted_sequence, input, sorter, *, out_int32, right, side):
    return _searched(sorted_sequence, input.astype(sorted_sequence.dtype), right, out_int32, side, sorter)


@op(
    "bucketize(Tensor input, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    grad="none",
    variants="fo",
)
def bucketize(input, boundaries, *, out_int32, right):
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return _searched(*_same_dtype(boundaries, input), right, out_int32)


@op(
    "bucketize.scalar(Scalar input, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    grad="none",
    variants="f",
)
def bucketize_scalar(input, boundaries, *, out_int32, right):
    return _searched(boundaries, input.astype(boundaries.dtype), right, out_int32)


@op(
    "isin(Tensor|Scalar elements, Tensor|Scalar test_elements, *, bool assume_unique=False, bool invert=False) -> "
    "Tensor",
    promote="default",
    grad="none",
    variants="fo",
    opmath=False,
)
def isin(elements, test_elements, *, assume_unique, invert):
    candidates = test_elements.reshape(-1)
    if candidates.size <= 64 or is_complex(elements):
        found = jnp.any(elements[..., None] == candidates, axis=-1)
    else:
        wanted, known = keys(elements), jnp.sort(keys(candidates))
        place = jnp.minimum(jnp.searchsorted(known, wanted), known.size - 1)
        found = (known[place] == wanted) & (elements == elements)
    return ~found if invert else found
