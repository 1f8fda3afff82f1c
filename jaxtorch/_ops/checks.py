"""Checks of arguments that several families share, and range checks of index values.

Range checks run inside programs, since XLA clamps or drops silently what PyTorch refuses.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.info import finfo
from jaxtorch._ops.shape import cast


def out_of_range(index, low: int, high: int, error: type[Exception], text: str, before=()) -> tuple:
    """A check that `low <= index < high`; `text` has a place for the first value that is not.

    `before` holds the op's arrays before the index: the message is made from the op's arrays that are not floating.
    """
    position = sum(a is not None and not jnp.issubdtype(a.dtype, jnp.inexact) for a in before)

    def message(*arrays) -> str:
        values = np.asarray(arrays[position]).ravel()
        wrong = values[(values < low) | (values >= high)]
        return text.format(wrong[0] if wrong.size else "?")

    return (index >= low) & (index < high), error, message


def is_index(array, *names: str) -> bool:
    """Whether the array has one of the integer dtypes (int32 and int64 by default)."""
    return from_numpy_dtype(array.dtype).name in (names or ("int32", "int64"))


def dtype_name(array) -> str:
    """PyTorch's name of an array's dtype in error messages: Float, Long ..."""
    return from_numpy_dtype(array.dtype).scalar_name


_C_NAMES = {
    "float32": "float",
    "float64": "double",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "int32": "int",
    **{name: f"{name}_t" for name in ("uint8", "int8", "int16", "int64")},
}


CPP_NAMES = {
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "float32": "float",
    "float64": "double",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short int",
    "int32": "int",
    "int64": "long int",
}


def c_name(array) -> str:
    """The name of an array's dtype in C++: float, c10::Half ..."""
    return c_type(from_numpy_dtype(array.dtype))


def c_type(kind) -> str:
    """The name of a dtype in C++."""
    return _C_NAMES.get(kind.name, kind.name)


def as_type_of(value, x):
    """A number or 0-dim tensor as the dtype of `x`, which must not lose an imaginary part."""
    kind = from_numpy_dtype(x.dtype)
    if jnp.issubdtype(value.dtype, jnp.complexfloating) and not kind.is_complex:
        raise RuntimeError(f"value cannot be converted to type {c_name(x)} without overflow")
    return cast(value, kind)


def check_fits(number: Any, dtype: dtypes.dtype) -> None:
    """Refuse a number beyond the range of the dtype it is to fill, as PyTorch does; infinities and NaN are floats."""
    number = number.item() if isinstance(number, np.generic) else number
    parts = (number.real, number.imag) if isinstance(number, complex) else (number,)
    if not all(in_range(n, dtype) for n in parts) or (len(parts) == 2 and parts[1] and not dtype.is_complex):
        raise RuntimeError(f"value cannot be converted to type {c_type(dtype)} without overflow")


def in_range(number: Any, dtype: dtypes.dtype) -> bool:
    """Whether a real number lies within the range of a dtype."""
    if dtype.category == dtypes.BOOL:
        return True
    low, high = _limits(dtype)
    if dtype.category == dtypes.INTEGRAL:
        # An unsigned dtype takes negative integers, which wrap; negative floats it refuses.
        return (-high if low == 0 and isinstance(number, int) else low) <= number <= high
    return low <= number <= high or (isinstance(number, float) and not math.isfinite(number))


@functools.cache
def _limits(dtype: dtypes.dtype) -> tuple[Any, Any]:
    info: Any = np.iinfo(dtype.numpy_dtype) if dtype.category == dtypes.INTEGRAL else finfo(dtype)
    return info.min, info.max


def check_numbers_fit(numbers: tuple, dtype: dtypes.dtype) -> None:
    """`check_fits` for those arguments that are Python numbers."""
    for n in numbers:
        # what every dtype holds is let through at once; a complex number is the op's to refuse
        if (type(n) is int or type(n) is float) and not -128 <= n <= 127:
            check_fits(n, dtype)


def check_factor(common: dtypes.dtype, factor: Any, name: str = "") -> None:
    """Refuse a multiplier (its aval; None: 1) of a higher category than the result."""
    if factor is None:
        return
    if name and factor.dtype.category > dtypes.INTEGRAL >= common.category:
        raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
    if factor.dtype.category == dtypes.COMPLEX != common.category:
        raise RuntimeError(f"value cannot be converted to type {c_type(common)} without overflow")
