"""`x[...]` and `x[...] = value`: PyTorch's indexing, split into a view (ints, slices, None) and an index op (tensors).

Integers and slice starts are runtime arguments of the view, so `x[i]` and `x[i:i + n]` in a loop compile once; slices
written with an open or negative end are compiled in.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from jaxtorch._autograd import inplace, tape
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import BOOL
from jaxtorch._engine.recorder import force, known
from jaxtorch._ops.table import TABLE, flatten
from jaxtorch._storage.chain import Link
from jaxtorch._tensor import overlapping
from jaxtorch._tensor.arguments import integer
from jaxtorch._tensor.construct import as_index, constant
from jaxtorch._tensor.out import check_sources
from jaxtorch._tensor.variants import cast
from jaxtorch._tensor.view_methods import expand, index_view, normal, offset, select, select_first, strides

TOO_MANY = "too many indices for tensor of dimension {}"
NO_DIMENSIONS = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
    "0-dim tensor to a number"
)
BYTE_MASK = "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead."
INVALID = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})"


def getitem(x: Any, index: Any) -> Any:
    """`x[index]`."""
    if type(index) is int and x._aval.ndim:
        size = x._aval.shape[0]
        if not -size <= index < size:
            raise IndexError(f"index {index} is out of bounds for dimension 0 with size {size}")
        return select_first(x, index % size)
    if type(index) is int:
        raise IndexError(NO_DIMENSIONS)
    shown, indices = _basic(x, index)
    return shown if indices is None else _gather(shown, indices)


def setitem(x: Any, index: Any, value: Any) -> None:
    """`x[index] = value`."""
    if isinstance(index, Variable) and index._aval.dtype is dtypes.bool_ and _fill_masked(x, index, value):
        return
    shown, indices = _basic(x, index)
    if indices is None:
        inplace.check_writable(shown)
        _assign(shown, value)
        return
    inplace.check_writable(shown, overlap=False)
    source = _without_leading_ones(_as_source(value, shown))
    put(shown, indices, _cast_one(source, shown, indices, _items(index)), False)


def _cast_one(source: Any, target: Any, positions: list, indices: Any) -> Any:
    """One element put where masks point is a masked_fill, which casts; other sources must have the target's dtype."""
    dtype = target._aval.dtype
    if source._aval.dtype is dtype:
        return source
    if source._aval.numel == 1 and all(_is_mask(i) for i in indices if isinstance(i, Variable)):
        return cast(source, dtype)
    flat, structure = _flat_arguments(target, positions, cast(source, dtype))
    tape.apply(TABLE["_index_put"], flat, (False,), structure)  # shapes that do not fit are said first
    raise RuntimeError(
        "Index put requires the source and destination dtypes match, got "
        f"{dtype.scalar_name} for the destination and {source._aval.dtype.scalar_name} for the source."
    )


def _mask_elements(mask: Any) -> np.ndarray:
    value = value_of(mask)
    if value.aval.batch:
        raise RuntimeError(
            "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over "
            "indexing with a boolean mask."
        )
    return np.asarray(force(value))


def _is_mask(index: Any) -> bool:
    return index._aval.dtype in (dtypes.bool_, dtypes.uint8)


def _fill_masked(x: Any, mask: Any, value: Any) -> bool:
    """`x[mask] = number` needs no positions: it is a `where`."""
    if not isinstance(value, (int, float, complex)) and not (
        isinstance(value, Variable) and value._aval.numel == 1 and not value._rg and value._aval.ndim == 0
    ):
        return False
    lead = mask._aval.ndim
    if tuple(mask._aval.shape) != tuple(x._aval.shape[:lead]):
        return False
    inplace.check_writable(x, overlap=False)
    for _ in range(x._aval.ndim - lead):
        mask = mask.unsqueeze(-1)
    dims = overlapping.expanded_dims(x)
    if dims:
        mask, x = overlapping.any_of(mask, x, dims), overlapping.unexpanded(x, dims)
    filled = tape.apply(TABLE["where"], [mask, constant(value, x._aval.dtype, x._aval.device), x])
    inplace.write(x, value_of(filled), filled)
    return True


def _assign(target: Any, value: Any) -> None:
    source = cast(_as_source(value, target), target._aval.dtype)
    shape, own = target._aval.shape, source._aval.shape
    if own != shape:
        source = expand(_without_leading_ones(source), shape)
    inplace.write(target, value_of(source), source)


def _without_leading_ones(source: Any) -> Any:
    while source._aval.shape[:1] == (1,):
        source = select(source, 0, 0)
    return source


def _as_source(value: Any, target: Any) -> Any:
    if isinstance(value, Variable):
        return value
    if isinstance(value, (int, float, complex, np.integer)):
        return constant(value, target._aval.dtype, target._aval.device)
    kind = type(value)
    name = f"numpy.{kind.__name__}" if isinstance(value, (np.ndarray, np.generic)) else kind.__name__
    raise TypeError(f"can't assign a {name} to a {target.type()}")


# ----- Parsing -----


def _basic(x: Any, index: Any) -> tuple[Any, list | None]:
    """The view that the basic part of an index shows, and the tensor indices to apply to it by dimension."""
    items = _items(index)
    consumed = sum(_dims_of(i) for i in items)
    ndim = x._aval.ndim
    if consumed > ndim and not (ndim == 0 and any(isinstance(i, slice) for i in items)):
        raise IndexError(TOO_MANY.format(ndim))
    shape = x._aval.shape
    parts: dict[int, tuple] = {}
    layout: list[tuple] = []  # the dimensions of the view: ("dim", d), ("new",) or ("tensor", d, index)
    d = 0
    for item in items:
        if item is None:
            layout.append(("new",))
        elif item is Ellipsis:
            for _ in range(ndim - consumed):
                layout.append(("dim", d))
                d += 1
        elif isinstance(item, slice):
            if not ndim:
                raise IndexError("slice() cannot be applied to a 0-dim tensor.")
            if d >= ndim:
                raise IndexError(
                    f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {d})"
                )
            part = _slice(item, shape[d])
            if part is not None:
                parts[d] = part
            layout.append(("dim", d))
            d += 1
        elif isinstance(item, (bool, np.bool_)):
            layout.append(("tensor", None, as_index(np.asarray([0] if item else [], np.int64), x._aval.device)))
        elif isinstance(item, Variable):
            d = _tensor_item(item, d, shape, parts, layout)
        else:
            if d >= ndim:  # behind a second ellipsis
                raise IndexError(f"index {item} is out of bounds for dimension {d} with size 0")
            parts[d] = _select(item, d, shape[d])
            d += 1
    layout.extend(("dim", rest) for rest in range(d, ndim))
    return _show(x, parts, layout)


def _items(index: Any) -> list:
    if not isinstance(index, tuple):
        index = _sequence_as_tuple(index)
    items = [_item(i) for i in index]
    return items if any(i is Ellipsis for i in items) else [*items, Ellipsis]


def _sequence_as_tuple(index: Any) -> tuple:
    # A short list holding slices, tensors or sequences is a tuple in disguise, as in old NumPy and in PyTorch.
    if (
        isinstance(index, list)
        and len(index) < 32
        and any(isinstance(i, (slice, Variable, list, tuple)) or i is None or i is Ellipsis for i in index)
    ):
        return tuple(index)
    return (index,)


def _item(item: Any) -> Any:
    if item is None or item is Ellipsis or isinstance(item, (slice, bool, np.bool_, int)):
        return item
    if isinstance(item, Variable):
        if item._aval.dtype is dtypes.uint8:
            warnings.warn(BYTE_MASK, UserWarning, stacklevel=5)
            return cast(item, dtypes.bool_)
        wide = item._aval.dtype in (dtypes.int64, dtypes.int32, dtypes.bool_)
        if item._aval.dtype.category > dtypes.INTEGRAL or (item._aval.ndim and not wide):
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if item._aval.ndim == 0 and item._aval.dtype is not dtypes.bool_ and known(value_of(item)) is not None:
            return integer(item)
        return item
    if isinstance(item, str):
        raise TypeError("new(): invalid data type 'str'")  # a sequence, which PyTorch makes a tensor
    if isinstance(item, (list, tuple, np.ndarray, range)):
        array = np.asarray(item)
        if array.dtype.kind in "US":
            raise TypeError("new(): invalid data type 'str'")
        if array.dtype.kind == "f":
            array = array.astype(np.int64)
        if array.dtype.kind not in "iub":
            raise IndexError(INVALID.format(type(item).__name__))
        return as_index(array.astype(np.int64) if array.dtype.kind in "iu" else array, None)
    try:
        return integer(item)
    except TypeError:
        raise IndexError(INVALID.format(type(item).__name__)) from None


def _dims_of(item: Any) -> int:
    if item is None or item is Ellipsis or isinstance(item, (bool, np.bool_)):
        return 0
    if isinstance(item, Variable) and item._aval.dtype.category == BOOL:
        return item._aval.ndim
    return 1


def _bound(given: Any) -> int:
    try:
        return integer(given)
    except TypeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None


def _slice(item: slice, size: int) -> tuple | None:
    step = 1 if item.step is None else _bound(item.step)
    if step <= 0:
        raise ValueError("step must be greater than zero")
    if item.start is None and item.stop is None and step == 1:
        return None
    begin = 0 if item.start is None else _bound(item.start)
    end = size if item.stop is None else _bound(item.stop)
    constant_ = step != 1 or item.start is None or item.stop is None or begin < 0 or end < 0
    begin = min(max(begin + size if begin < 0 else begin, 0), size)
    end = min(max(end + size if end < 0 else end, begin), size)
    length = -(-(end - begin) // step)
    return None if length == size and step == 1 else ("slice", begin, length, step, constant_)


def _select(item: int, d: int, size: int) -> tuple:
    if not -size <= item < size:
        raise IndexError(f"index {item} is out of bounds for dimension {d} with size {size}")
    return ("select", item % size, False)


def _tensor_item(item: Any, d: int, shape, parts: dict, layout: list) -> int:
    if item._aval.dtype.category != BOOL:
        layout.append(("tensor", d, item))
        return d + 1
    own = item._aval.shape
    for k, size in enumerate(own):
        if size != shape[d + k]:
            raise IndexError(
                f"The shape of the mask {list(own)} at index {k} does not match the shape of the indexed tensor "
                f"{list(shape)} at index {d + k}"
            )
    mask = _mask_elements(item)
    if not own:
        layout.append(("tensor", None, as_index(np.asarray([0] if mask else [], np.int64), item._aval.device)))
        return d
    for k, where in enumerate(np.nonzero(mask)):
        layout.append(("tensor", d + k, as_index(where, item._aval.device)))
    return d + len(own)


def _show(x: Any, parts: dict, layout: list) -> tuple[Any, list | None]:
    """Apply selects and slices, put in new axes, and line the tensor indices up with the result's dimensions."""
    advanced = any(entry[0] == "tensor" for entry in layout)
    only_select = all(p[0] == "select" for p in parts.values())
    name = "SelectBackward0" if parts and only_select else "SliceBackward0"
    inserts = any(entry[0] == "new" or (entry[0] == "tensor" and entry[1] is None) for entry in layout)
    shown = index_view(x, parts, name) if parts or not (advanced or inserts) else x
    if inserts:
        shown = _insert(shown, layout)
    if not advanced:
        return shown, None
    indices: list = [entry[2] if entry[0] == "tensor" else None for entry in layout]
    while indices and indices[-1] is None:
        indices.pop()
    return shown, indices


def _insert(shown: Any, layout: list) -> Any:
    shape, st = shown._aval.shape, strides(shown)
    new_shape, new_st, d = [], [], 0
    for entry in layout:
        if entry[0] == "new" or (entry[0] == "tensor" and entry[1] is None):
            new_shape.append(1)
            new_st.append(shape[d] * st[d] if d < len(shape) else 1)
        else:
            new_shape.append(shape[d])
            new_st.append(st[d])
            d += 1
    target = tuple(new_shape)
    return tape.view_of(
        shown,
        (Link(TABLE["_view"], (target,), None),),
        normal(target, tuple(new_st)),
        offset(shown),
        "UnsqueezeBackward0",
    )


# ----- Tensor indices -----


def _flat_arguments(shown: Any, indices: list, *rest: Any) -> tuple[list, tuple | None]:
    return flatten([shown, indices, *rest])


def _gather(shown: Any, indices: list) -> Any:
    flat, structure = _flat_arguments(shown, indices)
    return tape.apply(TABLE["_index"], flat, (), structure)


def put(target: Any, indices: list, source: Any, accumulate: bool) -> None:
    """Write `source` where the tensor indices point."""
    dims = overlapping.expanded_dims(target, source)
    if dims:
        overlapping.put(
            target,
            dims,
            lambda x: _gather(x, indices),
            source,
            lambda flat, places, values: index_put(flat, (places,), values, accumulate),
        )
        return
    flat, structure = _flat_arguments(target, indices, source)
    changed = tape.apply(TABLE["_index_put"], flat, (accumulate,), structure)
    inplace.write(target, value_of(changed), changed)


def expand_masks(indices: Any) -> list:
    """The indices of `index_put_` with masks turned into positions."""
    full: list = []
    for i in indices:
        if i is not None and i._aval.dtype.category == BOOL or (i is not None and i._aval.dtype is dtypes.uint8):
            mask = _mask_elements(i).astype(bool)
            full.extend(as_index(where, i._aval.device) for where in np.nonzero(mask))
        else:
            full.append(i)
    return full


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of `input` with `values` written (or added) where the indices point."""
    positions = expand_masks(indices)
    flat, structure = _flat_arguments(input, positions, _cast_one(values, input, positions, indices))
    return tape.apply(TABLE["_index_put"], flat, (bool(accumulate),), structure)


def index_put_(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """Write (or add) `values` where the indices point."""
    inplace.check_writable(input, overlap=False)
    positions = expand_masks(indices)
    check_sources(input, (values, *indices), whole=True)
    put(input, positions, _cast_one(values, input, positions, indices), bool(accumulate))
    return input


FUNCTIONS = {"index_put": index_put, "index_put_": index_put_}
METHODS = FUNCTIONS
