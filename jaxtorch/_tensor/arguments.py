"""Conversions of call arguments: what PyTorch's argument parser accepts, as the engine wants it.

Each converter takes the function's name and the parameter for its error messages.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._base.avals import WEAK
from jaxtorch._base.devices import device as device_
from jaxtorch._base.devices import placed
from jaxtorch._base.dtypes import bool_, complex128, float64, int64
from jaxtorch._base.dtypes import dtype as dtype_
from jaxtorch._engine.recorder import force
from jaxtorch._engine.value import Value
from jaxtorch._tensor.overriding import Overridden, is_foreign

NUMBERS: tuple = (bool, int, float, complex)


def type_name(x: Any) -> str:
    """How PyTorch's error messages name the type of an argument."""
    if isinstance(x, Variable):
        return "Tensor"
    if isinstance(x, (list, tuple)):
        inside = (
            f" of ({', '.join(type_name(i) for i in x)})"
            if x and isinstance(x, tuple)
            else (f" of [{', '.join(type_name(i) for i in x)}]" if x else "")
        )
        return type(x).__name__ + inside
    return f"numpy.{type(x).__name__}" if isinstance(x, (np.ndarray, np.generic)) else type(x).__name__


def parser_name(dotted: str) -> str:
    """A function's name in the messages of PyTorch's argument parser: `special_zeta`, `softmax`."""
    space, _, name = dotted.rpartition(".")
    return f"{space}_{name}" if space in ("special", "linalg", "fft") else name


def argument_error(function: str, name: str, position: int, expected: str, got: Any) -> TypeError:
    """`sum(): argument 'dim' (position 2) must be int, not str`."""
    where = f" (position {position})" if position else ""
    kind = Overridden if is_foreign(got) else TypeError
    return kind(f"{function}(): argument '{name}'{where} must be {expected}, not {type_name(got)}")


def check_tensors(function: str, **arguments: Any) -> None:
    """Refuse what is no tensor among a function's first arguments, which stand in their order."""
    for position, (name, x) in enumerate(arguments.items(), 1):
        if not isinstance(x, Variable):
            raise argument_error(function, name, position, "Tensor", x)


def number(x: Any) -> Value | None:
    """A Python, NumPy or JAX-free number as a weak value; None when `x` is no number."""
    aval = WEAK.get(type(x))
    if aval is not None:
        return Value(None, None, aval, x)
    if isinstance(x, np.generic):
        return number(x.item())
    for kind in NUMBERS:  # subclasses such as IntEnum
        if isinstance(x, kind):
            return number(kind(x))
    return None


def integer(x: Any, function: str = "", name: str = "", position: int = 0) -> int:
    """An int: from ints, NumPy integers and integer tensors of one element."""
    if type(x) is int:
        return x
    if isinstance(x, Variable):
        if x._aval.numel == 1 and x._aval.dtype.category < 2:
            return int(np.asarray(force(value_of(x))).reshape(()))
        raise argument_error(function, name, position, "int", x)
    if isinstance(x, (float, bool)):  # PyTorch's parser tells True from 1
        raise argument_error(function, name, position, "int", x)
    try:
        return operator.index(x)
    except TypeError:
        raise argument_error(function, name, position, "int", x) from None


def integers(x: Any, size: int = 0, function: str = "", name: str = "", position: int = 0) -> tuple[int, ...]:
    """A tuple of ints; one int stands for `size` of them where the schema says `int[k]`."""
    if isinstance(x, (tuple, list)):
        for i in x:
            if type(i) is not int:
                return tuple([_element(i, k, x, function, name, position) for k, i in enumerate(x)])
        return tuple(x)
    if size:
        return (integer(x, function, name, position),) * size
    if isinstance(x, Variable) and x._aval.ndim == 1:
        return tuple(int(i) for i in np.asarray(force(value_of(x))))
    if isinstance(x, np.ndarray):
        return tuple(int(i) for i in x)
    raise argument_error(function, name, position, "tuple of ints", x)


def _element(i: Any, k: int, whole: Any, function: str, name: str, position: int) -> int:
    try:
        return integer(i)
    except TypeError:
        where = f" (position {position})" if position else ""
        raise TypeError(
            f"{function}(): argument '{name}'{where} must be tuple of ints, but found element of type "
            f"{type_name(i)} at pos {k}"
        ) from None


def floating(x: Any, function: str = "", name: str = "", position: int = 0) -> float:
    """A float: from Python and NumPy numbers and one-element tensors."""
    if type(x) is float:
        return x
    if isinstance(x, Variable) and x._aval.numel == 1:
        return float(np.asarray(force(value_of(x))).reshape(()))
    if isinstance(x, (int, float, np.generic)):
        return float(x)
    raise argument_error(function, name, position, "float", x)


def boolean(x: Any, function: str = "", name: str = "", position: int = 0) -> bool:
    """A bool."""
    if type(x) is bool:
        return x
    if isinstance(x, (bool, int, np.bool_)):
        return bool(x)
    if isinstance(x, Variable) and x._aval.numel == 1:
        return bool(np.asarray(force(value_of(x))).reshape(()))
    raise argument_error(function, name, position, "bool", x)


def as_dtype(x: Any, function: str = "", name: str = "dtype", position: int = 0) -> dtype_:
    """A dtype; Python's number types stand for PyTorch's."""
    if isinstance(x, dtype_):
        return x
    if isinstance(x, type) and x in _BY_PYTHON_TYPE:
        return _BY_PYTHON_TYPE[x]
    raise argument_error(function, name, position, "torch.dtype", x)


_BY_PYTHON_TYPE: dict = {float: float64, int: int64, bool: bool_, complex: complex128}


def as_device(x: Any) -> device_:
    """The device of a tensor made on `x`; a string or an index says one too."""
    return placed(x if type(x) is device_ else device_(x))


def static_any(x: Any) -> Any:
    """Metadata of any kind, made hashable."""
    if isinstance(x, list):
        return tuple([static_any(i) for i in x])
    if isinstance(x, tuple):
        return tuple([static_any(i) for i in x])
    if isinstance(x, np.generic):
        return x.item()
    return x
