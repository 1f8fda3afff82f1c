"""Indexing by tensors: the cores of `x[index]` and `x[index] = value`, and the index_* family along one dimension."""

from __future__ import annotations

import jax.numpy as jnp

from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.checks import dtype_name, is_index, out_of_range
from jaxtorch._ops.gather import IN_BOUNDS, OUT_OF_BOUNDS, positions
from jaxtorch._ops.scatter import reduce_at
from jaxtorch._ops.shape import cast
from jaxtorch._ops.table import op

# ----- Advanced indexing: None stands for a dimension that is kept whole -----


def _indices(input, indices, name: str) -> tuple:
    if len(indices) > input.ndim:
        raise IndexError(
            f"too many indices for tensor of dimension {input.ndim}"
            + (f" (got {len(indices)})" if name == "index_put_" else "")
        )
    given = [i for i in indices if i is not None]
    for i in given:
        if not is_index(i, "int64", "int32", "uint8", "int8", "int16"):
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    try:
        shape = jnp.broadcast_shapes(*[i.shape for i in given])
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            + ", ".join(str(list(i.shape)) for i in given)
        ) from None
    for d, i in enumerate(indices):
        if i is not None and not input.shape[d] and 0 not in shape:
            raise IndexError("index is out of bounds for dimension with size 0")
    return tuple(slice(None) if i is None else i for i in indices)


def _check_index(input, indices, *_, **__):
    checks, before, seen = [], [input], 0
    for d, i in enumerate(indices):
        if i is not None:
            # PyTorch numbers the indexed dimensions, not those of the tensor.
            size, text = input.shape[d], OUT_OF_BOUNDS.format(seen, input.shape[d])
            checks.append(out_of_range(i, -size, size, IndexError, text, tuple(before)))
            before.append(i)
            seen += 1
    return checks or (jnp.ones((), jnp.bool_), "")


@op(
    "_index(Tensor input, Tensor?[] indices) -> Tensor",
    grad="linear",
    saves=("indices",),
    variants="",
    check=_check_index,
    grad_name="IndexBackward0",
)
def _index(input, indices):
    return input.at[_indices(input, indices, "index")].get(mode=IN_BOUNDS)


@op(
    "_index_put(Tensor input, Tensor?[] indices, Tensor values, *, bool accumulate) -> Tensor",
    grad="linear",
    saves=("indices",),
    variants="",
    check=_check_index,
    grad_name="IndexPutBackward0",
)
def _index_put(input, indices, values, *, accumulate):
    if values.dtype != input.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {dtype_name(input)} for "
            f"the destination and {dtype_name(values)} for the source."
        )
    where = _indices(input, indices, "index_put_")
    target = jnp.empty(input.shape, jnp.bool_).at[where].get(mode=IN_BOUNDS).shape
    try:
        values = jnp.broadcast_to(values, target)
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to "
            f"indexing result of shape {list(target)}"
        ) from None
    if not accumulate:
        return input.at[where].set(values, mode=IN_BOUNDS, unique_indices=True)  # see scatter.write
    if input.dtype == jnp.bool_:
        return input.astype(jnp.int8).at[where].add(values.astype(jnp.int8), mode=IN_BOUNDS) != 0
    return input.at[where].add(values, mode=IN_BOUNDS)


# ----- Along one dimension -----

_OUTSIDE = "index {{}} is out of bounds for dimension {d} with size {size}"


def _along(x, dim: int, index):
    """`x.at[...]` of whole slices."""
    return x.at[(slice(None),) * dim + (index,)]


def _check_along(low: bool, error: type[Exception], text: str):
    def check(input, index, *_, dim, **__):
        d = wrap_dim(dim, input.ndim)
        size = input.shape[d] if input.ndim else 1
        return out_of_range(index, -size if low else 0, size, error, text.format(d=d, size=size), (input,))

    return check


@op(
    "index_select(Tensor input, int dim, Tensor index) -> Tensor",
    grad="linear",
    saves=("index",),
    variants="fmo",
    check=_check_along(False, IndexError, "index out of range in self"),
)
def index_select(input, index, *, dim):
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    d = wrap_dim(dim, input.ndim)
    if not is_index(index):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if not input.ndim:
        if index.size != 1:
            raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.size} value(s)")
        return input
    if not input.shape[d]:
        return jnp.zeros(input.shape[:d] + (index.size,) + input.shape[d + 1 :], input.dtype)
    return _along(input, d, index.reshape(-1)).get(mode=IN_BOUNDS, wrap_negative_indices=False)


def _source(name: str, input, index, source, dim: int) -> int:
    """The dimension, after the checks that index_add and index_reduce share."""
    d = wrap_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError(
            f"{name}_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: "
            f"{dtype_name(index)} and size: {list(index.shape)}"
        )
    if not is_index(index):
        raise RuntimeError(f"{name}_(): Expected dtype int32/int64 for index but got: {dtype_name(index)}")
    if input.dtype != source.dtype:
        raise RuntimeError(
            f"{name}_(): self ({dtype_name(input)}) and source ({dtype_name(source)}) must have the same scalar type"
        )
    if source.ndim != input.ndim or any(
        n != m for k, (n, m) in enumerate(zip(input.shape, source.shape, strict=True)) if k != d
    ):
        raise RuntimeError(
            f"source tensor shape must match self tensor shape, excluding the specified dimension. Got "
            f"self.shape = {list(input.shape)} source.shape = {list(source.shape)}"
        )
    count = source.shape[d] if source.ndim else 1
    if index.size != count:
        raise RuntimeError(
            f"{name}_(): Number of indices ({index.size}) should be equal to source.size(dim): ({count}), for dim: {d}"
        )
    return d


@op(
    "index_add(Tensor input, int dim, Tensor index, Tensor source, *, Scalar? alpha=1) -> Tensor",
    grad="linear",
    saves=("index",),
    variants="fmio",
    check=_check_along(False, RuntimeError, _OUTSIDE),
    fits=("alpha",),
)
def index_add(input, index, source, alpha, *, dim):
    d = _source("index_add", input, index, source, dim)
    values = jnp.atleast_1d(source)
    if alpha is not None:
        values = values * cast(alpha, from_numpy_dtype(values.dtype))
    x = jnp.atleast_1d(input)
    boolean = x.dtype == jnp.bool_
    if boolean:
        x, values = x.astype(jnp.int8), values.astype(jnp.int8)
    out = _along(x, d, index.reshape(-1)).add(values, mode=IN_BOUNDS, wrap_negative_indices=False).reshape(input.shape)
    return out != 0 if boolean else out


@op(
    "index_copy(Tensor input, int dim, Tensor index, Tensor source) -> Tensor",
    grad="linear",
    saves=("index",),
    variants="fmio",
    check=_check_along(False, IndexError, "index_copy_(): " + _OUTSIDE),
)
def index_copy(input, index, source, *, dim):
    d = wrap_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    count = source.shape[d] if source.ndim > d else 1
    if source.ndim == 0 and index.size != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {index.size})")
    if source.ndim != input.ndim and source.ndim and input.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must "
            f"match. Source dimensionality ({source.ndim}), destination dimensionality ({input.ndim})"
        )
    if not is_index(index, "int64"):
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {dtype_name(index)}")
    if input.dtype != source.dtype:
        raise RuntimeError(
            f"index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{dtype_name(input)} and (source) {dtype_name(source)}"
        )
    x, values = jnp.atleast_1d(input), jnp.atleast_1d(source)
    mine, theirs = x.shape[:d] + x.shape[d + 1 :], values.shape[:d] + values.shape[d + 1 :]
    if mine != theirs:

        def said(shape):
            return " ".join(map(str, shape))

        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice "
            f"shape: {said(mine)} at dimension {d} and source slice shape: {said(theirs)} at dimension "
            "0."
        )
    if index.size != count:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.size}) should be equal to source.size(dim) ({count})"
        )
    return _along(x, d, index.reshape(-1)).set(values, mode=IN_BOUNDS, unique_indices=True).reshape(input.shape)


@op(
    "index_fill(Tensor input, int dim, Tensor index, Tensor|Scalar value) -> Tensor",
    grad="linear",
    saves=("index",),
    variants="fmi",
    check=_check_along(True, IndexError, _OUTSIDE),
    fits=("value",),
)
def index_fill(input, index, value, *, dim):
    d = wrap_dim(dim, input.ndim)
    if not is_index(index, "int64"):
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    if value.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    kind = from_numpy_dtype(input.dtype)
    if jnp.issubdtype(value.dtype, jnp.complexfloating) and not kind.is_complex:
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    size = input.shape[d] if input.ndim else 1
    chosen = jnp.zeros(size, jnp.bool_).at[index.reshape(-1)].set(True, mode=IN_BOUNDS)
    chosen = chosen.reshape((size,) + (1,) * (input.ndim - d - 1)) if input.ndim else chosen.reshape(())
    return jnp.where(chosen, cast(value, kind), input)


@op(
    "index_reduce(Tensor input, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor",
    saves=("input", "index", "source", "result"),
    variants="fmio",
    check=_check_along(False, IndexError, "index out of range in self"),
)
def index_reduce(input, index, source, *, dim, reduce, include_self):
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    d = _source("index_reduce", input, index, source, dim)
    x, values = jnp.atleast_1d(input), jnp.atleast_1d(source)
    full = jnp.broadcast_to(index.reshape((-1,) + (1,) * (x.ndim - d - 1)), values.shape)
    where = positions(full, x.shape, d).reshape(-1)
    return reduce_at(x, where, values.reshape(-1), reduce, include_self).reshape(input.shape)
