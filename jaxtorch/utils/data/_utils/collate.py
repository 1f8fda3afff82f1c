"""Collation: a list of samples as one batch, structure kept."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from jaxtorch._base import dtypes
from jaxtorch._tensor.construct import from_array, tensor
from jaxtorch._tensor.interop import as_tensor
from jaxtorch._tensor.tensor import FUNCTIONS, Tensor
from jaxtorch.utils.data._utils import host

np_str_obj_array_pattern = re.compile(r"[SaUO]")
default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)


def default_convert(data: Any) -> Any:
    """`data` with every NumPy array in it as a tensor: what a loader without batches applies to a sample."""
    kind = type(data)
    if isinstance(data, Tensor):
        return data
    if kind.__module__ == "numpy" and kind.__name__ not in ("str_", "string_"):
        if kind.__name__ == "ndarray" and np_str_obj_array_pattern.search(data.dtype.str) is not None:
            return data
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _mapping_like(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return kind(*[default_convert(d) for d in data])
    if isinstance(data, tuple):
        return [default_convert(d) for d in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _sequence_like(data, [default_convert(d) for d in data])
    return data


def _mapping_like(model: Any, items: dict) -> Any:
    """`items` in a mapping like `model`: a copy of it where that can be changed, for the attributes it may have."""
    try:
        if isinstance(model, MutableMapping):
            clone = copy.copy(model)
            clone.update(items)
            return clone
        return type(model)(items)
    except TypeError:
        return items


def _sequence_like(model: Any, items: list) -> Any:
    try:
        if isinstance(model, MutableSequence):
            clone = copy.copy(model)
            for i, item in enumerate(items):
                clone[i] = item
            return clone
        return type(model)(items)
    except TypeError:
        return items


def collate(batch: Any, *, collate_fn_map: dict[Any, Callable] | None = None) -> Any:
    """Samples as one batch; `collate_fn_map` says by type how elements that are no containers come together."""
    elem = batch[0]
    kind = type(elem)
    if collate_fn_map is not None:
        found = collate_fn_map.get(kind) or next((f for t, f in collate_fn_map.items() if isinstance(elem, t)), None)
        if found is not None:
            return found(batch, collate_fn_map=collate_fn_map)

    def together(samples: Any) -> Any:
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(elem, Mapping):
        return _mapping_like(elem, {key: together([d[key] for d in batch]) for key in elem})
    if isinstance(elem, tuple) and hasattr(elem, "_fields"):
        return kind(*[together(samples) for samples in zip(*batch, strict=False)])
    if isinstance(elem, Sequence):
        if any(len(d) != len(elem) for d in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [together(samples) for samples in zip(*batch, strict=False)]
        return columns if isinstance(elem, tuple) else _sequence_like(elem, columns)
    raise TypeError(default_collate_err_msg_format.format(kind))


def collate_tensor_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Tensors stacked along a new first dimension."""
    stacked = host.stack(batch)
    return FUNCTIONS["stack"](batch, 0) if stacked is None else stacked


def collate_numpy_array_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """NumPy arrays stacked along a new first dimension."""
    elem = batch[0]
    if np_str_obj_array_pattern.search(elem.dtype.str) is not None:
        raise TypeError(default_collate_err_msg_format.format(elem.dtype))
    plain = collate_fn_map is not None and collate_fn_map.get(Tensor) is collate_tensor_fn
    if (
        plain
        and elem.dtype in dtypes.FROM_NUMPY
        and all(type(b) is np.ndarray and b.shape == elem.shape and b.dtype == elem.dtype for b in batch)
    ):
        return from_array(np.stack(batch), dtypes.from_numpy_dtype(elem.dtype))
    return collate([as_tensor(b) for b in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """NumPy scalars as a tensor of their dtype."""
    return as_tensor(np.asarray(batch))


def collate_float_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Floats as a float64 tensor."""
    return tensor(batch, dtype=dtypes.float64)


def collate_int_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Ints as an int64 tensor, bools as a bool one."""
    return tensor(batch)


def collate_str_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Strings and bytes as they are."""
    return batch


default_collate_fn_map: dict[Any, Callable] = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_collate(batch: Any) -> Any:
    """Samples as one batch: tensors and arrays stacked, numbers as tensors, containers element by element.

    >>> default_collate([(0, "a"), (2, "b")])
    [tensor([0, 2]), ('a', 'b')]
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)
