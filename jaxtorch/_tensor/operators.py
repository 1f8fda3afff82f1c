"""Python's operators on tensors, thin over the tape: this is the hot path."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxtorch._autograd import inplace, tape
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import FLOATING, FROM_NUMPY
from jaxtorch._ops.checks import check_numbers_fit
from jaxtorch._ops.table import TABLE
from jaxtorch._tensor import indexing
from jaxtorch._tensor.arguments import number
from jaxtorch._tensor.conjugate import positive
from jaxtorch._tensor.construct import from_array
from jaxtorch._tensor.out import check_sources
from jaxtorch._tensor.overriding import again
from jaxtorch._tensor.variants import store


def _operand(other: Any) -> Any:
    """The right side as the tape takes it; NotImplemented when it is no tensor and no number."""
    if isinstance(other, Variable):
        return other
    found = number(other)
    return NotImplemented if found is None else found


def _binary(name: str) -> Any:
    op, binary = TABLE[name], tape.binary

    def operator(self, other):
        if not isinstance(other, Variable):
            right = _operand(other)
            if right is NotImplemented:
                return again(operator, self, other)
            other = right
        return binary(op, self, other)

    return operator


def _reflected(name: str) -> Any:
    """`other (op) self`, for operations that do not commute."""
    op, binary = TABLE[name], tape.binary

    def operator(self, other):
        other = _operand(other)
        if not isinstance(self, Variable):  # Tensor.__rpow__(2, x), where PyTorch takes numbers too
            self = _operand(self)
        return NotImplemented if other is NotImplemented else binary(op, other, self)

    return operator


_rdiv = _binary("_rdiv")
_rsub = _binary("rsub")


def _divided(self: Any, other: Any) -> Any:
    """`other / self`; NumPy leaves arrays to the tensor, and takes a product with them."""
    return self.reciprocal() * other if isinstance(other, np.ndarray) else _rdiv(self, other)


def _commuted(name: str, written: str) -> Any:
    """`other (op) self`, for operations that commute."""
    op, binary = TABLE[name], tape.binary

    def operator(self, other):
        other = _operand(other)
        if not isinstance(self, Variable):
            raise TypeError(
                f"descriptor '{written}' for 'torch._C.TensorBase' objects doesn't apply to a '{type(self).__name__}' "
                "object"
            )
        return NotImplemented if other is NotImplemented else binary(op, self, other)

    return operator


def _in_place(name: str) -> Any:
    op, binary = TABLE[name], tape.binary

    def operator(self, other):
        other = _operand(other)
        if other is NotImplemented:
            return NotImplemented
        inplace.check_writable(self)
        result = binary(op, self, other)
        if isinstance(other, Variable) and other._storage is self._storage:
            check_sources(self, (other,))
        return store(self, result)

    return operator


def _unary(name: str) -> Any:
    op, unary = TABLE[name], tape.unary

    def operator(self):
        return unary(op, self)

    return operator


_not = _unary("bitwise_not")


def _invert(self: Any) -> Any:
    if self._aval.dtype.category >= FLOATING:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return _not(self)


def check_power(base: Any, exponent: int) -> None:
    """Raise for an integer tensor to a Python integer that is negative, or beyond the tensor's dtype."""
    dtype = base._aval.dtype
    if dtype.category < FLOATING:
        if exponent < 0:
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        check_numbers_fit((exponent,), dtype)


def power(self: Any, other: Any) -> Any:
    """`self ** other`; small constant exponents are compiled in."""
    kind = type(other)
    if kind is int or kind is float:
        if other in _STATIC_POWERS and self._aval.dtype.category > 1:
            return tape.unary(TABLE["_pow_static"], self, (other,))
        if kind is int:
            check_power(self, other)
        return tape.binary(TABLE["pow"], self, number(other))
    other = _operand(other)
    return NotImplemented if other is NotImplemented else tape.binary(TABLE["pow"], self, other)


_pow_ = _in_place("pow")


def in_place_power(self: Any, other: Any) -> Any:
    """`self **= other`."""
    if type(other) is int:
        check_power(self, other)
    return _pow_(self, other)


_STATIC_POWERS = frozenset((2, 3, 4, 0.5, -1, -2, -0.5, 1, 0))


class Operators:
    """Operators of Tensor."""

    __slots__ = ()

    __add__ = _binary("add")
    __radd__ = _commuted("add", "__radd__")
    __iadd__ = _in_place("add")
    __sub__ = _binary("sub")
    __isub__ = _in_place("sub")

    def __rsub__(self: Any, other: Any) -> Any:
        return _rsub(self, other) if isinstance(self, Variable) else NotImplemented

    __mul__ = _binary("mul")
    __rmul__ = _commuted("mul", "__rmul__")
    __imul__ = _in_place("mul")
    __truediv__ = _binary("div")
    __rtruediv__ = _divided
    __itruediv__ = _in_place("div")
    __div__, __idiv__ = __truediv__, __itruediv__
    __floordiv__ = _binary("floor_divide")
    __rfloordiv__ = _reflected("floor_divide")
    __ifloordiv__ = _in_place("floor_divide")
    __mod__ = _binary("remainder")
    __rmod__ = _reflected("remainder")
    __imod__ = _in_place("remainder")
    __pow__ = power
    __rpow__ = _reflected("pow")
    __ipow__: Any = in_place_power
    __and__ = _binary("bitwise_and")
    __rand__ = _commuted("bitwise_and", "__rand__")
    __iand__ = _in_place("bitwise_and")
    __or__ = _binary("bitwise_or")
    __ror__ = _commuted("bitwise_or", "__ror__")
    __ior__ = _in_place("bitwise_or")
    __xor__ = _binary("bitwise_xor")
    __rxor__ = _commuted("bitwise_xor", "__rxor__")
    __ixor__ = _in_place("bitwise_xor")
    __lshift__ = _binary("bitwise_left_shift")
    __rlshift__ = _reflected("bitwise_left_shift")
    __ilshift__ = _in_place("bitwise_left_shift")
    __rshift__ = _binary("bitwise_right_shift")
    __rrshift__ = _reflected("bitwise_right_shift")
    __irshift__ = _in_place("bitwise_right_shift")
    __lt__ = _binary("lt")
    __le__ = _binary("le")
    __gt__ = _binary("gt")
    __ge__ = _binary("ge")
    __neg__ = _unary("neg")
    __abs__ = _unary("abs")
    __invert__ = _invert

    def __rdiv__(self: Any, other: Any) -> Any:
        return self.reciprocal() * other

    def __pos__(self: Any) -> Any:
        return positive(self)

    def __eq__(self: Any, other: Any) -> Any:
        right = _operand(other)
        if right is NotImplemented and isinstance(other, np.ndarray) and other.dtype in FROM_NUMPY:
            right = from_array(other.copy(), FROM_NUMPY[other.dtype])  # of the comparisons only this one takes arrays
        return NotImplemented if right is NotImplemented else tape.binary(TABLE["eq"], self, right)

    def __ne__(self: Any, other: Any) -> Any:
        other = _operand(other)
        return NotImplemented if other is NotImplemented else tape.binary(TABLE["ne"], self, other)

    def __matmul__(self: Any, other: Any) -> Any:
        return tape.binary(TABLE["matmul"], self, other) if isinstance(other, Variable) else NotImplemented

    def __rmatmul__(self: Any, other: Any) -> Any:
        return tape.binary(TABLE["matmul"], other, self) if isinstance(other, Variable) else NotImplemented

    def __getitem__(self: Any, index: Any) -> Any:
        return indexing.getitem(self, index)

    def __setitem__(self: Any, index: Any, value: Any) -> None:
        indexing.setitem(self, index, value)

    def __delitem__(self: Any, index: Any) -> None:
        raise TypeError("Tensor does not support deleting items")


Operators.__hash__ = lambda self: id(self)  # type: ignore[method-assign]  # __eq__ would take it away
