"""Products beyond the matrix product: inner, outer, Kronecker, cross, tensordot, chains of matrices."""

from __future__ import annotations

import math

import jax.numpy as jnp

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.promotion import result_type
from jaxtorch._base.sizes import broadcast_shapes, wrap_dim, wrap_dims
from jaxtorch._ops.checks import c_name, dtype_name
from jaxtorch._ops.matmul import contract, product
from jaxtorch._ops.table import aval_of, op


@op("inner(Tensor input, Tensor other) -> Tensor", grad="bilinear", variants="fmo", grad_name="ViewBackward0")
def inner(input, other):
    if not input.ndim or not other.ndim:
        kind = result_type([aval_of(input), aval_of(other)]).numpy_dtype
        return input.astype(kind) * other.astype(kind)
    if input.dtype != other.dtype:
        raise RuntimeError("both inputs should have same dtype")
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input.shape)} and {list(other.shape)}"
        )
    return contract(input, other, (input.ndim - 1,), (other.ndim - 1,))


@op(
    "outer(Tensor input, Tensor vec2) -> Tensor",
    promote="default",
    grad="bilinear",
    variants="fmo",
    aliases=("ger",),
    grad_name="MulBackward0",
)
def outer(input, vec2):
    for name, x in (("self", input), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    return input[:, None] * vec2[None, :]


@op("trace(Tensor input) -> Tensor", grad="linear")
def trace(input):
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    kind = from_numpy_dtype(input.dtype)
    if kind is dtypes.bool_:
        raise NotImplementedError(f"\"trace\" not implemented for '{kind.scalar_name}'")
    return jnp.trace(input, dtype=jnp.int64 if kind.category == dtypes.INTEGRAL else None)


@op(
    "kron(Tensor input, Tensor other) -> Tensor",
    promote="default",
    grad="bilinear",
    variants="fmo",
    grad_name="UnsafeViewBackward0",
)
def kron(input, other):
    rank = max(input.ndim, other.ndim)
    a, b = (x.reshape((1,) * (rank - x.ndim) + x.shape) for x in (input, other))
    made = jnp.expand_dims(a, tuple(range(1, 2 * rank, 2))) * jnp.expand_dims(b, tuple(range(0, 2 * rank, 2)))
    return made.reshape([n * m for n, m in zip(a.shape, b.shape, strict=True)])


# ----- Cross product -----


def _cross(a, b, dim: int):
    if a.ndim != b.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    d = wrap_dim(dim, a.ndim)
    if a.shape[d] != 3 or b.shape[d] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {a.shape[d]} and {b.shape[d]}"
        )
    shape = broadcast_shapes(a.shape, b.shape)
    if a.dtype != b.dtype:
        raise RuntimeError(f"expected scalar type {dtype_name(a)} but found {dtype_name(b)}")
    if a.dtype == jnp.bool_:
        raise NotImplementedError("\"cross\" not implemented for 'Bool'")
    a, b = jnp.broadcast_to(a, shape), jnp.broadcast_to(b, shape)
    return jnp.roll(a, -1, d) * jnp.roll(b, -2, d) - jnp.roll(a, -2, d) * jnp.roll(b, -1, d)


@op(
    "linalg.cross(Tensor input, Tensor other, *, int dim=-1) -> Tensor",
    grad="bilinear",
    variants="fo",
    grad_name="LinalgCrossBackward0",
)
def linalg_cross(input, other, *, dim):
    return _cross(input, other, dim)


@op(
    "cross(Tensor input, Tensor other, int? dim=None) -> Tensor",
    grad="bilinear",
    variants="fmo",
    grad_name="LinalgCrossBackward0",
)
def cross(input, other, *, dim):
    if dim is None:
        if 3 not in input.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = input.shape.index(3)
    return _cross(input, other, dim)


# ----- Contractions -----


def _contracted(a, b, dims) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        return tuple(range(-dims, 0)), tuple(range(dims))
    first, second = ((d,) if isinstance(d, int) else tuple(d) for d in dims)
    return first, second


@op("tensordot(Tensor a, Tensor b, any dims=2) -> Tensor", grad="bilinear", variants="fo", grad_name="ViewBackward0")
def tensordot(a, b, *, dims):
    first, second = _contracted(a, b, dims)
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    if a.dtype != b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    mine, theirs = wrap_dims(first, a.ndim), wrap_dims(second, b.ndim)
    for d, e, i, j in zip(first, second, mine, theirs, strict=True):
        n, m = a.shape[i], b.shape[j]
        if n != m and 1 not in (n, m):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {n} in dim {d} and second has "
                f"size {m} in dim {e}"
            )
        if n != m:  # a size of 1 broadcasts: what it meets is summed
            a, b = (a, b.sum(j, keepdims=True)) if n == 1 else (a.sum(i, keepdims=True), b)
    return contract(a, b, mine, theirs)


@op(
    "linalg.vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor",
    grad="bilinear",
    variants="fo",
    grad_name="VdotBackward0",
)
def vecdot(x, y, *, dim):
    kind = from_numpy_dtype(x.dtype)
    if kind.category < dtypes.FLOATING:
        raise RuntimeError(f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {dtype_name(x)}")
    if x.dtype != y.dtype:
        raise RuntimeError(
            "linalg.vecdot: Expected x and y to have the same dtype, but found x of type "
            f"{dtype_name(x)} and y of type {dtype_name(y)} instead"
        )
    d = wrap_dim(dim, max(x.ndim, y.ndim))
    broadcast_shapes(x.shape, y.shape)
    wide = jnp.float32 if kind in dtypes.LOW_PRECISION else x.dtype
    made = jnp.conj(x).astype(wide) * y.astype(wide)
    return (made.sum(d) if made.ndim else made).astype(x.dtype)


def _cheapest(sizes: list[int]) -> list[list[int]]:
    """Where to split each run of a chain of matrices, by the least multiplications (Cormen et al., 15.2)."""
    n = len(sizes) - 1
    cost = [[0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], split[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )
    return split


def _check_chain(tensors) -> None:
    count = len(tensors)
    if count < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {count}")
    for which, x in (("first", tensors[0]), ("last", tensors[-1])):
        if x.ndim not in (1, 2):
            raise RuntimeError(f"multi_dot(): the {which} tensor must be 1D or 2D but got {x.ndim}D")
    for i, x in enumerate(tensors):
        if x.dtype != tensors[0].dtype:
            raise RuntimeError(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                f"{c_name(tensors[0])} and tensor {i} {c_name(x)}"
            )
        if 0 < i < count - 1 and x.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x.ndim}D")


@op("linalg.multi_dot(Tensor[] tensors) -> Tensor", variants="fo", grad_name="ViewBackward0")
def multi_dot(tensors):
    _check_chain(tensors)
    chain = list(tensors)
    drop = (chain[0].ndim == 1, chain[-1].ndim == 1)
    chain[0] = chain[0][None, :] if drop[0] else chain[0]
    chain[-1] = chain[-1][:, None] if drop[1] else chain[-1]
    for i, (a, b) in enumerate(zip(chain, chain[1:], strict=False)):
        if a.shape[1] != b.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(tensors[i].shape)} and "
                f"{list(tensors[i + 1].shape)} cannot be multiplied"
            )
    split = _cheapest([chain[0].shape[0], *[x.shape[1] for x in chain]])

    def multiply(i: int, j: int):
        return chain[i] if i == j else product(multiply(i, split[i][j]), multiply(split[i][j] + 1, j))

    out = multiply(0, len(chain) - 1)
    kept = [n for n, gone in zip(out.shape, drop, strict=True) if not gone]
    return out.reshape(kept) if math.prod(kept) == out.size else out
