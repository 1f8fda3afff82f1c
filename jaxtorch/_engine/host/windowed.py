"""lax primitives over windows and spectra: convolutions by matrix products, Fourier transforms by SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.fft

from jaxtorch._engine.host.elementwise import Maker, Unsupported


def multiply_adds(eqn: Any) -> tuple[float, float]:
    """Of a convolution: the multiply-adds, and the elements of all windows."""
    taps = math.prod(eqn.invars[1].aval.shape) // max(eqn.invars[1].aval.shape[_spec(eqn).rhs_spec[0]], 1)
    out = eqn.outvars[0].aval.shape
    features = max(out[_spec(eqn).out_spec[1]], 1)
    elements = math.prod(out)
    groups = eqn.params["feature_group_count"] * eqn.params["batch_group_count"]
    return float(elements * taps), elements / features * taps * groups


def _spec(eqn: Any) -> Any:
    return eqn.params["dimension_numbers"]


def _spread(x: np.ndarray, padding: Any, dilation: Any) -> np.ndarray:
    """Zeros between the elements and around them; negative padding cuts off. Two leading dimensions stay."""
    if all(p == (0, 0) for p in padding) and all(d == 1 for d in dilation):
        return x
    inner = [(n - 1) * d + 1 if n else 0 for n, d in zip(x.shape[2:], dilation, strict=True)]
    sizes = [n + max(a, 0) + max(b, 0) for n, (a, b) in zip(inner, padding, strict=True)]
    out = np.zeros((*x.shape[:2], *sizes), x.dtype)
    ends = zip(inner, padding, dilation, strict=True)
    filled: tuple[Any, ...] = (..., *[slice(max(a, 0), max(a, 0) + n, d) for n, (a, _), d in ends])
    kept: tuple[Any, ...] = (
        ...,
        *[slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(sizes, padding, strict=True)],
    )
    out[filled] = x
    return out[kept]


def _convolution(params: dict, eqn: Any) -> Callable:
    spec, result = _spec(eqn), eqn.outvars[0].aval
    if 0 in eqn.invars[0].aval.shape or 0 in eqn.invars[1].aval.shape or 0 in result.shape:
        raise Unsupported("conv_general_dilated")
    padding = [tuple(p) for p in params["padding"]]
    strides, dilation = params["window_strides"], params["rhs_dilation"]
    groups, batch_groups = params["feature_group_count"], params["batch_group_count"]
    back = np.argsort(spec.out_spec)
    narrow = result.dtype.kind == "V" or result.dtype == np.float16
    spatial = tuple(range(2, len(spec.lhs_spec)))

    def run(lhs: Any, rhs: Any) -> Any:
        if narrow:
            lhs, rhs = lhs.astype(np.float32), rhs.astype(np.float32)
        x = _spread(np.transpose(lhs, spec.lhs_spec), padding, params["lhs_dilation"])
        w = np.transpose(rhs, spec.rhs_spec)
        reach = [(k - 1) * d + 1 for k, d in zip(w.shape[2:], dilation, strict=True)]
        windows = np.lib.stride_tricks.sliding_window_view(x, reach, spatial)
        steps = [slice(None, None, s) for s in strides] + [slice(None, None, d) for d in dilation]
        windows = windows[(slice(None), slice(None), *steps)]
        n, c, places = windows.shape[0], windows.shape[1], windows.shape[2 : 2 + len(spatial)]
        # [group, rows of the product, channels of the group and taps]
        split = windows.reshape(batch_groups, n // batch_groups, groups, c // groups, *windows.shape[2:])
        split = np.moveaxis(split, 2, 1)
        order = (0, 1, 2, *range(4, 4 + len(spatial)), 3, *range(4 + len(spatial), split.ndim))
        parts = batch_groups * groups
        rows = np.transpose(split, order).reshape(parts, -1, w[0].size)
        made = np.matmul(rows, np.moveaxis(w.reshape(parts, -1, w[0].size), 1, 2))
        made = made.reshape(parts, n // batch_groups, *places, -1)
        made = np.moveaxis(np.moveaxis(made, 0, 1), -1, 2)  # [batch, group, features of the group, places]
        return np.transpose(made.reshape(n // batch_groups, -1, *places), back).astype(result.dtype, copy=False)

    return run


def _fft(params: dict, eqn: Any) -> Callable:
    kind, lengths = int(params["fft_type"]), tuple(params["fft_lengths"])
    if 0 in eqn.invars[0].aval.shape or 0 in eqn.outvars[0].aval.shape:
        raise Unsupported("fft")
    axes, dtype = tuple(range(-len(lengths), 0)), eqn.outvars[0].aval.dtype
    transform = (scipy.fft.fftn, scipy.fft.ifftn, scipy.fft.rfftn, scipy.fft.irfftn)[kind]
    return lambda x: transform(x, s=lengths, axes=axes).astype(dtype, copy=False)


WINDOWED: dict[str, Maker] = {"conv_general_dilated": _convolution, "fft": _fft}
