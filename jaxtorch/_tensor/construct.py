"""Tensors from Python data: `torch.tensor` and its relatives, and the small constants the layer itself needs."""

from __future__ import annotations

import functools
import operator
import warnings
from typing import Any

import jax
import numpy as np

from jaxtorch._autograd.variable import Variable, value_of, wrap
from jaxtorch._base import dtypes
from jaxtorch._base.devices import CPU, META, jax_device, of_jax, placed
from jaxtorch._base.devices import device as device_
from jaxtorch._base.modes import defaults
from jaxtorch._base.once import warn_once
from jaxtorch._base.promotion import promote_types
from jaxtorch._engine.recorder import force
from jaxtorch._engine.value import Value, leaf, meta
from jaxtorch._ops.checks import check_fits, in_range
from jaxtorch._tensor.arguments import as_device, as_dtype


def current_device(given: device_ | None) -> device_:
    """The device a factory function uses."""
    return given or (placed(defaults.device) if defaults.device else CPU)


def from_array(array: np.ndarray, dtype: dtypes.dtype, dev: device_ = CPU) -> Any:
    """A tensor that owns a NumPy array (never one the user can still write to)."""
    return wrap(array_value(array, dtype, dev))


def array_value(array: Any, dtype: dtypes.dtype, dev: device_ = CPU) -> Value:
    """A NumPy array this process owns as a value on a device."""
    if dev is META:
        return meta(array.shape, dtype)
    if dev is not CPU:
        array = jax.device_put(array, jax_device(dev))
    return leaf(array, dtype, dev)


def constant(number: Any, dtype: dtypes.dtype, dev: device_ = CPU) -> Any:
    """A 0-dim tensor."""
    if isinstance(number, Variable):
        number = np.asarray(force(value_of(number))).reshape(())
    else:
        check_fits(number, dtype)
    return from_array(np.asarray(number).astype(dtype.numpy_dtype), dtype, dev)


def as_index(array: np.ndarray, dev: device_ | None) -> Any:
    """An index tensor from positions."""
    return from_array(np.asarray(array, order="C"), dtypes.from_numpy_dtype(array.dtype), dev or CPU)


_TOO_LONG = "Overflow when unpacking long long"


def infer(data: Any, wanted: dtypes.dtype | None = None) -> np.ndarray:
    """Python data as an array of the dtype PyTorch infers: floats get the default dtype, typed numbers keep theirs.

    Integers beyond int64 are refused unless the caller wants a dtype that may hold them.
    """
    try:
        kinds, plain = _kinds(data), _plain(data)
    except RecursionError:
        raise TypeError("new(): self-referential lists are incompatible") from None
    try:
        array = np.array(plain)
    except (ValueError, OverflowError):
        _check_rectangular(plain)
        raise
    if array.dtype == object:
        _check_rectangular(plain)
        odd = _first(plain)
        if isinstance(odd, int):
            if wanted is not None and wanted.category != dtypes.INTEGRAL:
                return _rounded(plain, kinds, wanted)
            raise ValueError(_TOO_LONG)
        raise RuntimeError(f"Could not infer dtype of {type(odd).__name__}")
    if array.dtype == np.uint64 and kinds <= _PYTHON and wanted is None:
        raise ValueError(_TOO_LONG)
    if array.dtype.kind in "US":
        raise TypeError(f"new(): invalid data type '{_first(plain).__class__.__name__}'")
    if array.size and not kinds <= _PYTHON:
        return array.astype(functools.reduce(promote_types, map(_dtype_of_kind, kinds)).numpy_dtype)
    if array.size == 0 or array.dtype == np.float64:
        return _convert(array, defaults.dtype)
    if array.dtype == np.complex128:
        return _convert(array, defaults.dtype.to_complex())
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def _rounded(plain: Any, kinds: set, wanted: dtypes.dtype) -> np.ndarray:
    """Numbers some of which are beyond any integer dtype, as `wanted` holds them."""
    return np.array(plain, bool if wanted is dtypes.bool_ else complex if complex in kinds else float)


_SLOW = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a "
    "single numpy.ndarray with numpy.array() before converting to a tensor."
)
_PYTHON = frozenset((bool, int, float, complex))


def _kinds(data: Any) -> set:
    """The types of the Python numbers in nested sequences, and the dtypes of what has one."""
    if isinstance(data, (list, tuple)):
        kinds = set(map(type, data))
        if np.ndarray in kinds:
            warn_once(_SLOW, stacklevel=4)
        if not kinds <= _PYTHON:
            kinds = set().union(*map(_kinds, data))
        return kinds
    if isinstance(data, Variable):
        return {data._aval.dtype}
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype in dtypes.FROM_NUMPY:
        return {dtypes.FROM_NUMPY[data.dtype]}
    return {type(data)} & _PYTHON


def _dtype_of_kind(kind: Any) -> dtypes.dtype:
    if isinstance(kind, dtypes.dtype):
        return kind
    if kind is complex:
        return defaults.dtype.to_complex()
    return {bool: dtypes.bool_, int: dtypes.int64}.get(kind, defaults.dtype)


def _plain(data: Any) -> Any:
    if isinstance(data, Variable):
        return np.asarray(force(value_of(data))).tolist()
    if isinstance(data, np.ndarray):
        return data.tolist()
    if isinstance(data, np.generic):
        return data.item()
    if isinstance(data, (list, tuple)):
        return [
            d
            if isinstance(d, (int, float, complex)) and not isinstance(d, np.generic)
            else _element(d)
            if isinstance(d, Variable)
            else _plain(d)
            for d in data
        ]
    if isinstance(data, range):
        return list(data)
    if hasattr(data, "__array__"):
        return np.asarray(data).tolist()
    if hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, (str, bytes, dict)):
        return [_plain(data[i]) for i in range(len(data))]
    return data


def _element(tensor: Any) -> Any:
    """A tensor within a sequence is a number, whatever its dimensions."""
    if tensor._aval.numel != 1 and tensor._aval.dtype.category >= dtypes.FLOATING:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return tensor.item() if tensor._aval.numel == 1 else operator.index(tensor)


def _first(data: Any) -> Any:
    """The first item that is no number."""
    if not isinstance(data, list):
        return data
    return next((found for d in data if not isinstance(found := _first(d), (bool, int, float, complex))), 0)


def _check_rectangular(data: Any) -> None:
    """Refuse nested lists that differ from their first elements' lengths."""
    sizes, first = [], data
    while isinstance(first, list):
        sizes.append(len(first))
        first = first[0] if first else None
    _check_lengths(data, sizes, 0)


def _check_lengths(data: Any, sizes: list[int], depth: int) -> None:
    if depth == len(sizes):
        if isinstance(data, list):
            raise TypeError("must be real number, not list")
        return
    if not isinstance(data, list):
        raise TypeError("not a sequence")
    if len(data) != sizes[depth]:
        raise ValueError(f"expected sequence of length {sizes[depth]} at dim {depth} (got {len(data)})")
    for d in data:
        _check_lengths(d, sizes, depth + 1)


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Any:
    """A tensor holding a copy of `data` (numbers, nested sequences, NumPy or JAX arrays, tensors)."""
    dev = current_device(None if device is None else as_device(device))
    wanted = None if dtype is None else as_dtype(dtype, "tensor")
    if isinstance(data, Variable):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
        out = data.detach().clone() if wanted is None else data.detach().to(wanted, copy=True)
        out = out if device is None else out.to(dev)
    elif isinstance(data, (np.ndarray, np.generic)):
        array = np.asarray(data)
        source = dtypes.from_numpy_dtype(array.dtype.newbyteorder("=") if array.dtype.isnative else array.dtype)
        out = from_array(_convert(array, (wanted or source)), wanted or source, dev)
    elif isinstance(data, jax.Array) or hasattr(data, "__dlpack__"):
        data = data if isinstance(data, jax.Array) else jax.dlpack.from_dlpack(data)
        source = dtypes.from_numpy_dtype(data.dtype)
        out = wrap(
            leaf(
                jax.numpy.array(data),
                source,
                CPU if not hasattr(data, "devices") else of_jax(next(iter(data.devices()))),
            )
        )
        out = out if wanted is None else out.to(wanted)
    elif hasattr(data, "_untyped_storage") or (wanted is not None and hasattr(data, "untyped")):
        out = over_storage(data, wanted or defaults.dtype).clone()
    else:
        array = infer(data, wanted)
        if wanted is not None and wanted.numpy_dtype != array.dtype:
            array = _convert_data(data, array, wanted)
        out = from_array(array, dtypes.from_numpy_dtype(array.dtype), dev)
    return requiring(out, requires_grad)


def requiring(made: Any, requires_grad: bool) -> Any:
    """What a factory made, requiring grad where it is asked to."""
    if requires_grad and not made._aval.dtype.differentiable:
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return made.requires_grad_() if requires_grad else made


def over_storage(storage: Any, wanted: dtypes.dtype) -> Any:
    """What a storage holds as elements of a dtype, which a typed one must have."""
    own = getattr(storage, "dtype", wanted)
    if own is not wanted:
        raise RuntimeError(
            f"Expected a Storage of type {wanted.scalar_name} or an UntypedStorage, but got {own.scalar_name}"
        )
    return storage._tensor(wanted)


def _convert(array: np.ndarray, wanted: dtypes.dtype) -> np.ndarray:
    with np.errstate(invalid="ignore", over="ignore"):
        return np.array(array, dtype=wanted.numpy_dtype, order="C", copy=True)


def _convert_data(data: Any, inferred: np.ndarray, wanted: dtypes.dtype) -> np.ndarray:
    """Python numbers straight to `wanted`, so that doubles and big integers are not rounded on the way."""
    exact = np.array(_plain(data)) if inferred.size else inferred
    exact = inferred if exact.dtype == object else exact
    if exact.dtype.kind == "c" and not wanted.is_complex:
        raise TypeError("must be real number, not complex")
    if wanted.category == dtypes.INTEGRAL and exact.dtype.kind in "iuf" and exact.size:
        if not (in_range(exact.min().item(), wanted) and in_range(exact.max().item(), wanted)):
            raise RuntimeError(f"value cannot be converted to type {wanted.name} without overflow")
    return _convert(exact, wanted)
