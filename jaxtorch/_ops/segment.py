"""segment_reduce: reductions of consecutive elements."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.checks import dtype_name, is_index
from jaxtorch._ops.gather import positions
from jaxtorch._ops.pointwise import opmath
from jaxtorch._ops.scatter import multiply, product_jvp, reduce_at
from jaxtorch._ops.shape import cast
from jaxtorch._ops.table import op

_REDUCTIONS = {
    "sum": "sum",
    "mean": "sum",
    "prod": "prod",
    "max": "amax",
    "min": "amin",
    "amax": "amax",
    "amin": "amin",
}
_START = {"sum": 0.0, "prod": 1.0, "amax": -jnp.inf, "amin": jnp.inf}


def _check(data, lengths, indices, offsets, initial, *, reduce, axis, unsafe):
    if unsafe or lengths is None or not lengths.size:
        return jnp.ones((), jnp.bool_), ""
    size = data.shape[wrap_dim(axis, data.ndim)]
    return [
        (lengths >= 0, RuntimeError, "lengths contains negative value!"),
        (
            lengths.sum(-1) == size,
            RuntimeError,
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) "
            "when !unsafe.",
        ),
    ]


def _arguments(data, lengths, indices, offsets, reduce: str, axis: int) -> int:
    """The axis, after PyTorch's checks."""
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    bounds = lengths if offsets is None else offsets
    if bounds is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    d = wrap_dim(axis, data.ndim)
    name = "lengths" if offsets is None else "offsets"
    if d != bounds.ndim - 1:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}.")
    if from_numpy_dtype(data.dtype).category != dtypes.FLOATING:
        raise NotImplementedError(f"\"_segment_reduce_cpu\" not implemented for '{dtype_name(data)}'")
    if not is_index(bounds):
        raise NotImplementedError(f"\"_segment_reduce_{name}_cpu_kernel1\" not implemented for '{dtype_name(bounds)}'")
    return d


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _extremes(kind: str, first, where, values):
    return reduce_at(first, where, values, kind, True)


@_extremes.defjvp
def _extremes_jvp(kind: str, primals, tangents):
    """PyTorch's share of each element: those that are the extreme have equal ones, and every nan is one of them."""
    first, where, values = primals
    made = _extremes(kind, first, where, values)
    of_bin = lambda each: jnp.take(each.reshape(-1), where)  # noqa: E731
    add_up = lambda each: reduce_at(jnp.zeros_like(made), where, each, "sum", True)  # noqa: E731
    chosen = jnp.isnan(values) | (values == of_bin(made))
    count = add_up(chosen.astype(made.dtype))
    share = jnp.where(chosen, tangents[2] / jnp.maximum(of_bin(count), 1), 0)
    return made, add_up(share)


@jax.custom_jvp
def _products(first, where, values):
    return multiply(first, where, values)


@_products.defjvp
def _products_jvp(primals, tangents):
    """PyTorch multiplies the others where the value is zero or nan."""
    return product_jvp(primals, tangents, (primals[2] == 0) | jnp.isnan(primals[2]))


@op(
    "segment_reduce(Tensor data, str reduce, *, Tensor? lengths=None, Tensor? indices=None, Tensor? offsets=None, "
    "int axis=0, bool unsafe=False, Scalar? initial=None) -> Tensor",
    variants="f",
    saves=("data", "result"),
    check=_check,
)
@opmath
def segment_reduce(data, lengths, indices, offsets, initial, *, reduce, axis, unsafe):
    d = _arguments(data, lengths, indices, offsets, reduce, axis)
    if offsets is None:
        zero = jnp.zeros((*lengths.shape[:-1], 1), lengths.dtype)
        offsets = jnp.concatenate([zero, jnp.cumsum(lengths, -1)], -1)
    batch, count = data.shape[:d], offsets.shape[-1] - 1
    size, inner = data.shape[d], data.shape[d + 1 :]
    # One bin more at either end takes what lies outside of every segment.
    find = jnp.vectorize(lambda ends: jnp.searchsorted(ends, jnp.arange(size), side="right"), signature="(m)->(n)")
    bins = find(offsets).reshape(*batch, size, *(1 for _ in inner))
    shape = (*batch, count + 2, *inner)
    kind = _REDUCTIONS[reduce]
    start = _START[kind] if initial is None else cast(initial, from_numpy_dtype(data.dtype))
    where = positions(jnp.broadcast_to(bins, data.shape), shape, d).reshape(-1)
    first = jnp.full(shape, start, data.dtype)
    if kind in ("amax", "amin"):
        made = _extremes(kind, first, where, data.reshape(-1))
    elif kind == "prod":
        made = _products(first, where, data.reshape(-1))
    else:
        made = reduce_at(first, where, data.reshape(-1), kind, True)
    made = jax.lax.slice_in_dim(made, 1, count + 1, axis=d)
    if reduce != "mean":
        return made
    sizes = jnp.diff(offsets, axis=-1).reshape(*batch, count, *(1 for _ in inner)).astype(data.dtype)
    empty = jnp.asarray(jnp.nan if initial is None else start, data.dtype)
    return jnp.where(sizes == 0, empty, made / jnp.where(sizes == 0, 1, sizes))
