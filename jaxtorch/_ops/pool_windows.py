"""Windows over the last dimensions of a tensor: sizes, strided pieces, and the way back from windows to the input.

Backward of a pooling is a map from windows to input elements. Written as the transpose of strided slices, XLA pads
each piece and adds (64x32x24x24, window 3, stride 1, on CPU: 80 to 120 ms). `spread` makes the same from slices of the
padded cotangent, one sum for each stride phase (2.4 ms). Poolings use it as the transpose of their tangent map
(`adjoint`), so that any order and mode of differentiation sees standard operations only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


class Windows(NamedTuple):
    """Windows over the last `len(size)` dimensions; `out` windows each."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    out: tuple[int, ...]

    @property
    def offsets(self) -> list[tuple[int, ...]]:
        """Where each element of a window lies, from its start."""
        return [
            tuple(d * i for d, i in zip(self.dilation, at, strict=True))
            for at in itertools.product(*map(range, self.size))
        ]


def output_size(n: int, size: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """How many windows PyTorch puts over `n` elements."""
    count = (n + 2 * padding - dilation * (size - 1) - 1 + (stride - 1 if ceil_mode else 0)) // stride + 1
    # The last window must start inside the input or its left padding.
    return count - 1 if ceil_mode and (count - 1) * stride >= n + padding else count


def padded(x, w: Windows, fill):
    """`x` padded or cropped to exactly what the windows cover."""
    widths = [(0, 0, 0)] * (x.ndim - len(w.size))
    for n, k, s, p, d, o in zip(x.shape[x.ndim - len(w.size) :], *w, strict=True):
        widths.append((p, (o - 1) * s + d * (k - 1) + 1 - n - p, 0))
    return x if not any(map(any, widths)) else lax.pad(x, jnp.asarray(fill, x.dtype), widths)


def piece(x, offset, w: Windows):
    """The element at `offset` of every window of the padded `x`."""
    lead = x.ndim - len(offset)
    stop = [o + s * (n - 1) + 1 for o, s, n in zip(offset, w.stride, w.out, strict=True)]
    return lax.slice(x, (0,) * lead + tuple(offset), (*x.shape[:lead], *stop), (1,) * lead + w.stride)


def covered(w: Windows, shape) -> np.ndarray:
    """For each offset, whether it lies inside the input: (offsets, *out)."""
    inside = [(lambda at, n=n: (at >= 0) & (at < n)) for n in shape]
    rows = []
    for offset in w.offsets:
        masks = [
            test(np.arange(o) * s - p + at)
            for test, o, s, p, at in zip(inside, w.out, w.stride, w.padding, offset, strict=True)
        ]
        rows.append(np.logical_and.reduce(np.meshgrid(*masks, indexing="ij")))
    return np.stack(rows)


def spread(cotangent, w: Windows, shape, chosen=None):
    """The cotangent of an input of spatial `shape`: each window's goes to its elements, or to offset number `chosen`.

    Element `phase + stride * u` gets its share from the windows `u - shift`.
    """
    lead = cotangent.ndim - len(shape)
    total = tuple(-(-(n + p) // s) for n, p, s in zip(shape, w.padding, w.stride, strict=True))
    reach = tuple((k - 1) * d // s for k, d, s in zip(w.size, w.dilation, w.stride, strict=True))
    widths = [(0, 0, 0)] * lead + [(r, t - o, 0) for r, t, o in zip(reach, total, w.out, strict=True)]
    cotangent = lax.pad(cotangent, jnp.zeros((), cotangent.dtype), widths)
    if chosen is not None:
        chosen = lax.pad(chosen, jnp.asarray(-1, chosen.dtype), widths)
    parts: dict[tuple[int, ...], list] = {}
    for number, offset in enumerate(w.offsets):
        start = (0,) * lead + tuple(r - o // s for r, o, s in zip(reach, offset, w.stride, strict=True))
        stop = (*cotangent.shape[:lead], *(b + t for b, t in zip(start[lead:], total, strict=True)))
        share = lax.slice(cotangent, start, stop)
        if chosen is not None:
            share = jnp.where(lax.slice(chosen, start, stop) == number, share, 0)
        parts.setdefault(tuple(o % s for o, s in zip(offset, w.stride, strict=True)), []).append(share)
    zero = jnp.zeros((*cotangent.shape[:lead], *total), cotangent.dtype)
    whole = _interleave({phase: sum(shares[1:], shares[0]) for phase, shares in parts.items()}, w.stride, zero)
    keep = (slice(None),) * lead + tuple(slice(p, p + n) for p, n in zip(w.padding, shape, strict=True))
    return whole[keep]


def _interleave(parts: dict, stride, zero):
    """One array from those of every phase, from the last dimension to the first."""
    for axis in range(len(stride) - 1, -1, -1):
        s, at = stride[axis], zero.ndim - len(stride) + axis
        shape = list(zero.shape)
        shape[at] *= s
        empty = zero
        zero = jnp.zeros(shape, zero.dtype)
        joined: dict[tuple[int, ...], list] = {}
        for phase, value in parts.items():
            joined.setdefault(phase[:axis], [empty] * s)[phase[axis]] = value
        parts = {
            phase: values[0] if s == 1 else jnp.stack(values, at + 1).reshape(shape) for phase, values in joined.items()
        }
    return parts[()]


def adjoint(backward: Callable, like, tangents):
    """The tangent of a value like `like`, by the map whose transpose is `backward`."""
    return jax.vjp(backward, jnp.zeros(like.shape, like.dtype))[1](tangents)[0]
