"""Creation without array inputs: constants, ranges, the identity.

These are the cores: the public wrappers add device, layout, requires_grad and the like, and infer dtypes. Ranges have
the values of PyTorch's CPU kernels bit for bit: those use fused multiply-adds, and `arange` runs over vectors of 256
bits (two at a time, the rest one by one) whose first element is rounded before the rest of the vector is added to it.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import dtype as dtype_t
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._ops.shape import cast, check_size
from jaxtorch._ops.table import op

# ----- Constants -----


@op("_full(Scalar value, *, int[] size, dtype dtype) -> Tensor", grad="none", variants="")
def _full(value, *, size, dtype):
    check_size(size)
    return jnp.full(size, cast(value, dtype))


@op("_zeros(*, int[] size, dtype dtype) -> Tensor", grad="none", variants="")
def _zeros(*, size, dtype):
    check_size(size)
    return jnp.zeros(size, dtype.numpy_dtype)


@op("_ones(*, int[] size, dtype dtype) -> Tensor", grad="none", variants="")
def _ones(*, size, dtype):
    check_size(size)
    return jnp.ones(size, dtype.numpy_dtype)


@op("_eye(*, int n, int m, dtype dtype) -> Tensor", grad="none", variants="")
def _eye(*, n, m, dtype):
    for name, size in (("n", n), ("m", m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return jnp.eye(n, m, dtype=dtype.numpy_dtype)


# ----- Ranges -----


def arange_length(start, end, step) -> int:
    """How many elements `torch.arange` has; its errors for impossible ranges."""
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {_plain(start)} -> {_plain(end)}")
    if (step > 0) != (end > start) and end != start:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if all(isinstance(x, int) for x in (start, end, step)):
        return -((start - end) // step)
    return math.ceil((end - start) / step)


def integral_step(step) -> int:
    if not math.isfinite(step):
        raise RuntimeError("value cannot be converted to type int64_t without overflow")
    return int(step)


def _plain(x) -> str:
    """A number as C++ streams print it."""
    return f"{x:g}"


def _madd(start, step, count):
    """`start + step * count` in float64, rounded once, as a fused multiply-add gives; counts stay below 2**26."""
    bits = lax.bitcast_convert_type(step, jnp.int64) & jnp.int64(-(1 << 27))
    high = lax.bitcast_convert_type(bits, jnp.float64)
    count = count.astype(jnp.float64)
    big, small = high * count, (step - high) * count  # both exact
    total = start + big
    part = total - start
    return total + ((start - (total - part)) + (big - part) + small)


def _wide(scalar):
    return scalar.astype(jnp.float64)


@op("_arange(Scalar start, Scalar step, *, int length, dtype dtype) -> Tensor", grad="none", variants="")
def _arange(start, step, *, length, dtype):
    if dtype.category == dtypes.BOOL or dtype.is_complex:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype.scalar_name}'")
    i = lax.iota(jnp.int64, length)
    if dtype.category == dtypes.INTEGRAL:
        return (cast(start, dtypes.int64) + cast(step, dtypes.int64) * i).astype(dtype.numpy_dtype)
    accumulator = jnp.float32 if dtype.itemsize == 2 else jnp.float64
    start, step = (_wide(x.astype(accumulator)) for x in (start, step))

    def rounded(x):
        return x.astype(accumulator).astype(dtype.numpy_dtype)

    lanes = 32 // dtype.itemsize
    whole = length // (2 * lanes) * (2 * lanes)
    first = rounded(_madd(start, step, lax.iota(jnp.int64, whole // lanes) * lanes))
    vectors = _madd(_wide(first)[:, None], step, lax.iota(jnp.int64, lanes)[None, :])
    return lax.concatenate([rounded(vectors).reshape(-1), rounded(_madd(start, step, i[whole:]))], 0)


def _steps(name: str, steps: int, dtype: dtype_t, **bounds) -> None:
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if dtype.category == dtypes.BOOL:
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")
    if any(bound.ndim for bound in bounds.values()):
        found = " and ".join(f"{end} with {bound.ndim} dimension(s)" for end, bound in bounds.items())
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {found}.")


@op("_linspace(Tensor|Scalar start, Tensor|Scalar end, *, int steps, dtype dtype) -> Tensor", grad="none", variants="")
def _linspace(start, end, *, steps, dtype):
    _steps("linspace", steps, dtype, start=start, end=end)
    if steps == 1:
        return cast(start, dtype).reshape(1)
    return cast(ramp(cast(start, dtype), cast(end, dtype), steps), dtype)


def _opaque(x):
    """Hide a constant: XLA multiplies by the rounded reciprocal of a constant divisor."""
    return lax.optimization_barrier(x)


def ramp(first, last, steps: int):
    """Counted from the start in the first half and from the end in the second, so that both ends are exact."""
    if jnp.issubdtype(first.dtype, jnp.complexfloating):
        return lax.complex(ramp(first.real, last.real, steps), ramp(first.imag, last.imag, steps))
    kind, i = from_numpy_dtype(first.dtype), lax.iota(jnp.int64, steps)
    half = steps // 2
    if kind in dtypes.LOW_PRECISION:
        return _low_ramp(first, last, i, half, steps)
    if kind.category == dtypes.INTEGRAL:
        first, last = _wide(first), _wide(last)
    by = _wide((last - first) / _opaque(jnp.asarray(steps - 1, first.dtype)))
    up, down = _madd(_wide(first), by, i[:half]), _madd(_wide(last), -by, steps - 1 - i[half:])
    return lax.concatenate([up, down], 0).astype(first.dtype)


def _low_ramp(first, last, i, half: int, steps: int):
    """float16 and bfloat16 round after every operation."""
    kind = first.dtype

    def rounded(x):  # opaque: XLA drops round trips through narrower types
        return _opaque(x.astype(kind)).astype(jnp.float32)

    first, last, count = (x.astype(jnp.float32) for x in (first, last, i))
    by = rounded(rounded(last - first) / _opaque(rounded(jnp.asarray(steps - 1, jnp.float32))))
    up = rounded(first + rounded(by * rounded(count[:half])))
    return lax.concatenate([up, rounded(last - rounded(by * rounded(steps - 1 - count[half:])))], 0)


@op(
    "_logspace(Tensor|Scalar start, Tensor|Scalar end, Scalar base, *, int steps, dtype dtype) -> Tensor",
    grad="none",
    variants="",
)
def _logspace(start, end, base, *, steps, dtype):
    _steps("logspace", steps, dtype, start=start, end=end)
    if steps == 1:
        return cast(jnp.power(_wide(base), _wide(start)), dtype).reshape(1)
    first, last = cast(start, dtype), cast(end, dtype)
    if dtype.category == dtypes.INTEGRAL and dtype.itemsize < 8:  # C++ subtracts narrow integers without wrapping
        first, last = first.astype(jnp.int64), last.astype(jnp.int64)
    wide = jnp.complex128 if dtype.is_complex else jnp.float64  # whatever the dtype: only the span is rounded to it
    i, half = lax.iota(jnp.int64, steps).astype(wide), steps // 2
    by = (last - first).astype(wide) / _opaque(jnp.asarray(steps - 1, wide))
    up, down = first.astype(wide) + by * i[:half], last.astype(wide) - by * (steps - 1 - i[half:])
    exponents = lax.concatenate([up, down], 0)
    return cast(jnp.power(base.astype(wide), exponents), dtype)


@op("_overwritten(Tensor value, Tensor old) -> Tensor", grad="linear", variants="", grad_name="CopyBackwards")
def _overwritten(value, old):
    """`old` after a constant was written over it: its gradient is zero."""
    return value


# Draws have a gradient of zero in PyTorch: their results require grad where their inputs do.
for _name in ("Bernoulli", "Normal", "Poisson"):
    op(
        f"_{_name.lower()}_drawn(Tensor drawn, Tensor[] sources) -> Tensor",
        grad="linear",
        variants="",
        grad_name=f"{_name}Backward0",
    )(lambda drawn, sources: drawn)
