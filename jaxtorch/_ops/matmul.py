"""Matrix products: mm, bmm, matmul and the products that add to something.

float16 and bfloat16 accumulate in float32, as PyTorch's kernels do. Products of many matrices by one are flattened to
one product: XLA's CPU runs it 1.5x quicker. int64 goes to XLA's plain loop (38 ms for 256x256, PyTorch 1): rare.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.checks import as_type_of, c_name, check_factor, dtype_name
from jaxtorch._ops.table import op


def contract(a, b, a_dims, b_dims, a_batch=(), b_batch=()):
    """`lax.dot_general` with PyTorch's accumulation; the result has the inputs' dtype."""
    kind = a.dtype
    numbers = ((tuple(a_dims), tuple(b_dims)), (tuple(a_batch), tuple(b_batch)))
    if from_numpy_dtype(kind) in dtypes.LOW_PRECISION:
        return lax.dot_general(a, b, numbers, preferred_element_type=jnp.float32).astype(kind)
    if jnp.issubdtype(kind, jnp.integer) and kind.itemsize < 4:
        return lax.dot_general(a.astype(jnp.int32), b.astype(jnp.int32), numbers).astype(kind)
    return lax.dot_general(a, b, numbers)


def product(a, b):
    """The matrix product of two matrices, or of two batches of the same shape."""
    batch = tuple(range(a.ndim - 2))
    return contract(a, b, (a.ndim - 1,), (b.ndim - 2,), batch, batch)


def expanded(x, shape):
    """`x` broadcast to `shape`; PyTorch's error where it doesn't fit."""
    if x.ndim > len(shape):
        raise RuntimeError(
            f"expand(torch.{dtype_name(x)}Tensor{{{list(x.shape)}}}, size={list(shape)}): the number of "
            f"sizes provided ({len(shape)}) must be greater or equal to the number of dimensions in the "
            f"tensor ({x.ndim})"
        )
    offset = len(shape) - x.ndim
    for d, (have, want) in reversed(list(enumerate(zip(x.shape, shape[offset:], strict=True)))):
        if have not in (1, want):
            raise RuntimeError(
                f"The expanded size of the tensor ({want}) must match the existing size ({have}) at "
                f"non-singleton dimension {d + offset}.  Target sizes: {list(shape)}.  Tensor sizes: "
                f"{list(x.shape)}"
            )
    return jnp.broadcast_to(x, shape)


def _no_bools(x, kernel: str) -> None:
    if x.dtype == jnp.bool_:
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


# ----- Checked products; the callers' messages differ by the kernel that PyTorch would call -----


def _mm(a, b):
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({a.shape[0]}x{a.shape[1]} and {b.shape[0]}x{b.shape[1]})"
        )
    if a.dtype != b.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {c_name(a)} != {c_name(b)}")
    _no_bools(a, "addmm_impl_cpu_")
    return product(a, b)


def _bmm(a, b):
    if a.shape[0] != b.shape[0] or a.shape[2] != b.shape[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{a.shape[0]}, "
            f"{a.shape[2]}] but got: [{b.shape[0]}, {b.shape[1]}]."
        )
    if a.dtype != b.dtype:
        raise RuntimeError(f"expected scalar type {dtype_name(a)} but found {dtype_name(b)}")
    _no_bools(a, "bmm")
    return product(a, b)


def _mv(out, mat, vec):
    """`mat @ vec`, to be added to something like `out`."""
    if vec.ndim != 1 or mat.ndim != 2 or out.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {out.ndim}, {mat.ndim}, {vec.ndim}")
    if mat.shape[1] != vec.shape[0] or (out.size not in (1, mat.shape[0]) if out.ndim else False):
        raise RuntimeError(
            f"size mismatch, got input ({out.shape[0]}), mat ({mat.shape[0]}x{mat.shape[1]}), vec ({vec.shape[0]})"
        )
    if not out.dtype == mat.dtype == vec.dtype:
        raise RuntimeError(
            f"addmv input tensors must have the same dtype, but got {dtype_name(out)}, "
            f"{dtype_name(mat)}, and {dtype_name(vec)}"
        )
    _no_bools(mat, "addmv_impl_cpu")
    return contract(mat, vec, (1,), (0,))


def _dot(a, b):
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {dtype_name(a)} and {dtype_name(b)}"
        )
    if a.shape != b.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.size}] and src [{b.size}] to have the same "
            f"number of elements, but got {a.size} and {b.size} elements respectively"
        )
    _no_bools(a, "dot")
    return contract(a, b, (0,), (0,))


# ----- Two operands -----


@op("mm(Tensor input, Tensor mat2) -> Tensor", grad="bilinear", variants="fmo")
def mm(input, mat2):
    if input.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    return _mm(input, mat2)


@op("bmm(Tensor input, Tensor mat2) -> Tensor", grad="bilinear", variants="fmo")
def bmm(input, mat2):
    for name, x in (("batch1", input), ("batch2", mat2)):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    return _bmm(input, mat2)


@op("mv(Tensor input, Tensor vec) -> Tensor", grad="bilinear", variants="fmo")
def mv(input, vec):
    return _mv(jnp.empty(input.shape[:1], vec.dtype), input, vec)


@op("dot(Tensor input, Tensor tensor) -> Tensor", grad="bilinear", variants="fmo")
def dot(input, tensor):
    return _dot(input, tensor)


@op("vdot(Tensor input, Tensor other) -> Tensor", grad="bilinear", variants="fmo")
def vdot(input, other):
    return _dot(jnp.conj(input), other)


@op(
    "matmul(Tensor input, Tensor other) -> Tensor",
    grad="bilinear",
    variants="fmo",
    aliases=("linalg.matmul",),
    grad_name="MmBackward0",
)
def matmul(input, other):
    a, b = input, other
    if not a.ndim or not b.ndim:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a.ndim}D and {b.ndim}D")
    if a.ndim == 1 and b.ndim == 1:
        return _dot(a, b)
    if b.ndim == 1:
        flat = a.reshape(-1, a.shape[-1])
        return _mv(jnp.empty(flat.shape[:1], b.dtype), flat, b).reshape(a.shape[:-1])
    if a.ndim == 1:
        return matmul(a[None, :], b)[..., 0, :]
    if b.ndim == 2:
        return _mm(a.reshape(math.prod(a.shape[:-1]), a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[-1])
    if a.shape[:-2] == b.shape[:-2] and a.dtype == b.dtype and a.shape[-1] == b.shape[-2] and a.dtype != jnp.bool_:
        return product(a, b)
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    count = math.prod(batch)
    wide = [jnp.broadcast_to(x, (*batch, *x.shape[-2:])).reshape(count, *x.shape[-2:]) for x in (a, b)]
    return _bmm(*wide).reshape(*batch, a.shape[-2], b.shape[-1])


# ----- Products added to something: beta * input + alpha * product -----


def _scaled(number, x):
    return x if number is None else as_type_of(number, x) * x


def _added(input, beta, alpha, made, shape):
    """A zero beta ignores the input, nan included."""
    wide = jnp.float32 if from_numpy_dtype(made.dtype) in dtypes.LOW_PRECISION else made.dtype
    base = expanded(input, shape).astype(wide)
    if beta is not None:
        factor = as_type_of(beta, base)
        base = jnp.where(factor == 0, jnp.zeros((), wide), factor * base)
    return (base + _scaled(alpha, made.astype(wide))).astype(made.dtype)


@op(
    "addmm(Tensor input, Tensor mat1, Tensor mat2, *, Scalar? beta=1, Scalar? alpha=1) -> Tensor",
    grad="bilinear",
    saves=("mat1", "mat2"),
    variants="fmio",
)
def addmm(input, mat1, mat2, beta, alpha):
    for name, x in (("mat1", mat1), ("mat2", mat2)):
        if x.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {x.ndim}-D tensor")
    if mat1.shape[1] == mat2.shape[0]:
        if mat1.dtype != mat2.dtype:
            raise RuntimeError(
                f"mat1 and mat2 must have the same dtype, but got {dtype_name(mat1)} and {dtype_name(mat2)}"
            )
        if input.dtype != mat2.dtype:
            raise RuntimeError(
                f"self and mat2 must have the same dtype, but got {dtype_name(input)} and {dtype_name(mat2)}"
            )
    return _added(input, beta, alpha, _mm(mat1, mat2), (mat1.shape[0], mat2.shape[1]))


@op(
    "addmv(Tensor input, Tensor mat, Tensor vec, *, Scalar? beta=1, Scalar? alpha=1) -> Tensor",
    grad="bilinear",
    saves=("mat", "vec"),
    variants="fmio",
)
def addmv(input, mat, vec, beta, alpha):
    return _added(input, beta, alpha, _mv(input, mat, vec), mat.shape[:1])


def _addr_fits(common, input, vec1, vec2, *factors):
    # A factor of 1 is left out; one alone is rather alpha.
    for factor, name in zip(factors, ("beta", "alpha")[-len(factors) :], strict=False):
        check_factor(common, factor, name)


@op(
    "addr(Tensor input, Tensor vec1, Tensor vec2, *, Scalar? beta=1, Scalar? alpha=1) -> Tensor",
    promote="default",
    participants=("input", "vec1", "vec2"),
    grad="bilinear",
    saves=("vec1", "vec2"),
    variants="fmio",
    guard=_addr_fits,
)
def addr(input, vec1, vec2, beta, alpha):
    for name, x in (("vec1", vec1), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {x.ndim}-D")
    base = expanded(input, (vec1.size, vec2.size))
    outer_ = vec1[:, None] * vec2[None, :]
    if base.dtype == jnp.bool_:
        return (base if beta is None else base & beta) | (outer_ if alpha is None else outer_ & alpha)
    if beta is not None:
        base = jnp.where(beta == 0, jnp.zeros((), base.dtype), beta * base)
    return base + (outer_ if alpha is None else alpha * outer_)


def _batches(batch1, batch2) -> None:
    for name, x in (("batch1", batch1), ("batch2", batch2)):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")


@op(
    "addbmm(Tensor input, Tensor batch1, Tensor batch2, *, Scalar? beta=1, Scalar? alpha=1) -> Tensor",
    grad="bilinear",
    saves=("batch1", "batch2"),
    variants="fmio",
)
def addbmm(input, batch1, batch2, beta, alpha):
    _batches(batch1, batch2)
    if batch1.shape[0] != batch2.shape[0]:
        raise RuntimeError(
            f"batch1 and batch2 must have same number of batches, got {batch1.shape[0]} and {batch2.shape[0]}"
        )
    if batch1.shape[2] != batch2.shape[1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for bmm ({batch1.shape[1]}x{batch1.shape[2]} and "
            f"{batch2.shape[1]}x{batch2.shape[2]})"
        )
    for x in (batch1, batch2):
        if x.dtype != input.dtype or batch1.dtype != batch2.dtype:
            raise RuntimeError(
                f"self and mat2 must have the same dtype, but got {dtype_name(input)} and {dtype_name(batch2)}"
            )
    _no_bools(batch1, "addmm_impl_cpu_")
    made = contract(batch1, batch2, (0, 2), (0, 1))
    return _added(input, beta, alpha, made, (batch1.shape[1], batch2.shape[2]))


@op(
    "baddbmm(Tensor input, Tensor batch1, Tensor batch2, *, Scalar? beta=1, Scalar? alpha=1) -> Tensor",
    grad="bilinear",
    saves=("batch1", "batch2"),
    variants="fmio",
)
def baddbmm(input, batch1, batch2, beta, alpha):
    _batches(batch1, batch2)
    if batch1.dtype == batch2.dtype != input.dtype:
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {c_name(input)}, batch1: {c_name(batch1)}, "
            f"batch2: {c_name(batch2)}"
        )
    made = _bmm(batch1, batch2)
    return _added(input, beta, alpha, made, made.shape)
