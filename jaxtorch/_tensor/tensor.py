"""The Tensor class: hand-written mixins, and every method the table gives, installed by one loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._autograd.node import LEAF
from jaxtorch._autograd.variable import Variable, alias, set_tensor_class, value_of
from jaxtorch._base.modes import defaults
from jaxtorch._base.sizes import Size
from jaxtorch._tensor import (
    composites,
    composites_more,
    conjugate,
    conversion,
    creation,
    dynamic,
    indexing,
    interop,
    metadata_inplace,
    queries,
    random,
    random_gamma,
    settings,
    view_methods,
    windows,
)
from jaxtorch._tensor.autograd_methods import AutogradMethods
from jaxtorch._tensor.construct import from_array, infer, over_storage
from jaxtorch._tensor.conversion import Conversions
from jaxtorch._tensor.creation import NewMethods, zeros
from jaxtorch._tensor.generate import build
from jaxtorch._tensor.operators import Operators
from jaxtorch._tensor.overriding import Overrides, set_tensor
from jaxtorch._tensor.pickling import Pickling
from jaxtorch._tensor.printing import Printing
from jaxtorch._tensor.properties import Properties
from jaxtorch._tensor.random import RandomMethods
from jaxtorch._tensor.view_methods import ViewMethods


class Tensor(
    Overrides,
    Operators,
    Printing,
    ViewMethods,
    Conversions,
    NewMethods,
    AutogradMethods,
    RandomMethods,
    Pickling,
    Properties,
    Variable,
):
    """A multi-dimensional array with PyTorch's semantics on an XLA array.

    `Tensor(2, 3)` and `Tensor([1.0, 2.0])` are the legacy constructors; prefer `torch.tensor` and `torch.empty`.
    """

    __array_priority__ = 1000  # NumPy leaves mixed expressions to the tensor

    def __new__(cls, *args: Any, device: Any = None, dtype: Any = None) -> Any:
        made = _legacy(args, defaults.dtype)
        return made if cls is Tensor else as_subclass(made, cls)

    @staticmethod
    def _of_dtype(args: tuple, dtype: Any, device: Any = None) -> Any:
        return _legacy(args, dtype)

    def as_subclass(self, cls: type) -> Any:
        """This tensor as an instance of a subclass, sharing memory and history."""
        return as_subclass(self, cls)


def _legacy(args: tuple, dtype: Any) -> Any:
    if not args:
        return zeros(0, dtype=dtype)
    if len(args) == 1:
        data = args[0]
        if isinstance(data, Size):
            return zeros(data, dtype=dtype)
        if isinstance(data, Variable):
            return alias(data)
        if hasattr(data, "untyped"):
            return over_storage(data, dtype)
        if data is None or isinstance(data, (float, complex)):
            raise TypeError(f"new(): data must be a sequence (got {type(data).__name__})")
        if not isinstance(data, (int, np.integer)):
            array = infer(data)
            return from_array(array.astype(dtype.numpy_dtype), dtype)
    return zeros(*args, dtype=dtype)


def as_subclass(source: Any, cls: type) -> Any:
    """`source` as an instance of `cls`, sharing memory, history and autograd state."""
    out = alias(source, cls)
    out._rg, out._node = source._rg, (source._node or (source, LEAF)) if source._rg else None
    if source._view is not None:
        value_of(source)
    return out


set_tensor_class(Tensor)
set_tensor(Tensor, as_subclass)
FUNCTIONS, _generated = build()
for _module in (
    view_methods,
    conjugate,
    conversion,
    dynamic,
    indexing,
    queries,
    creation,
    interop,
    random,
    random_gamma,
    composites,
    settings,
    windows,
):
    FUNCTIONS.update(_module.FUNCTIONS)
FUNCTIONS = {**composites_more.FUNCTIONS, **FUNCTIONS}
_by_hand = {name: method for cls in Tensor.__mro__[1:-1] for name, method in vars(cls).items()}
for _name, _method in {
    **composites_more.METHODS,  # whatever the table or another file has wins
    **_generated,
    **view_methods.METHODS,
    **conjugate.METHODS,
    **conversion.METHODS,
    **dynamic.METHODS,
    **composites.METHODS,
    **metadata_inplace.METHODS,
    **indexing.METHODS,
    **queries.METHODS,
}.items():
    if _name not in _by_hand:  # a method written in a mixin wins over the table's
        setattr(Tensor, _name, _method)
