"""lax primitives that move, reduce, contract and index."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._engine.host import sums
from jaxtorch._engine.host.elementwise import Maker, plain, total_order
from jaxtorch._ops.host_forms import permuting, reshaping


def _broadcast_in_dim(params: dict, eqn: Any) -> Callable:
    shape, dims = params["shape"], params["broadcast_dimensions"]
    own = eqn.invars[0].aval.shape
    middle = [1] * len(shape)
    for d, size in zip(dims, own, strict=True):
        middle[d] = size
    return lambda x, *dynamic: np.broadcast_to(np.reshape(x, middle), shape)


def _reshape(params: dict, eqn: Any) -> Callable | None:
    sizes, order = tuple(params["new_sizes"]), params["dimensions"]
    if order is not None or len(eqn.invars) > 1:
        return lambda x, *dynamic: np.reshape(x if order is None else np.transpose(x, order), sizes)
    return None if eqn.invars[0].aval.shape == sizes else reshaping(sizes)


def _transpose(params: dict, eqn: Any) -> Callable:
    return permuting(params["permutation"])


def _squeeze(params: dict, eqn: Any) -> Callable:
    return reshaping(eqn.outvars[0].aval.shape)


def _slice(params: dict, eqn: Any) -> Callable:
    strides = params["strides"] or (1,) * len(params["start_indices"])
    ends = zip(params["start_indices"], params["limit_indices"], strides, strict=True)
    return operator.itemgetter(tuple([slice(a, b, s) for a, b, s in ends]))


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


def _reduce(function: np.ufunc) -> Maker:
    def make(params: dict, eqn: Any) -> Callable | None:
        axes, before, after = tuple(params["axes"]), eqn.invars[0].aval, eqn.outvars[0].aval
        if math.prod(before.shape) == math.prod(after.shape):  # sums of one element each
            return None if before.shape == after.shape else reshaping(after.shape)
        dtype, reduce = before.dtype, function.reduce
        if dtype.kind == "V":  # bfloat16 and the like: NumPy has no reductions for them
            return lambda x: np.asarray(reduce(np.asarray(x).astype(np.float32), axes)).astype(dtype)
        if function in (np.add, np.multiply):
            return lambda x: reduce(x, axes, dtype)
        if function in (np.maximum, np.minimum) and not math.prod(before.shape):
            bound = _bound(dtype, function is np.maximum)
            return lambda x: reduce(x, axes, initial=bound)
        return lambda x: reduce(x, axes)

    return make


summing = _reduce(np.add)


def _bound(dtype: Any, low: bool) -> Any:
    """What an extreme over nothing is."""
    if dtype.kind in "iu":
        return np.iinfo(dtype).min if low else np.iinfo(dtype).max
    return (-np.inf if low else np.inf) if dtype.kind == "f" else not low


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

    def sizes(aval: Any, dims: Any) -> int:
        return math.prod(aval.shape[d] for d in dims)

    b, m, k, n = (sizes(left, lhs_batch), sizes(left, lhs_free), sizes(left, lhs_contract), sizes(right, rhs_free))
    lhs_order, rhs_order = (*lhs_batch, *lhs_free, *lhs_contract), (*rhs_batch, *rhs_contract, *rhs_free)
    batched = len(lhs_batch) > 0
    outer = k == 1  # BLAS takes three times as long for columns times rows
    multiply = np.multiply if outer else np.matmul if batched or dtype.kind not in "fc" else np.dot
    first, second = (b, m, k) if batched else (m, k), (b, k, n) if batched else (k, n)
    plain = dtype.kind != "V" and dtype != np.float16 and left.dtype == right.dtype == dtype
    if plain and shape == ((b, m, n) if batched else (m, n)):
        made = _product(multiply, _arranged(left, lhs_order, first), _arranged(right, rhs_order, second))
        columns = not batched and lhs_order == (1, 0) and rhs_order == (0, 1) and dtype.kind in "fc"
        return sums.mark(made, k, shape, dtype) if columns else made
    wide = np.float32 if dtype.kind == "V" or dtype == np.float16 else dtype

    def run(x: Any, y: Any) -> Any:
        x = np.transpose(x, lhs_order).reshape(first).astype(wide, copy=False)
        y = np.transpose(y, rhs_order).reshape(second).astype(wide, copy=False)
        return multiply(x, y).reshape(shape).astype(dtype, copy=False)

    return run


def _arranged(aval: Any, order: tuple, shape: tuple) -> Callable | None:
    """What makes the matrices out of an operand: its dimensions in one order, then another shape; None for nothing."""
    moved = order != tuple(range(len(order)))
    if tuple([aval.shape[d] for d in order]) != shape:
        return (lambda x: x.transpose(order).reshape(shape)) if moved else reshaping(shape)
    return permuting(order) if moved else None


def _product(multiply: Callable, first: Callable | None, second: Callable | None) -> Callable:
    if first is None:
        return multiply if second is None else lambda x, y: multiply(x, second(y))
    if second is None:
        return lambda x, y: multiply(first(x), y)
    return lambda x, y: multiply(first(x), second(y))


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
    "reduce_sum": _reduce(np.add),
    "reduce_prod": _reduce(np.multiply),
    "reduce_max": _reduce(np.maximum),
    "reduce_min": _reduce(np.minimum),
    "reduce_and": _reduce(np.bitwise_and),
    "reduce_or": _reduce(np.bitwise_or),
    "reduce_xor": _reduce(np.bitwise_xor),
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
