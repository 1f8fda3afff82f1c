"""Operations whose output shape depends on the data: they read their input, so what is pending runs first."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._autograd import tape, underived
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._base import dtypes
from jaxtorch._base.batching import batching
from jaxtorch._base.sizes import broadcast_shapes, wrap_dim
from jaxtorch._engine.recorder import known
from jaxtorch._ops.checks import check_numbers_fit
from jaxtorch._ops.table import TABLE, flatten
from jaxtorch._tensor import view_methods
from jaxtorch._tensor.arguments import argument_error, check_tensors, integer
from jaxtorch._tensor.construct import as_index, from_array
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.generate import call_general, call_unary
from jaxtorch._tensor.out import check_sources, write_out

_DYNAMIC = (
    "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over aten::{}. Please "
    "file an issue at https://github.com/pytorch/pytorch/issues"
)


def _elements(name: str, x: Any) -> np.ndarray:
    """The elements that decide the size of a result.

    Raises:
        RuntimeError: in `vmap` they differ from example to example, and so would the size.
    """
    if batching.used and value_of(x).aval.batch:
        raise RuntimeError(_DYNAMIC.format(name))
    return host_array(x)


def nonzero(input: Any, *, out: Any = None, as_tuple: bool = False) -> Any:
    """Positions of the elements that are not zero: one row each, or one tensor per dimension."""
    array = _elements("nonzero", input)
    if as_tuple:
        if isinstance(out, (tuple, list)):
            raise argument_error("nonzero", "out", 0, "Tensor", out)
        if out is not None:
            raise RuntimeError("nonzero does not support the out kwarg when as_tuple is True")
        return tuple(as_index(i, input._aval.device) for i in np.nonzero(np.atleast_1d(array)))
    found = np.argwhere(array).astype(np.int64)
    result = as_index(found, input._aval.device)
    if out is not None:
        return write_out("nonzero", out, result)
    shape = tuple(result._aval.shape)  # PyTorch lists the positions dimension by dimension
    result._strides = result._storage.strides = view_methods.normal(shape, (1, shape[0]))
    return result


def argwhere(input: Any) -> Any:
    """`nonzero(input)`."""
    return nonzero(input)


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where `condition` holds, else `other`; with the condition alone, its nonzero positions."""
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    result = call_general(TABLE["where"], (condition, input, other), ())
    if result._aval.dtype.category < dtypes.FLOATING:
        check_numbers_fit((input, other), result._aval.dtype)
    if out is None:
        return result
    check_sources(out, (condition, input, other), shape=result._aval.shape)
    return write_out("where", out, result)


def masked_select(input: Any, mask: Any, *, out: Any = None) -> Any:
    """The elements of `input` where `mask` holds, flat."""
    if mask._aval.dtype is not dtypes.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = tuple(broadcast_shapes(mask._aval.shape, input._aval.shape))
    whole = view_methods.expand(input, shape) if tuple(input._aval.shape) != shape else input
    where_ = np.flatnonzero(np.broadcast_to(_elements("masked_select", mask), shape))
    flat, structure = flatten([view_methods.reshape(whole, (-1,)), [as_index(where_, input._aval.device)]])
    result = tape.apply(TABLE["_index"], flat, (), structure)
    if out is None:
        return result
    check_sources(out, (input, mask), whole=True, shape=result._aval.shape)
    return write_out("masked_select", out, result)


def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The distinct elements (or slices along `dim`), optionally with inverse positions and counts."""
    array = _elements("_unique2" if dim is None else "unique_dim", input)
    axis = None if dim is None else wrap_dim(dim, array.ndim)
    if axis is not None:
        _check_unique_sizes(array.shape, axis)
    if array.dtype.kind == "V" or array.dtype.name in ("bfloat16", "float16"):  # whose nan NumPy does not sort last
        array = array.astype(np.float32)
    values, inverse, counts = _unique(array, return_inverse, return_counts, axis)
    values = values.astype(input._aval.dtype.numpy_dtype, copy=False)
    names = ("_unique2", "Unique2Backward0") if axis is None else ("unique_dim", "UniqueDimBackward0")
    return _unique_result(values, inverse, counts, return_inverse, return_counts, input, axis, *names)


def _unique(array: np.ndarray, with_inverse: bool, with_counts: bool, axis: int | None) -> tuple[Any, Any, Any]:
    """The distinct elements, with positions and counts where they are asked for."""
    if axis is None and array.dtype.kind in "iub" and array.size:
        low = array.min()
        span = int(array.max()) - int(low) + 1
        if span <= 2 * array.size + _SHORT:  # counted, not sorted
            flat, wide = array.reshape(-1), array.dtype.itemsize == 8
            places = (flat - low).astype(np.intp) if wide else flat.astype(np.intp) - int(low)
            counts = np.bincount(places)
            found = np.flatnonzero(counts)
            values = found.astype(array.dtype) + low if wide else found + int(low)
            inverse = (np.cumsum(counts > 0) - 1)[places].reshape(array.shape) if with_inverse else None
            return values, inverse, counts[found]
    if axis is None and not with_inverse and not with_counts:
        return np.unique(array, equal_nan=False), None, None
    values, inverse, counts = np.unique(array, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
    return values, inverse.reshape(array.shape if axis is None else -1), counts


_SHORT = 256


def _check_unique_sizes(shape: tuple[int, ...], axis: int) -> None:
    empty = shape.count(0)
    if shape[axis] == 0:
        if empty > 1:
            raise RuntimeError("Number of zero sized dimensions is more than one, so unique cannot be applied ")
    elif empty:
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements (or slices along `dim`) that differ from the one before."""
    array = _elements("unique_consecutive", input)
    rows = array.reshape(-1) if dim is None else np.moveaxis(array, wrap_dim(dim, array.ndim), 0)
    if rows.shape[0]:
        changed = (rows[1:] != rows[:-1]).any(tuple(range(1, rows.ndim)))
        starts = np.concatenate([[True], changed])
    else:
        starts = np.zeros(0, bool)
    axis = None if dim is None else wrap_dim(dim, array.ndim)
    values = rows[starts] if axis is None else np.moveaxis(rows[starts], 0, axis)
    inverse = np.cumsum(starts) - 1
    counts = np.diff(np.concatenate([np.flatnonzero(starts), [rows.shape[0]]]))
    inverse = inverse.reshape(array.shape) if dim is None else inverse
    names = ("unique_consecutive", "UniqueConsecutiveBackward0")
    return _unique_result(values, inverse, counts, return_inverse, return_counts, input, axis, *names)


def _unique_result(
    values: np.ndarray,
    inverse: np.ndarray,
    counts: np.ndarray,
    with_inverse: bool,
    with_counts: bool,
    source: Variable,
    axis: int | None,
    name: str,
    label: str,
) -> Any:
    first = np.ascontiguousarray(values if axis is None else np.moveaxis(values, axis, 0))
    found = from_array(first, source._aval.dtype, source._aval.device)
    result = [found if not axis else view_methods.movedim(found, 0, axis)]
    underived.attach(result[0], source, name, label)
    if with_inverse:
        result.append(as_index(inverse.astype(np.int64), source._aval.device))
    if with_counts:
        result.append(as_index(counts.astype(np.int64), source._aval.device))
    return result[0] if len(result) == 1 else tuple(result)


def one_hot(input: Any, num_classes: int = -1) -> Any:
    """Class numbers as rows of zeros with a one."""
    if input._aval.dtype is not dtypes.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    num_classes = integer(num_classes, "one_hot", "num_classes", 2)
    there = known(value_of(input)) is not None
    if num_classes == -1 or there:
        array = host_array(input)
        if not array.size and num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        if array.size and array.min() < 0:
            raise RuntimeError("Class values must be non-negative.")
        if num_classes == -1:
            num_classes = int(array.max()) + 1
        elif array.size and array.max() >= num_classes:
            raise RuntimeError("Class values must be smaller than num_classes.")
    return tape.unary(TABLE["_one_hot"], input, (num_classes,))


def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each element (or slice along `dim`) repeated; with one tensor of counts, the positions themselves."""
    if repeats is None:
        if input._aval.ndim != 1:
            raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
        _check_counts(input)
        return as_index(np.repeat(np.arange(input._aval.numel), host_array(input)), input._aval.device)
    if not isinstance(repeats, Variable):
        if isinstance(repeats, int):
            return call_unary(TABLE["repeat_interleave.self_int"], input, (repeats, dim, output_size))
        repeats = as_index(np.asarray(repeats, np.int64), input._aval.device)
    if repeats._aval.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    counts = _check_counts(repeats)
    if dim is None:
        input, dim = view_methods.reshape(input, (-1,)), 0
    axis = wrap_dim(dim, input._aval.ndim)
    size = input._aval.shape[axis]
    if counts.size not in (1, size):
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} and "
            f"input.size({axis}) = {size}"
        )
    chosen = np.repeat(np.arange(size), np.broadcast_to(counts.reshape(-1), (size,)))
    if output_size is not None and output_size != chosen.size:
        raise RuntimeError("allocated size does not match required size")
    positions = as_index(chosen, input._aval.device)
    return tape.apply(TABLE["index_select"], [input, positions], (axis,))


def _check_counts(repeats: Any) -> np.ndarray:
    if repeats._aval.dtype not in (dtypes.int32, dtypes.int64):
        name = repeats._aval.dtype.scalar_name
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{name}'")
    counts = host_array(repeats)
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    return counts


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and elements."""
    check_tensors("equal", input=input, other=other)
    if input._aval.shape != other._aval.shape:
        return False
    return bool((input == other).all())


def is_nonzero(input: Any) -> bool:
    """Whether a one-element tensor is not zero."""
    if input._aval.numel != 1:
        raise RuntimeError(
            f"Boolean value of Tensor with {'no values' if not input._aval.numel else 'more than one value'} is "
            f"ambiguous"
        )
    return bool(input)


FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (nonzero, argwhere, where, masked_select, unique, unique_consecutive, repeat_interleave, equal, is_nonzero)
}
FUNCTIONS["nn.functional.one_hot"] = one_hot
METHODS = {
    name: FUNCTIONS[name]
    for name in (
        "nonzero",
        "argwhere",
        "masked_select",
        "unique",
        "unique_consecutive",
        "repeat_interleave",
        "equal",
        "is_nonzero",
    )
}
