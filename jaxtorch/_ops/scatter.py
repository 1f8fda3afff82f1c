"""Writing at index tensors of the input's rank: scatter and its reductions, put."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.checks import as_type_of, dtype_name, is_index, out_of_range
from jaxtorch._ops.gather import IN_BOUNDS, OUT_OF_BOUNDS, positions, read
from jaxtorch._ops.table import op

# ----- At flat positions; `where` and `values` are flat too -----


def write(x, where, values):
    """Put values at positions; the last of equal positions wins.

    Saying that positions are unique gives PyTorch's derivative where they are not: every value gets its position's.
    """
    return (
        x.reshape(-1)
        .at[where]
        .set(values, mode=IN_BOUNDS, unique_indices=True, wrap_negative_indices=False)
        .reshape(x.shape)
    )


def add(x, where, values):
    """Add values at positions."""
    if x.dtype == jnp.bool_:
        return add(x.astype(jnp.int8), where, values.astype(jnp.int8)) != 0
    return x.reshape(-1).at[where].add(values, mode=IN_BOUNDS, wrap_negative_indices=False).reshape(x.shape)


@jax.custom_jvp
def multiply(x, where, values):
    """Multiply values into positions. JAX has no derivative of this where positions repeat."""
    if x.dtype == jnp.bool_:
        return multiply(x.astype(jnp.int8), where, values.astype(jnp.int8)) != 0
    return x.reshape(-1).at[where].multiply(values, mode=IN_BOUNDS, wrap_negative_indices=False).reshape(x.shape)


@multiply.defjvp
def _multiply_jvp(primals, tangents):
    return product_jvp(primals, tangents, primals[2] == 0)


def product_jvp(primals, tangents, zero):
    """The derivative of `multiply`; `zero` says by which values nothing can be divided."""
    (x, where, values), (dx, _, dvalues) = primals, tangents
    out = multiply(x, where, values)
    # The product of the others: all of it divided by the value. Where it is the only zero among the values, the product
    # without it. Written so that the second derivative is right where x is zero.
    one = jnp.ones((), x.dtype)
    alone = zero & (read(add(jnp.zeros(x.shape, jnp.int32), where, zero.astype(jnp.int32)), where) == 1)
    without = multiply(x, where, jnp.where(alone, one, values))
    others = jnp.where(alone, read(without, where), read(out, where) / jnp.where(zero, one, values))
    return out, add(dx * multiply(jnp.ones_like(x), where, values), where, others * dvalues)


@functools.partial(jax.custom_jvp, nondiff_argnums=(3, 4))
def extreme(x, where, values, largest: bool, include_self: bool):
    """The maximum (minimum) with the values at positions; what is equal shares the derivative."""
    if not include_self:
        x = write(x, where, jnp.full(values.shape, _identity("amax" if largest else "amin", x.dtype), x.dtype))
    flat = x.reshape(-1).at[where]
    method = flat.max if largest else flat.min
    return method(values, mode=IN_BOUNDS, wrap_negative_indices=False).reshape(x.shape)


@extreme.defjvp
def _extreme_jvp(largest, include_self, primals, tangents):
    (x, where, values), (dx, _, dvalues) = primals, tangents
    out = extreme(x, where, values, largest, include_self)
    mine, theirs = (x == out).astype(x.dtype), (values == read(out, where)).astype(x.dtype)
    sharing = add(mine, where, theirs)  # counts x where it is left out too, as PyTorch does
    sharing = jnp.where(sharing == 0, jnp.ones_like(sharing), sharing)
    if not include_self:
        mine = write(mine, where, jnp.zeros_like(values))
    return out, add(mine * dx, where, theirs * dvalues) / sharing


def _identity(reduce: str, dtype):
    """What a reduction starts from."""
    if reduce in ("sum", "mean", "prod"):
        return 1 if reduce == "prod" else 0
    largest = reduce == "amin"
    if dtype == jnp.bool_:
        return largest
    if jnp.issubdtype(dtype, jnp.integer):
        return jnp.iinfo(dtype).max if largest else jnp.iinfo(dtype).min
    return jnp.inf if largest else -jnp.inf


def reduce_at(x, where, values, reduce: str, include_self: bool):
    """Reduce values into positions, starting from what is there or, without `include_self`, from nothing."""
    if reduce in ("amax", "amin"):
        return extreme(x, where, values, reduce == "amax", include_self)
    if not include_self:
        x = write(x, where, jnp.full(values.shape, _identity(reduce, x.dtype), x.dtype))
    if reduce != "mean":
        return (add if reduce == "sum" else multiply)(x, where, values)
    total = add(x, where, values)
    count = jnp.zeros(x.shape, x.dtype)
    count = add(count + 1 if include_self else count, where, jnp.ones(values.shape, x.dtype))
    count = jnp.where(count == 0, jnp.ones_like(count), count)
    return total // count if jnp.issubdtype(x.dtype, jnp.integer) else total / count


# ----- Arguments -----


def _arguments(input, index, src, dim: int, name: str = "scatter") -> tuple | None:
    """The input with at least one dimension, flat positions, flat values; None when there is nothing to write."""
    d = wrap_dim(dim, input.ndim)
    if src is not None and src.ndim and from_numpy_dtype(src.dtype) is not from_numpy_dtype(input.dtype):
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")
    if not index.size:
        return None
    if not is_index(index):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if max(index.ndim, 1) != max(input.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    x, i = jnp.atleast_1d(input), jnp.atleast_1d(index)
    larger = any(i.shape[k] > x.shape[k] for k in range(x.ndim) if k != d)
    if src is None:
        if larger:
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} "
                f"apart from dimension {d}"
            )
        return x, positions(i, x.shape, d).reshape(-1)
    values = jnp.atleast_1d(src)
    if max(values.ndim, 1) != x.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    if larger or any(n > m for n, m in zip(i.shape, values.shape, strict=True)):
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} apart "
            f"from dimension {d} and to be no larger size than src {list(src.shape)}"
        )
    values = values[tuple(slice(0, n) for n in i.shape)].reshape(-1).astype(x.dtype)
    return x, positions(i, x.shape, d).reshape(-1), values


def _check(input, index, *_, dim, **statics):
    d = wrap_dim(dim, input.ndim)
    size = input.shape[d] if input.ndim else 1
    return out_of_range(index, 0, size, RuntimeError, OUT_OF_BOUNDS.format(d, size), (input,))


def _filled(value, x, count: int):
    return jnp.broadcast_to(as_type_of(value, x), (count,))


# ----- scatter -----


@op(
    "scatter.src(Tensor input, int dim, Tensor index, Tensor src) -> Tensor",
    grad="linear",
    saves=("index",),
    variants="fmio",
    check=_check,
)
def scatter_src(input, index, src, *, dim):
    found = _arguments(input, index, src, dim)
    return input if found is None else write(*found).reshape(input.shape)


@op(
    "scatter.value(Tensor input, int dim, Tensor index, Scalar value) -> Tensor",
    grad="linear",
    saves=("index",),
    variants="fmio",
    check=_check,
    grad_name="ScatterBackward1",
    fits=("value",),
)
def scatter_value(input, index, value, *, dim):
    found = _arguments(input, index, None, dim)
    if found is None:
        return input
    x, where = found
    return write(x, where, _filled(value, input, index.size)).reshape(input.shape)


def _combine(input, found, reduce: str):
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    return input if found is None else (add if reduce == "add" else multiply)(*found).reshape(input.shape)


@op(
    "scatter.reduce(Tensor input, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor",
    variants="fmio",
    saves=("index",),
    check=_check,
    grad_name="ScatterBackward2",
)
def scatter_reduce_src(input, index, src, *, dim, reduce):
    return _combine(input, _arguments(input, index, src, dim), reduce)


@op(
    "scatter.value_reduce(Tensor input, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor",
    variants="fmio",
    saves=("index",),
    check=_check,
    grad_name="ScatterBackward3",
    fits=("value",),
)
def scatter_reduce_value(input, index, value, *, dim, reduce):
    found = _arguments(input, index, None, dim)
    return _combine(input, found and (*found, _filled(value, input, index.size)), reduce)


@op(
    "scatter_add(Tensor input, int dim, Tensor index, Tensor src) -> Tensor",
    grad="linear",
    saves=("index",),
    variants="fmio",
    check=_check,
)
def scatter_add(input, index, src, *, dim):
    found = _arguments(input, index, src, dim)
    return input if found is None else add(*found).reshape(input.shape)


@op(
    "scatter_reduce(Tensor input, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor",
    saves=("input", "index", "src", "result"),
    variants="fmio",
    check=_check,
)
def scatter_reduce(input, index, src, *, dim, reduce, include_self):
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    kind = from_numpy_dtype(input.dtype)
    if (kind.is_complex and reduce in ("amax", "amin")) or (kind is dtypes.bool_ and reduce == "mean"):
        raise NotImplementedError(
            f"\"scatter_gather_tensor_cpu_reduce_{reduce}\" not implemented for '{kind.scalar_name}'"
        )
    found = _arguments(input, index, src, dim)
    if found is None:
        return input
    x, where, values = found
    return reduce_at(x, where, values, reduce, include_self).reshape(input.shape)


# ----- put -----


def _check_put(input, index, source, *, accumulate):
    size = input.size
    return out_of_range(
        index,
        -size,
        size,
        IndexError,
        f"out of range: tried to access index {{}} on a tensor of {size} elements.",
        (input,),
    )


@op(
    "put(Tensor input, Tensor index, Tensor source, bool accumulate=False) -> Tensor",
    grad="linear",
    saves=("index",),
    variants="fmi",
    check=_check_put,
)
def put(input, index, source, *, accumulate):
    if not is_index(index, "int64"):
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {dtype_name(index)}")
    if source.dtype != input.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{dtype_name(input)} and source.dtype = {dtype_name(source)}"
        )
    if source.size != index.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {source.size}, index.numel() = {index.size}"
        )
    if not input.size and index.size:
        raise IndexError("put_(): Tried to put elements into an empty tensor")
    where = index.reshape(-1)
    where = jnp.where(where < 0, where + input.size, where)
    return (add if accumulate else write)(input, where, source.reshape(-1))
