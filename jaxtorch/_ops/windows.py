"""Window functions: `torch.hann_window` and its like, and `torch.signal.windows`.

The wrappers add device, layout and requires_grad. Every step rounds to the dtype, as PyTorch's chains of operations do.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
import jax.scipy.special
from jax import lax

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import dtype as dtype_t
from jaxtorch._ops.checks import CPP_NAMES
from jaxtorch._ops.creation import ramp
from jaxtorch._ops.table import op


class _Rounded:
    """Arithmetic that rounds every result: float16 and bfloat16 compute in float32."""

    def __init__(self, dtype: dtype_t) -> None:
        self.narrow = dtype.numpy_dtype
        self.wide = jnp.float32 if dtype.itemsize == 2 else self.narrow

    def __call__(self, x):
        x = jnp.asarray(x, self.wide)
        # opaque: XLA drops round trips through narrower types
        return x if self.wide == self.narrow else lax.optimization_barrier(x.astype(self.narrow)).astype(self.wide)

    def times(self, x, factor: float):
        return self(x * self(factor))

    def plus(self, x, term: float):
        return self(x + self(term))


# ----- torch.*_window -----


def _prepared(name: str, length: int, periodic: bool, dtype: dtype_t) -> int:
    """How many points to compute; a periodic window is a longer one without its last point."""
    if dtype.category < dtypes.FLOATING:
        raise RuntimeError(
            f"{name} expects floating point dtypes, got: "
            f"TensorOptions(dtype={CPP_NAMES.get(dtype.name, dtype.name)}, device=cpu, "
            f"layout=Strided (default), requires_grad=false (default), pinned_memory=false, "
            f"memory_format=(nullopt))"
        )
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    if dtype.is_complex and length > 1:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype.scalar_name}'")
    return length + 1 if periodic else length


def _hamming(r: _Rounded, n: int, alpha: float, beta: float):
    angle = r.times(r(jnp.arange(n)), 2 * math.pi / (n - 1))
    return r.plus(r.times(r(jnp.cos(angle)), -beta), alpha)


def _bartlett(r: _Rounded, n: int):
    rising = r.times(r(jnp.arange(n)), 2 / (n - 1))
    return jnp.where(jnp.arange(n) <= (n - 1) >> 1, rising, r.plus(-rising, 2))


def _blackman(r: _Rounded, n: int):
    angle = r.times(r(jnp.arange(n)), math.pi / (n - 1))
    fine, coarse = r(jnp.cos(r.times(angle, 4))), r(jnp.cos(r.times(angle, 2)))
    return r.plus(r(r.times(fine, 0.08) - r.times(coarse, 0.5)), 0.42)


def _kaiser(r: _Rounded, n: int, beta: float):
    x = r(jnp.arange(n)) * jnp.asarray(2 / (n - 1), r.wide) - 1
    root = jnp.sqrt(jnp.maximum(1 - x * x, 0))
    beta_ = jnp.asarray(beta, r.wide)
    return r(jax.scipy.special.i0(beta_ * root) / jax.scipy.special.i0(beta_))


@op(
    "_window(*, str kind, int length, bool periodic, float[] parameters, dtype dtype) -> Tensor",
    grad="none",
    variants="",
)
def _window(*, kind, length, periodic, parameters, dtype):
    """`torch.<kind>_window`; parameters are alpha and beta of hamming, beta of kaiser."""
    n = _prepared(f"{kind}_window", length, periodic, dtype)
    if length <= 1:
        return jnp.ones(length, dtype.numpy_dtype)
    r = _Rounded(dtype)
    if kind in ("hann", "hamming"):
        made = _hamming(r, n, *(parameters or ((0.5, 0.5) if kind == "hann" else (0.54, 0.46))))
    elif kind == "bartlett":
        made = _bartlett(r, n)
    elif kind == "blackman":
        made = _blackman(r, n)
    else:
        made = _kaiser(r, n, *(parameters or (12.0,)))
    return made[:length].astype(dtype.numpy_dtype)


# ----- torch.signal.windows -----


def _check_signal(name: str, length: int, dtype: dtype_t) -> None:
    if length < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={length}")
    if dtype not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")


def _line(start: float, end: float, count: int, dtype: dtype_t):
    if count == 1:
        return jnp.full(1, start, dtype.numpy_dtype)
    return ramp(jnp.asarray(start, dtype.numpy_dtype), jnp.asarray(end, dtype.numpy_dtype), count)


def _exponential(n: int, sym: bool, dtype: dtype_t, center: float | None, tau: float):
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    middle = (n if not sym and n > 1 else n - 1) / 2.0 if center is None else center
    scale = 1 / tau
    return jnp.exp(-jnp.abs(_line(-middle * scale, (-middle + (n - 1)) * scale, n, dtype)))


def _gaussian(n: int, sym: bool, dtype: dtype_t, std: float):
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    start = -(n if not sym and n > 1 else n - 1) / 2.0
    scale = 1 / (std * math.sqrt(2))
    k = _line(start * scale, (start + (n - 1)) * scale, n, dtype)
    return jnp.exp(-(k * k))


def _signal_kaiser(n: int, sym: bool, dtype: dtype_t, beta: float):
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if n == 1:
        return jnp.ones(1, dtype.numpy_dtype)
    step = 2.0 * beta / (n if not sym else n - 1)
    k = _line(-beta, min(beta, -beta + (n - 1) * step), n, dtype)
    beta_ = jnp.asarray(beta, dtype.numpy_dtype)
    root = jnp.sqrt(jnp.maximum(beta_ * beta_ - k * k, 0))
    return jax.scipy.special.i0(root) / jax.scipy.special.i0(beta_)


def _cosines(n: int, sym: bool, dtype: dtype_t, weights):
    if n == 1:
        return jnp.ones(1, dtype.numpy_dtype)
    step = 2 * math.pi / (n if not sym else n - 1)
    k = _line(0, (n - 1) * step, n, dtype)
    terms = jnp.stack(
        [
            jnp.asarray((-1) ** i * w, dtype.numpy_dtype) * jnp.cos(jnp.asarray(i, k.dtype) * k)
            for i, w in enumerate(weights)
        ]
    )
    return terms.sum(0)


_WEIGHTS = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
}
# Those that PyTorch's errors call general_cosine.
SUMS_OF_COSINES = frozenset({"general_cosine", "general_hamming", "hann", "hamming", "nuttall"})


@op(
    "_signal_window(*, str kind, int length, bool sym, any parameters, dtype dtype) -> Tensor", grad="none", variants=""
)
def _signal_window(*, kind, length, sym, parameters, dtype):
    """`torch.signal.windows.<kind>`; parameters are the function's own: (center, tau), (std,), (beta,), (alpha,), a."""
    n = length
    _check_signal("general_cosine" if kind in SUMS_OF_COSINES else kind, n, dtype)
    if kind == "general_cosine":
        if not isinstance(parameters, tuple):
            raise TypeError("Coefficients must be a list/tuple")
        if not parameters:
            raise ValueError("Coefficients cannot be empty")
    if n == 0:
        return jnp.zeros(0, dtype.numpy_dtype)
    if kind == "exponential":
        return _exponential(n, sym, dtype, *parameters)
    if kind == "gaussian":
        return _gaussian(n, sym, dtype, *parameters)
    if kind == "kaiser":
        return _signal_kaiser(n, sym, dtype, *parameters)
    if kind == "cosine":
        step = math.pi / (n + 1 if not sym and n > 1 else n)
        return jnp.sin(_line(0.5 * step, (0.5 + (n - 1)) * step, n, dtype))
    if kind == "bartlett":
        step = 2.0 / (n if not sym else n - 1) if n > 1 else 0.0
        return 1 - jnp.abs(_line(-1, -1 + (n - 1) * step, n, dtype)) if n > 1 else jnp.ones(1, dtype.numpy_dtype)
    if kind == "general_hamming":
        parameters = (parameters[0], 1 - parameters[0])
    return _cosines(n, sym, dtype, _WEIGHTS.get(kind, parameters))
