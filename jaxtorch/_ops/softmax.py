"""softmax, log_softmax and softmin along a dimension."""

from __future__ import annotations

import functools
import warnings

import jax
import jax.numpy as jnp

from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.pointwise import BOOL, COMPLEX, INTEGRAL, opmath, reject
from jaxtorch._ops.table import op


def _along(fn, kernel: str):
    """`fn(x, dim)` for any input: converted to `dtype` first, halves in float32, scalars as one element."""

    @opmath
    def wide(x, *, dim, lastdim):
        reject(x, f"{kernel}_lastdim_kernel_impl" if lastdim else f"{kernel}_kernel_impl", BOOL, INTEGRAL, COMPLEX)
        if x.size == 0:
            return x
        return fn(x.reshape(1), 0).reshape(()) if x.ndim == 0 else fn(x, dim)

    def call(input, dim: int, dtype):
        dim = wrap_dim(dim, input.ndim)
        x = input if dtype is None else input.astype(dtype.numpy_dtype)
        return wide(x, dim=dim, lastdim=dim == max(input.ndim, 1) - 1)

    return call


def _exponentials(x, dim: int):
    top = jax.lax.stop_gradient(jnp.max(x, axis=dim, keepdims=True))
    return x - top, jnp.exp(x - top)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _softmax(x, dim: int):
    _, exponentials = _exponentials(x, dim)
    return exponentials / jnp.sum(exponentials, axis=dim, keepdims=True)


@_softmax.defjvp
def _softmax_jvp(dim, primals, tangents):
    # from the result alone, as PyTorch, instead of through the division
    out = _softmax(primals[0], dim)
    weighted = out * tangents[0]
    return out, weighted - out * jnp.sum(weighted, axis=dim, keepdims=True)


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _log_softmax(x, dim: int):
    shifted, exponentials = _exponentials(x, dim)
    return shifted - jnp.log(jnp.sum(exponentials, axis=dim, keepdims=True))


@_log_softmax.defjvp
def _log_softmax_jvp(dim, primals, tangents):
    out = _log_softmax(primals[0], dim)
    return out, tangents[0] - jnp.sum(jnp.exp(out) * tangents[0], axis=dim, keepdims=True)


_soft = _along(_softmax, "softmax")
_log_soft = _along(_log_softmax, "log_softmax")


def _implicit_dim(name: str, ndim: int, dim: int | None) -> int:
    if dim is None:
        warnings.warn(
            f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as "
            "an argument.",
            UserWarning,
            stacklevel=4,
        )
        return 0 if ndim in (0, 1, 3) else 1
    return dim


@op(
    "softmax(Tensor input, int dim, dtype? dtype=None) -> Tensor",
    saves="result",
    variants="fmo",
    aliases=("special.softmax",),
)
def softmax(input, *, dim, dtype):
    return _soft(input, dim, dtype)


@op(
    "log_softmax(Tensor input, int dim, dtype? dtype=None) -> Tensor",
    saves="result",
    variants="fmo",
    aliases=("special.log_softmax",),
)
def log_softmax(input, *, dim, dtype):
    return _log_soft(input, dim, dtype)


_FUNCTIONAL = "(Tensor input, int? dim=None, int _stacklevel=3, dtype? dtype=None) -> Tensor"


@op("nn.functional.softmax" + _FUNCTIONAL, saves="result", variants="f")
def functional_softmax(input, *, dim, _stacklevel, dtype):
    return _soft(input, _implicit_dim("softmax", input.ndim, dim), dtype)


@op("nn.functional.softmin" + _FUNCTIONAL, saves="result", variants="f", grad_name="SoftmaxBackward0")
def functional_softmin(input, *, dim, _stacklevel, dtype):
    return _soft(-input, _implicit_dim("softmin", input.ndim, dim), dtype)


@op("nn.functional.log_softmax" + _FUNCTIONAL, saves="result", variants="f")
def functional_log_softmax(input, *, dim, _stacklevel, dtype):
    return _log_soft(input, _implicit_dim("log_softmax", input.ndim, dim), dtype)
