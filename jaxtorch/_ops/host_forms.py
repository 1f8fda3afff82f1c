"""Shapes and NumPy forms of the ops that loops over ever new shapes use: growing contexts, episodes, cut sequences.

A new signature is traced to learn its result's shape, and traced again for the host tier; each takes JAX a
millisecond. For the ops here both are said outright. `shape(*arrays, **metadata)` takes avals where the op takes arrays
and gives the result's shape, or None where tracing should decide, which errors go by; `run` takes NumPy arrays. `pull`,
of linear ops, takes the cotangent, the inputs' avals and the metadata, and gives the inputs' gradients. Forms serve
arrays of one float dtype, beside whole numbers and bools as `mixed` says; tests hold them against the ops.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Form(NamedTuple):
    """How an op works on the host.

    `flops(*avals)` counts multiplications where the result's size does not tell; the result has the dtype of array
    number `like`.
    """

    shape: Callable[..., tuple | None]
    run: Callable[..., Any]
    pull: Callable[..., list] | None = None
    mixed: bool = False
    like: int = 0
    flops: Callable[..., int] = lambda *avals: 0


# ----- Views -----


def _view_shape(x: Any, *, size: tuple) -> tuple | None:
    return tuple(size) if math.prod(size) == x.numel and min(size, default=0) >= 0 else None


def _permuted(x: Any, *, dims: tuple) -> tuple | None:
    return tuple([x.shape[d] for d in dims]) if sorted(dims) == list(range(x.ndim)) else None


def _expanded(x: Any, *, size: tuple) -> tuple | None:
    lead = len(size) - x.ndim
    fits = lead >= 0 and all(n in (1, m) for n, m in zip(x.shape, size[lead:], strict=True))
    return tuple(size) if fits else None


def _unexpand(cotangent: Any, x: Any, *, size: tuple) -> list:
    lead = len(size) - x.ndim
    narrow = tuple(range(lead)) + tuple(
        lead + d for d, (n, m) in enumerate(zip(x.shape, size[lead:], strict=True)) if n != m
    )
    return [cotangent.sum(narrow).reshape(x.shape)]


def _basic_shape(x: Any, starts: Any, *, spec: tuple) -> tuple | None:
    shape = []
    for n, (kind, *rest) in zip(x.shape, spec, strict=True):
        if kind != "select":
            shape.append(n if kind == "keep" else rest[0] if kind == "slice" else rest[1])
    return tuple(shape)


def _places(starts: Any, spec: tuple) -> tuple:
    runtime = iter(starts or ())
    places: list = []
    for kind, *rest in spec:
        if kind == "keep":
            places.append(slice(None))
        elif kind == "select":
            places.append(int(next(runtime)))
        else:
            begin, length, step = (int(next(runtime)), *rest) if kind == "slice" else rest
            places.append(slice(begin, begin + (length - 1) * step + 1 if length else begin, step))
    return tuple(places)


def _basic(x: Any, starts: Any, *, spec: tuple) -> Any:
    return x[_places(starts, spec)]


# ----- Several into one -----


def _cat_shape(tensors: list, *, dim: int) -> tuple | None:
    if not tensors:
        return None
    first = tensors[0]
    if not first.ndim or not -first.ndim <= dim < first.ndim:
        return None
    axis = dim % first.ndim
    rest = first.shape[:axis] + first.shape[axis + 1 :]
    if any(t.ndim != first.ndim or t.shape == (0,) or t.shape[:axis] + t.shape[axis + 1 :] != rest for t in tensors):
        return None
    return (*first.shape[:axis], sum(t.shape[axis] for t in tensors), *first.shape[axis + 1 :])


def _uncat(cotangent: Any, tensors: list, *, dim: int) -> list:
    ends = np.cumsum([t.shape[dim % t.ndim] for t in tensors])
    return np.split(cotangent, ends[:-1], dim)


def _stack_shape(tensors: list, *, dim: int) -> tuple | None:
    if not tensors:
        return None
    first = tensors[0]
    count = first.ndim + 1
    if not -count <= dim < count or any(t.shape != first.shape for t in tensors):
        return None
    axis = dim % count
    return (*first.shape[:axis], len(tensors), *first.shape[axis:])


# ----- Products -----


def _linear_shape(x: Any, weight: Any, bias: Any) -> tuple | None:
    fits = x.ndim and weight.ndim == 2 and x.shape[-1] == weight.shape[1] and x.numel
    if not fits or (bias is not None and bias.shape != weight.shape[:1]):
        return None
    return (*x.shape[:-1], weight.shape[0])


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    out = x.reshape(-1, x.shape[-1]) @ weight.T
    if bias is not None:
        out += bias
    return out.reshape(*x.shape[:-1], weight.shape[0])


def _matmul_shape(a: Any, b: Any) -> tuple | None:
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2] or not a.numel or not b.numel:
        return None
    if a.shape[:-2] != b.shape[:-2] and b.ndim != 2:
        return None
    return (*a.shape[:-1], b.shape[-1])


# ----- Rows -----


def _softmax_shape(x: Any, *, dim: int | None, dtype: Any = None, _stacklevel: int = 3) -> tuple | None:
    fits = dim is not None and dtype is None and -x.ndim <= dim < x.ndim and x.numel
    return tuple(x.shape) if fits else None


def _exponentials(x: Any, dim: int) -> tuple[Any, Any, Any]:
    most = x.max(dim, keepdims=True)
    shifted = x - np.where(np.isfinite(most), most, 0)
    powers = np.exp(shifted)
    return shifted, powers, powers.sum(dim, keepdims=True)


def _softmax(x: Any, *, dim: int, dtype: Any = None, _stacklevel: int = 3) -> Any:
    _, powers, total = _exponentials(x, dim)
    return powers / total


def _log_softmax(x: Any, *, dim: int, dtype: Any = None, _stacklevel: int = 3) -> Any:
    shifted, _, total = _exponentials(x, dim)
    return shifted - np.log(total)


def _norm_shape(x: Any, weight: Any, bias: Any, *, normalized_shape: tuple, eps: float) -> tuple | None:
    shape = tuple(normalized_shape)
    fits = shape and x.numel and tuple(x.shape[-len(shape) :]) == shape
    return tuple(x.shape) if fits and all(p is None or p.shape == shape for p in (weight, bias)) else None


def _layer_norm(x: Any, weight: Any, bias: Any, *, normalized_shape: tuple, eps: float) -> Any:
    dims = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    centred = x - x.mean(dims, keepdims=True)
    variance = np.square(centred).mean(dims, keepdims=True)
    out = centred / np.sqrt(variance + np.asarray(eps, x.dtype))
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


# ----- Looking up, filling -----


def _embedding_shape(index: Any, weight: Any, *, padding_idx: int | None) -> tuple | None:
    fits = weight.ndim == 2 and weight.numel and index.dtype.name in ("int64", "int32")
    return (*index.shape, weight.shape[1]) if fits and weight.dtype.is_floating_point else None


def _fill_shape(x: Any, mask: Any, value: Any) -> tuple | None:
    fits = mask.dtype.name == "bool" and x.dtype.is_floating_point and not value.ndim and not value.dtype.is_complex
    return tuple(np.broadcast_shapes(x.shape, mask.shape)) if fits and mask.ndim <= x.ndim else None


FORMS: dict[str, Form] = {
    "_view": Form(
        _view_shape, lambda x, *, size: x.reshape(size), lambda ct, x, *, size: [ct.reshape(x.shape)], mixed=True
    ),
    "_permute": Form(
        _permuted,
        lambda x, *, dims: np.transpose(x, dims),
        lambda ct, x, *, dims: [np.transpose(ct, np.argsort(dims))],
        mixed=True,
    ),
    "_expand": Form(_expanded, lambda x, *, size: np.broadcast_to(x, size), _unexpand, mixed=True),
    "_basic_index": Form(_basic_shape, _basic, mixed=True),
    "cat": Form(_cat_shape, lambda tensors, *, dim: np.concatenate(tensors, dim), _uncat),
    "stack": Form(
        _stack_shape,
        lambda tensors, *, dim: np.stack(tensors, dim),
        lambda ct, tensors, *, dim: list(np.moveaxis(ct, dim, 0)),
    ),
    "nn.functional.linear": Form(
        _linear_shape, _linear, flops=lambda x, weight, bias: x.numel * weight.shape[0]
    ),
    "matmul": Form(_matmul_shape, lambda a, b: a @ b, flops=lambda a, b: a.numel * b.shape[-1]),
    "softmax": Form(_softmax_shape, _softmax),
    "nn.functional.softmax": Form(_softmax_shape, _softmax),
    "log_softmax": Form(_softmax_shape, _log_softmax),
    "nn.functional.log_softmax": Form(_softmax_shape, _log_softmax),
    "nn.functional.layer_norm": Form(_norm_shape, _layer_norm),
    "_embedding": Form(
        _embedding_shape,
        lambda index, weight, *, padding_idx: np.take(weight, index, 0, mode="clip"),
        mixed=True,
        like=1,
    ),
    "masked_fill": Form(_fill_shape, lambda x, mask, value: np.where(mask, value.astype(x.dtype), x), mixed=True),
}  # fmt: skip


def form_of(op: Any, avals: tuple) -> Form | None:
    """The form of an op on given types; None where it has none for them."""
    form = FORMS.get(op.key)
    if form is None or not avals:
        return None
    if form.mixed:
        return form
    if not avals:
        return None
    dtype = avals[0].dtype
    plain = dtype.name in ("float32", "float64") and all(a.dtype is dtype and not a.weak for a in avals)
    return form if plain else None
