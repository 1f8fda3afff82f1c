"""Discrete Fourier transforms: `torch.fft`."""

from __future__ import annotations

import jax.numpy as jnp

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.modes import defaults
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.checks import dtype_name
from jaxtorch._ops.fft_layout import layout_of
from jaxtorch._ops.shape import check_size
from jaxtorch._ops.table import op

_MOST_AXES = 3  # that XLA transforms at once


# ----- Arguments -----


def _floating(x):
    kind = from_numpy_dtype(x.dtype)
    if kind.category < dtypes.FLOATING:
        return x.astype(defaults.dtype.numpy_dtype)
    if kind.itemsize < 4:
        raise RuntimeError(f"Unsupported dtype {kind.scalar_name}")
    return x


def _complex(x):
    x = _floating(x)
    return x.astype(from_numpy_dtype(x.dtype).to_complex().numpy_dtype)


def _real(x, name: str):
    if jnp.issubdtype(x.dtype, jnp.complexfloating):
        what = "real-valued input" if name.endswith("n") else "real input"
        raise RuntimeError(f"{name} expects a {what} tensor, but got {dtype_name(x)}")
    return _floating(x)


def _check_norm(norm: str | None) -> None:
    if norm not in (None, "forward", "backward", "ortho"):
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _points(n: int) -> None:
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")


def _axis(x, dim: int) -> int:
    if not x.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, x.ndim)


def _axes(x, s, dim) -> tuple[tuple[int, ...], list[int | None]]:
    """The dimensions to transform and the sizes asked for, None for those of the input."""
    if dim is not None:
        axes = tuple(_axis(x, d) for d in dim)
        if len(set(axes)) < len(axes):
            raise RuntimeError("FFT dims must be unique")
        if s is not None and len(s) != len(axes):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    elif s is not None:
        if len(s) > x.ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {x.ndim} dimensions.")
        axes = tuple(range(x.ndim - len(s), x.ndim))
    else:
        axes = tuple(range(x.ndim))
    return axes, [None if n == -1 else n for n in s] if s is not None else [None] * len(axes)


def _resized(x, axes, sizes):
    """Trimmed or padded with zeros at the end."""
    for axis, n in zip(axes, sizes, strict=True):
        n = x.shape[axis] if n is None else n
        _points(n)
        if n < x.shape[axis]:
            x = x[(slice(None),) * axis + (slice(0, n),)]
        elif n > x.shape[axis]:
            x = jnp.pad(x, [(0, n - x.shape[axis] if d == axis else 0) for d in range(x.ndim)])
    return x


# ----- Transforms of resized inputs -----


def _c2c(x, axes, norm, inverse: bool):
    transform = jnp.fft.ifftn if inverse else jnp.fft.fftn
    for start in range(0, len(axes), _MOST_AXES):
        x = transform(x, axes=axes[start : start + _MOST_AXES], norm=norm)
    return x


_OPPOSITE = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def _r2c(x, axes, norm, inverse: bool):
    """Half of the transform along the last axis, whole ones along the others."""
    half = jnp.fft.rfft(x, axis=axes[-1], norm=_OPPOSITE[norm] if inverse else norm)
    return _c2c(jnp.conj(half) if inverse else half, axes[:-1], norm, inverse)


def _c2r(x, axes, n: int, norm, inverse: bool):
    """From half of the values along the last axis to `n` real ones."""
    _points(n)
    x = _c2c(x, axes[:-1], norm, inverse)
    half = n // 2 + 1
    x = _resized(x, (axes[-1],), (half,))
    return jnp.fft.irfft(x if inverse else jnp.conj(x), n=n, axis=axes[-1], norm=norm if inverse else _OPPOSITE[norm])


_GRAD_NAMES = {
    "c2c": "FftC2CBackward0",
    "r2c": "FftR2CBackward0",
    "c2r": "FftC2RBackward0",
    "ihfft": "ConjBackward0",
}

# ----- One dimension -----


def _declare_one(name: str, kind: str, inverse: bool) -> None:
    grad_name = _GRAD_NAMES[name if name == "ihfft" else kind]

    @op(
        f"fft.{name}(Tensor input, int? n=None, int dim=-1, str? norm=None) -> Tensor",
        grad="linear",
        variants="fo",
        grad_name=grad_name,
        layout=layout_of(kind, "hfft" in name),
    )
    def transform(input, *, n, dim, norm):
        _check_norm(norm)
        x = _real(input, name) if kind == "r2c" else _complex(input)
        axis = _axis(x, dim)
        if kind == "c2r":
            return _c2r(x, (axis,), 2 * (x.shape[axis] - 1) if n is None else n, norm, inverse)
        x = _resized(x, (axis,), (n,))
        return (_c2c if kind == "c2c" else _r2c)(x, (axis,), norm, inverse)


# ----- Several dimensions -----


def _several(input, s, dim, norm, name: str, kind: str, inverse: bool):
    _check_norm(norm)
    x = _real(input, name) if kind == "r2c" else _complex(input)
    axes, sizes = _axes(x, s, dim)
    if kind != "c2c" and not axes:
        raise RuntimeError(f"{name} must transform at least one axis")
    if kind != "c2r":
        return (_c2c if kind == "c2c" else _r2c)(_resized(x, axes, sizes), axes, norm, inverse)
    last = 2 * (x.shape[axes[-1]] - 1) if sizes[-1] is None else sizes[-1]
    return _c2r(_resized(x, axes[:-1], sizes[:-1]), axes, last, norm, inverse)


def _declare_several(name: str, kind: str, inverse: bool) -> None:
    grad_name = _GRAD_NAMES[name if name == "ihfft" else kind]

    @op(
        f"fft.{name}n(Tensor input, int[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor",
        grad="linear",
        variants="fo",
        grad_name=grad_name,
        layout=layout_of(kind, "hfft" in name),
    )
    def transform(input, *, s, dim, norm):
        return _several(input, s, dim, norm, f"{name}n", kind, inverse)

    @op(
        f"fft.{name}2(Tensor input, int[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor",
        grad="linear",
        variants="fo",
        grad_name=grad_name,
        layout=layout_of(kind, "hfft" in name),
    )
    def transform2(input, *, s, dim, norm):
        return _several(input, s, dim, norm, f"{name}n", kind, inverse)


for _name, _kind, _inverse in (
    ("fft", "c2c", False),
    ("ifft", "c2c", True),
    ("rfft", "r2c", False),
    ("irfft", "c2r", True),
    ("hfft", "c2r", False),
    ("ihfft", "r2c", True),
):
    _declare_one(_name, _kind, _inverse)
    _declare_several(_name, _kind, _inverse)


# ----- Shifts and frequencies -----


def _shifted(input, dim, forward: bool):
    axes = tuple(range(input.ndim)) if dim is None else tuple(wrap_dim(d, input.ndim) for d in dim)
    if not axes:
        raise RuntimeError("`shifts` required")
    sizes = [input.shape[a] for a in axes]
    return jnp.roll(input, [n // 2 if forward else (n + 1) // 2 for n in sizes], axes)


@op("fft.fftshift(Tensor input, int[1]? dim=None) -> Tensor", grad="linear", variants="f", grad_name="RollBackward0")
def fftshift(input, *, dim):
    return _shifted(input, dim, True)


@op("fft.ifftshift(Tensor input, int[1]? dim=None) -> Tensor", grad="linear", variants="f", grad_name="RollBackward0")
def ifftshift(input, *, dim):
    return _shifted(input, dim, False)


def _frequencies(steps, n: int, d: float, dtype, name: str):
    if dtype.category < dtypes.FLOATING:
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    if dtype.is_complex:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype.scalar_name}'")
    kind = jnp.float32 if dtype.itemsize == 2 else dtype.numpy_dtype
    scale = 1.0 / (n * d) if n and d else float("inf")
    return (steps.astype(dtype.numpy_dtype).astype(kind) * jnp.asarray(scale, kind)).astype(dtype.numpy_dtype)


@op("_fftfreq(*, int n, float d, dtype dtype) -> Tensor", grad="none", variants="")
def _fftfreq(*, n, d, dtype):
    check_size((n,))
    i = jnp.arange(n)
    return _frequencies(jnp.where(i < (n + 1) // 2, i, i - n), n, d, dtype, "fftfreq")


@op("_rfftfreq(*, int n, float d, dtype dtype) -> Tensor", grad="none", variants="")
def _rfftfreq(*, n, d, dtype):
    return _frequencies(jnp.arange(int(n / 2) + 1), n, d, dtype, "rfftfreq")
