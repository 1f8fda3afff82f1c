"""lax primitives that move, reduce, contract and index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._engine.host.elementwise import Maker, plain, total_order


def _broadcast_in_dim(params: dict, eqn: Any) -> Callable:
    shape, dims = params["shape"], params["broadcast_dimensions"]
    own = eqn.invars[0].aval.shape
    middle = [1] * len(shape)
    for d, size in zip(dims, own, strict=True):
        middle[d] = size
    return lambda x, *dynamic: np.broadcast_to(np.reshape(x, middle), shape)


def _reshape(params: dict, eqn: Any) -> Callable:
    sizes, order = params["new_sizes"], params["dimensions"]
    if order is not None:
        return lambda x, *dynamic: np.reshape(np.transpose(x, order), sizes)
    return lambda x, *dynamic: np.reshape(x, sizes)


def _transpose(params: dict, eqn: Any) -> Callable:
    order = params["permutation"]
    return lambda x: np.transpose(x, order)


def _squeeze(params: dict, eqn: Any) -> Callable:
    dims = tuple(params["dimensions"])
    return lambda x: np.squeeze(x, dims)


def _slice(params: dict, eqn: Any) -> Callable:
    strides = params["strides"] or (1,) * len(params["start_indices"])
    index = tuple(
        slice(a, b, s) for a, b, s in zip(params["start_indices"], params["limit_indices"], strides, strict=True)
    )
    return lambda x: x[index]


def _starts(starts: tuple, shape: tuple, sizes: Any) -> list[int]:
    return [int(min(max(int(s), 0), n - k)) for s, n, k in zip(starts, shape, sizes, strict=True)]


def _dynamic_slice(params: dict, eqn: Any) -> Callable:
    sizes = params["slice_sizes"]

    def run(x: Any, *starts: Any) -> Any:
        return x[tuple(slice(s, s + k) for s, k in zip(_starts(starts, x.shape, sizes), sizes, strict=True))]

    return run


def _dynamic_update_slice(x: Any, update: Any, *starts: Any) -> Any:
    out = np.array(x)
    out[tuple(slice(s, s + k) for s, k in zip(_starts(starts, x.shape, update.shape), update.shape, strict=True))] = (
        update
    )
    return out


def _concatenate(params: dict, eqn: Any) -> Callable:
    axis = params["dimension"]
    return lambda *xs: np.concatenate(xs, axis)


def _stack(params: dict, eqn: Any) -> Callable:
    axis = params["axis"]
    return lambda *xs: np.stack(xs, axis)


def _pad(params: dict, eqn: Any) -> Callable:
    config = params["padding_config"]
    shape = eqn.outvars[0].aval.shape

    def run(x: Any, value: Any) -> Any:
        out = np.full(
            [
                max((n - 1) * (inner + 1) + 1, 0) + max(low, 0) + max(high, 0)
                for n, (low, high, inner) in zip(x.shape, config, strict=True)
            ],
            value,
            x.dtype,
        )
        out[
            tuple(
                slice(max(low, 0), max(low, 0) + max((n - 1) * (inner + 1) + 1, 0), inner + 1)
                for n, (low, high, inner) in zip(x.shape, config, strict=True)
            )
        ] = x
        return out[tuple(slice(max(-low, 0), max(-low, 0) + n) for n, (low, _, _) in zip(shape, config, strict=True))]

    return run


def _rev(params: dict, eqn: Any) -> Callable:
    dims = tuple(params["dimensions"])
    return lambda x: np.flip(x, dims)


def _iota(params: dict, eqn: Any) -> Callable:
    shape, d = params["shape"], params["dimension"]
    line = np.arange(shape[d]).astype(params["dtype"]).reshape([-1 if i == d else 1 for i in range(len(shape))])
    made = np.broadcast_to(line, shape)
    return lambda *dynamic: made


def _split(params: dict, eqn: Any) -> Callable:
    axis, ends = params["axis"], np.cumsum(params["sizes"])[:-1]
    return lambda x: tuple(np.split(x, ends, axis))


def _bitcast(params: dict, eqn: Any) -> Callable:
    dtype = np.dtype(params["new_dtype"])
    shape = eqn.outvars[0].aval.shape
    return lambda x: np.ascontiguousarray(x).reshape(-1).view(dtype).reshape(shape)


def _reduce(function: Callable) -> Maker:
    def make(params: dict, eqn: Any) -> Callable:
        axes, dtype = tuple(params["axes"]), eqn.outvars[0].aval.dtype
        if dtype.kind == "V":  # bfloat16 and the like: NumPy has no reductions for them
            return lambda x: function(np.asarray(x).astype(np.float32), axes).astype(dtype)
        return lambda x: np.asarray(function(x, axes)).astype(dtype)

    return make


def _extreme(function: Callable, low: bool) -> Callable:
    def run(x: Any, axes: tuple) -> Any:
        if all(x.shape[a] for a in axes):
            return function(x, axes)
        kind = x.dtype.kind
        bound = (
            (-np.inf if low else np.inf)
            if kind == "f"
            else ((np.iinfo(x.dtype).min if low else np.iinfo(x.dtype).max) if kind in "iu" else not low)
        )
        return function(x, axes, initial=bound)

    return run


def _sum(x: Any, axes: tuple) -> Any:
    return np.sum(x, axes, dtype=x.dtype)


def _prod(x: Any, axes: tuple) -> Any:
    return np.prod(x, axes, dtype=x.dtype)


def _arg(function: Callable) -> Maker:
    def make(params: dict, eqn: Any) -> Callable:
        (axis,), dtype = params["axes"], np.dtype(params["index_dtype"])
        return lambda x: np.asarray(function(x, axis)).astype(dtype)

    return make


def _cumulative(function: Callable) -> Maker:
    def make(params: dict, eqn: Any) -> Callable:
        axis, reverse = params["axis"], params["reverse"]

        def run(x: Any) -> Any:
            x = np.flip(x, axis) if reverse else x
            out = function(x, axis=axis).astype(x.dtype)
            return np.flip(out, axis) if reverse else out

        return run

    return make


def _dot_general(params: dict, eqn: Any) -> Callable:
    (lhs_contract, rhs_contract), (lhs_batch, rhs_batch) = params["dimension_numbers"]
    left, right = eqn.invars[0].aval, eqn.invars[1].aval
    dtype, shape = eqn.outvars[0].aval.dtype, eqn.outvars[0].aval.shape
    lhs_free = [d for d in range(left.ndim) if d not in (*lhs_contract, *lhs_batch)]
    rhs_free = [d for d in range(right.ndim) if d not in (*rhs_contract, *rhs_batch)]
    lhs_order, rhs_order = (*lhs_batch, *lhs_free, *lhs_contract), (*rhs_batch, *rhs_contract, *rhs_free)

    def sizes(aval: Any, dims: Any) -> int:
        return int(np.prod([aval.shape[d] for d in dims], dtype=np.int64))

    b, m, k, n = (sizes(left, lhs_batch), sizes(left, lhs_free), sizes(left, lhs_contract), sizes(right, rhs_free))
    wide = np.float32 if dtype.kind == "V" or dtype == np.float16 else dtype

    def run(x: Any, y: Any) -> Any:
        x = np.transpose(x, lhs_order).reshape(b, m, k).astype(wide, copy=False)
        y = np.transpose(y, rhs_order).reshape(b, k, n).astype(wide, copy=False)
        return np.matmul(x, y).reshape(shape).astype(dtype, copy=False)

    return run


def _sort(params: dict, eqn: Any) -> Callable:
    axis, keys = params["dimension"], params["num_keys"]

    def run(*operands: Any) -> Any:
        order = np.lexsort(operands[:keys][::-1], axis)
        return tuple(np.take_along_axis(o, order, axis) for o in operands)

    return run


def _unstack(params: dict, eqn: Any) -> Callable:
    axis = params["axis"]
    return lambda x: list(np.moveaxis(x, axis, 0))


def _empty(params: dict, eqn: Any) -> Callable:
    aval = eqn.outvars[0].aval
    return lambda *dynamic: np.zeros(aval.shape, aval.dtype)


def _top_k(params: dict, eqn: Any) -> Callable:
    axis, k = params["axis"], params["k"]

    def run(x: Any) -> Any:
        order = np.argsort(~total_order(x), axis, kind="stable")
        order = np.take(order, np.arange(k), axis)
        return np.take_along_axis(x, order, axis), order.astype(eqn.outvars[1].aval.dtype)

    return run


def _bits(function: np.ufunc) -> Callable:
    return lambda x, axes: function.reduce(x, axes)


def _platform_index(params: dict, eqn: Any) -> Callable:
    groups = params["platforms"]
    chosen = [i for i, group in enumerate(groups) if group is not None and "cpu" in group]
    index = np.int32(chosen[0] if chosen else groups.index(None))
    return lambda: index


STRUCTURAL: dict[str, Maker] = {
    "broadcast_in_dim": _broadcast_in_dim,
    "reshape": _reshape,
    "transpose": _transpose,
    "squeeze": _squeeze,
    "slice": _slice,
    "dynamic_slice": _dynamic_slice,
    "dynamic_update_slice": plain(_dynamic_update_slice),
    "concatenate": _concatenate,
    "stack": _stack,
    "pad": _pad,
    "rev": _rev,
    "iota": _iota,
    "split": _split,
    "bitcast_convert_type": _bitcast,
    "dot_general": _dot_general,
    "sort": _sort,
    "reduce_sum": _reduce(_sum),
    "reduce_prod": _reduce(_prod),
    "reduce_max": _reduce(_extreme(np.max, True)),
    "reduce_min": _reduce(_extreme(np.min, False)),
    "reduce_and": _reduce(_bits(np.bitwise_and)),
    "reduce_or": _reduce(_bits(np.bitwise_or)),
    "reduce_xor": _reduce(_bits(np.bitwise_xor)),
    "unstack": _unstack,
    "empty": _empty,
    "empty2": _empty,
    "top_k": _top_k,
    "platform_index": _platform_index,
    "argmax": _arg(np.argmax),
    "argmin": _arg(np.argmin),
    "cumsum": _cumulative(np.cumsum),
    "cumprod": _cumulative(np.cumprod),
    "cummax": _cumulative(np.maximum.accumulate),
    "cummin": _cumulative(np.minimum.accumulate),
}
