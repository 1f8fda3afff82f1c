"""Covariance and correlation of observations."""

from __future__ import annotations

import jax.numpy as jnp

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.modes import defaults
from jaxtorch._base.promotion import promote_types
from jaxtorch._ops.checks import dtype_name
from jaxtorch._ops.table import op


def _check_weights(x, name: str, count: int) -> None:
    if x.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {x.ndim} dimensions"
        )
    integral = from_numpy_dtype(x.dtype).category == dtypes.INTEGRAL
    if name == "fweights" and not integral:
        raise RuntimeError(
            f"cov(): expected fweights to have integral dtype but got fweights with {dtype_name(x)} dtype"
        )
    if name == "aweights" and from_numpy_dtype(x.dtype).category != dtypes.FLOATING:
        raise RuntimeError(
            f"cov(): expected aweights to have floating point dtype but got aweights with {dtype_name(x)} dtype"
        )
    if x.size != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but "
            f"got {x.size} != {count}"
        )


def _check_signs(input, fweights, aweights, *, correction):
    checks = [
        (w >= 0, RuntimeError, f"cov(): {name} cannot be negative")
        for name, w in (("fweights", fweights), ("aweights", aweights))
        if w is not None
    ]
    return checks or (jnp.ones((), jnp.bool_), "")


def _cov(x, fweights, aweights, correction: int):
    if x.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {x.ndim} dimensions"
        )
    kind = from_numpy_dtype(x.dtype)
    if kind is dtypes.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    result = defaults.dtype.numpy_dtype if kind.category < dtypes.FLOATING else x.dtype
    # Halves compute in float32 and are rounded once.
    x = jnp.atleast_2d(x.astype(jnp.float32 if kind in dtypes.LOW_PRECISION else result))
    count = x.shape[1]
    weights = None
    for name, w in (("fweights", fweights), ("aweights", aweights)):
        if w is not None:
            _check_weights(w, name, count)
            weights = w if weights is None else weights * w
    real = jnp.real(x).dtype
    if weights is None:
        mean, total = x.mean(1, keepdims=True), jnp.asarray(count, real)
    else:
        weights = jnp.atleast_1d(weights).astype(real)
        total = weights.sum()
        mean = (x * weights).sum(1, keepdims=True) / total
    norm = total - correction
    if weights is not None and aweights is not None and correction:
        norm = total - correction * (weights * aweights.astype(real)).sum() / total
    centred = x - mean
    scaled = centred if weights is None else centred * weights
    made = scaled @ jnp.conj(centred.T) / jnp.maximum(norm, 0)
    if aweights is not None:
        result = promote_types(from_numpy_dtype(result), from_numpy_dtype(aweights.dtype)).numpy_dtype
    return jnp.squeeze(made).astype(result)


@op(
    "cov(Tensor input, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor",
    check=_check_signs,
    grad_name="SqueezeBackward0",
)
def cov(input, fweights, aweights, *, correction):
    return _cov(input, fweights, aweights, correction)


@op("corrcoef(Tensor input) -> Tensor", grad_name="DivBackward0")
def corrcoef(input):
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    c = _cov(input, None, None, 1)
    if not c.ndim:
        return c / c
    spread = jnp.sqrt(jnp.diagonal(c))
    c = c / spread[:, None] / spread[None, :]
    if jnp.issubdtype(c.dtype, jnp.complexfloating):
        return (jnp.clip(c.real, -1, 1) + 1j * jnp.clip(c.imag, -1, 1)).astype(c.dtype)
    return jnp.clip(c, -1, 1)
