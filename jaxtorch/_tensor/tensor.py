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
from jaxtorch._tensor.arguments import as_device
from jaxtorch._tensor.autograd_methods import AutogradMethods
from jaxtorch._tensor.construct import over_storage, tensor
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
        made = _legacy(args, defaults.dtype, device)
        return made if cls is Tensor else as_subclass(made, cls)

    @staticmethod
    def _of_dtype(args: tuple, dtype: Any, device: Any = None) -> Any:
        return _legacy(args, dtype, device)

    def as_subclass(self, cls: type) -> Any:
        """This tensor as an instance of a subclass, sharing memory and history."""
        return as_subclass(self, cls)

    @staticmethod
    def _make_subclass(cls: type, data: Any, require_grad: bool = False) -> Any:
        """`data`, cut off from its history, as an instance of a subclass that shares its memory."""
        if not (isinstance(cls, type) and issubclass(cls, Variable)):
            raise TypeError(
                "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible. Make sure "
                "your class inherits from Tensor."
            )
        if not isinstance(data, Variable):
            raise TypeError(f"_make_subclass(): argument 'data' (position 2) must be Tensor, not {type(data).__name__}")
        if require_grad and not (data._aval.dtype.is_floating_point or data._aval.dtype.is_complex):
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        return alias(data, cls).requires_grad_(require_grad)

    def module_load(self, other: Any, assign: bool = False) -> Any:
        """What `load_state_dict` puts in this tensor's place where it swaps tensors: subclasses may override it."""
        return other.detach() if assign else self.copy_(other).detach()


def _legacy(args: tuple, dtype: Any, device: Any = None) -> Any:
    if device is not None:
        _check_legacy_device(args, as_device(device))
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
            return tensor(data, dtype=dtype)
    return zeros(*args, dtype=dtype)


def _check_legacy_device(args: tuple, device: Any) -> None:
    if args and isinstance(args[0], Variable):
        raise RuntimeError(
            "Legacy tensor constructor of the form torch.Tensor(tensor, device=device) is not supported.  Use "
            "torch.tensor(...) or torch.as_tensor(...) instead."
        )
    if device.type != "cpu":
        raise RuntimeError(f"legacy constructor expects device type: cpu but device type: {device.type} was passed")


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
