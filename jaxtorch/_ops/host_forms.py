"""Shapes and NumPy forms of the ops that loops over ever new shapes use: growing contexts, episodes, cut sequences.

A new signature is traced to learn its result's shape, and traced again for the host tier; each takes JAX a
millisecond. For the ops here both are said outright. `shape(*arrays, **metadata)` takes avals where the op takes arrays
and gives the result's shape, or None where tracing should decide, which errors go by. `make` takes the same and gives a
function of NumPy arrays, a flat row of them, which does no more than it has to. `pulls`, of linear ops, gives a
function of the cotangent for each input. Forms serve arrays of one float dtype, beside whole numbers and bools as
`mixed` says; tests hold them against the ops.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from jaxtorch._base.native import hot
from jaxtorch._base.sizes import broadcast_shapes


class Form(NamedTuple):
    """How an op works on the host.

    `flops(*avals)` counts multiplications where the result's size does not tell; the result has the dtype of array
    number `like`.
    """

    shape: Callable[..., tuple | None]
    make: Callable[..., Callable[..., Any]]
    pulls: Callable[..., list[Callable]] | None = None
    mixed: bool = False
    like: int = 0
    flops: Callable[..., int] = lambda *avals: 0


_total: Any = np.add.reduce  # over (array, dimensions, dtype, out, keepdims): NumPy's functions take twice as long
_greatest: Any = np.maximum.reduce

# ----- Views -----


def reshaping(shape: tuple) -> Callable:
    """A function that gives an array another shape."""
    return operator.methodcaller("reshape", tuple(shape))


def permuting(dims: Any) -> Callable:
    """A function that gives an array another order of dimensions."""
    return operator.methodcaller("transpose", tuple(map(int, dims)))


def spreading(shape: tuple) -> Callable:
    """A function that broadcasts to a shape: by copying where that is quicker than NumPy's making of a view."""
    if math.prod(shape) > _COPIED:
        return lambda x: np.broadcast_to(x, shape)

    def run(x: Any) -> np.ndarray:
        out = np.empty(shape, x.dtype)
        out[...] = x
        return out

    return run


_COPIED = 4096


def _view_shape(x: Any, *, size: tuple) -> tuple | None:
    return tuple(size) if math.prod(size) == x.numel and min(size, default=0) >= 0 else None


def _permuted(x: Any, *, dims: tuple) -> tuple | None:
    return tuple([x.shape[d] for d in dims]) if sorted(dims) == list(range(x.ndim)) else None


def _expanded(x: Any, *, size: tuple) -> tuple | None:
    lead = len(size) - x.ndim
    fits = lead >= 0 and all(n in (1, m) for n, m in zip(x.shape, size[lead:], strict=True))
    return tuple(size) if fits else None


def _unexpand(x: Any, *, size: tuple) -> list[Callable]:
    lead = len(size) - x.ndim
    narrow = tuple(range(lead)) + tuple(
        lead + d for d, (n, m) in enumerate(zip(x.shape, size[lead:], strict=True)) if n != m
    )
    return [lambda cotangent: _total(cotangent, narrow).reshape(x.shape)]


def _basic_shape(x: Any, starts: Any, *, spec: tuple) -> tuple | None:
    shape = []
    for n, (kind, *rest) in zip(x.shape, spec, strict=True):
        if kind != "select":
            shape.append(n if kind == "keep" else rest[0] if kind == "slice" else rest[1])
    return tuple(shape)


def _basic(x: Any, starts: Any, *, spec: tuple) -> Callable:
    places: list = []
    for kind, *rest in spec:
        begin, length, step = rest if kind == "range" else (0, *rest) if kind == "slice" else (0, 0, 1)
        places.append(
            slice(None) if kind == "keep" else slice(begin, begin + (length - 1) * step + 1 if length else begin, step)
        )
    moving = [d for d, (kind, *_) in enumerate(spec) if kind in ("select", "slice")]
    if not moving:
        return operator.itemgetter(tuple(places))
    if moving == [0] and spec[0][0] == "select" and all(kind == "keep" for kind, *_ in spec[1:]):
        return lambda x, start: x[int(start)]

    def run(x: Any, *starts: Any) -> Any:
        index = list(places)
        for d, start in zip(moving, starts, strict=True):
            begin, place = int(start), places[d]
            index[d] = begin if spec[d][0] == "select" else slice(begin, begin + place.stop, place.step)
        return x[tuple(index)]

    return run


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


def _uncat(tensors: list, *, dim: int) -> list[Callable]:
    ends = list(itertools.accumulate(t.shape[dim] for t in tensors))
    before = (slice(None),) * (dim % tensors[0].ndim)
    return [operator.itemgetter((*before, slice(a, b))) for a, b in zip([0, *ends], ends, strict=False)]


def _stack_shape(tensors: list, *, dim: int) -> tuple | None:
    if not tensors:
        return None
    first = tensors[0]
    count = first.ndim + 1
    if not -count <= dim < count or any(t.shape != first.shape for t in tensors):
        return None
    axis = dim % count
    return (*first.shape[:axis], len(tensors), *first.shape[axis:])


def _stack(tensors: list, *, dim: int) -> Callable:
    axis = dim % (tensors[0].ndim + 1)
    if not axis:
        return lambda *arrays: np.array(arrays)
    thick = (*tensors[0].shape[:axis], 1, *tensors[0].shape[axis:])
    return lambda *arrays: np.concatenate([x.reshape(thick) for x in arrays], axis)


def _unstack(tensors: list, *, dim: int) -> list[Callable]:
    before = (slice(None),) * (dim % (tensors[0].ndim + 1))
    return [operator.itemgetter((*before, i)) for i in range(len(tensors))]


# ----- Products -----


def _linear_shape(x: Any, weight: Any, bias: Any) -> tuple | None:
    fits = x.ndim and weight.ndim == 2 and x.shape[-1] == weight.shape[1] and x.numel
    if not fits or (bias is not None and bias.shape != weight.shape[:1]):
        return None
    return (*x.shape[:-1], weight.shape[0])


def _linear(x: Any, weight: Any, bias: Any) -> Callable:
    rows, columns = math.prod(x.shape[:-1]), weight.shape[0]
    flat, shape = (rows, x.shape[-1]), (*x.shape[:-1], columns)
    own = hot is not None and x.dtype.name == "float32" and x.numel * columns <= _OWN_PRODUCT

    def matrices(x: Any, weight: Any, bias: Any = None) -> Any:
        if own:
            out = np.empty((rows, columns), np.float32)
            if hot.linear(x, weight, bias, out):
                return out
        out = x.dot(weight.T)
        if bias is not None:
            out += bias
        return out

    if x.ndim == 2:
        return matrices
    return lambda x, *weights: matrices(x.reshape(flat), *weights).reshape(shape)


_OWN_PRODUCT = 1 << 22  # multiply-adds up to which one core does by `hot.linear` what BLAS takes longer for


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


def _by_rows(x: Any, dim: int) -> bool:
    """Whether the native row kernels serve."""
    return hot is not None and x.dtype.name == "float32" and dim % x.ndim == x.ndim - 1


def _shifting(x: Any, dim: int) -> Callable:
    """Less the greatest, in fresh memory."""
    if _by_rows(x, dim):
        return lambda x: hot.shift_rows(np.array(x, order="C"))
    most = x.dtype.numpy_dtype.type(np.finfo(x.dtype.numpy_dtype).max)  # infinity less itself would be no number
    return lambda x: x - np.minimum(_greatest(x, dim, None, None, True), most)


def _softmax(x: Any, *, dim: int, dtype: Any = None, _stacklevel: int = 3) -> Callable:
    shifted, by_rows = _shifting(x, dim), _by_rows(x, dim)

    def run(x: Any) -> Any:
        powers = shifted(x)
        np.exp(powers, out=powers)
        if by_rows:
            return hot.divide_rows(powers)
        powers /= _total(powers, dim, None, None, True)
        return powers

    return run


def _log_softmax(x: Any, *, dim: int, dtype: Any = None, _stacklevel: int = 3) -> Callable:
    shifted = _shifting(x, dim)

    def run(x: Any) -> Any:
        out = shifted(x)
        out -= np.log(_total(np.exp(out), dim, None, None, True))
        return out

    return run


def _norm_shape(x: Any, weight: Any, bias: Any, *, normalized_shape: tuple, eps: float) -> tuple | None:
    shape = tuple(normalized_shape)
    fits = shape and x.numel and tuple(x.shape[-len(shape) :]) == shape
    return tuple(x.shape) if fits and all(p is None or p.shape == shape for p in (weight, bias)) else None


def _layer_norm(x: Any, weight: Any, bias: Any, *, normalized_shape: tuple, eps: float) -> Callable:
    dims = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    kind = x.dtype.numpy_dtype.type
    count, small = kind(math.prod(normalized_shape)), kind(eps)
    weighted, biased = weight is not None, bias is not None

    if len(dims) == 1 and _by_rows(x, -1):

        def run_rows(x: Any, *affine: Any) -> Any:
            weight = np.ascontiguousarray(affine[0]) if weighted else None
            bias = np.ascontiguousarray(affine[-1]) if biased else None
            return hot.normalise_rows(np.array(x, order="C"), weight, bias, eps)

        return run_rows

    def run(x: Any, *affine: Any) -> Any:
        mean = _total(x, dims, None, None, True)
        mean /= count
        out = x - mean
        variance = _total(np.square(out), dims, None, None, True)
        variance /= count
        variance += small
        out /= np.sqrt(variance)
        if weighted:
            out *= affine[0]
        if biased:
            out += affine[-1]
        return out

    return run


# ----- Looking up, filling -----


def _embedding_shape(index: Any, weight: Any, *, padding_idx: int | None) -> tuple | None:
    fits = weight.ndim == 2 and weight.numel and index.dtype.name in ("int64", "int32")
    return (*index.shape, weight.shape[1]) if fits and weight.dtype.is_floating_point else None


def _fill_shape(x: Any, mask: Any, value: Any) -> tuple | None:
    fits = mask.dtype.name == "bool" and x.dtype.is_floating_point and not value.ndim and not value.dtype.is_complex
    return tuple(broadcast_shapes(mask.shape, x.shape)) if fits and mask.ndim <= x.ndim else None


def _fill(x: Any, mask: Any, value: Any) -> Callable:
    if value.dtype is x.dtype and not value.weak:
        return lambda x, mask, value: np.where(mask, value, x)
    return lambda x, mask, value: np.where(mask, value.astype(x.dtype), x)


FORMS: dict[str, Form] = {
    "_view": Form(_view_shape, lambda x, *, size: reshaping(size), lambda x, *, size: [reshaping(x.shape)], mixed=True),
    "_permute": Form(
        _permuted, lambda x, *, dims: permuting(dims), lambda x, *, dims: [permuting(np.argsort(dims))], mixed=True
    ),
    "_expand": Form(_expanded, lambda x, *, size: spreading(tuple(size)), _unexpand, mixed=True),
    "_basic_index": Form(_basic_shape, _basic, mixed=True),
    "cat": Form(_cat_shape, lambda tensors, *, dim: lambda *arrays: np.concatenate(arrays, dim), _uncat),
    "stack": Form(_stack_shape, _stack, _unstack),
    "nn.functional.linear": Form(_linear_shape, _linear, flops=lambda x, weight, bias: x.numel * weight.shape[0]),
    "matmul": Form(_matmul_shape, lambda a, b: np.matmul, flops=lambda a, b: a.numel * b.shape[-1]),
    "softmax": Form(_softmax_shape, _softmax),
    "nn.functional.softmax": Form(_softmax_shape, _softmax),
    "log_softmax": Form(_softmax_shape, _log_softmax),
    "nn.functional.log_softmax": Form(_softmax_shape, _log_softmax),
    "nn.functional.layer_norm": Form(_norm_shape, _layer_norm),
    "_embedding": Form(
        _embedding_shape,
        lambda index, weight, *, padding_idx: lambda index, weight: weight.take(index, 0, None, "clip"),
        mixed=True,
        like=1,
    ),
    "masked_fill": Form(_fill_shape, _fill, mixed=True),
}


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
