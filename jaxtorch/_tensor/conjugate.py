"""Lazy conjugation: `conj` of a complex tensor is a view, as in PyTorch; real tensors are their own conjugates."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import Variable
from jaxtorch._base import dtypes
from jaxtorch._ops.table import TABLE
from jaxtorch._storage.chain import Link
from jaxtorch._tensor.geometry import offset
from jaxtorch._tensor.layouts import strided
from jaxtorch._tensor.out import write_out

_CONJ, _REAL, _IMAG, _NEG = TABLE["_conj"], TABLE["_real"], TABLE["_imag"], TABLE["_negative_view"]


def lazy_state(x: Variable) -> tuple[bool, bool]:
    """Whether `x` shows the conjugate, and whether it shows the negative, of what is in memory."""
    conjugated = negated = False
    if x._view is not None:
        for link in x._view.chain:
            if link.op is _CONJ:
                conjugated = not conjugated
            elif link.op is _NEG:
                negated = not negated
            elif link.op is _REAL or link.op is _IMAG:
                negated = negated != (conjugated and link.op is _IMAG)
                conjugated = False
    return conjugated, negated


def conj(input: Any) -> Any:
    """The complex conjugate, as a view; a real tensor itself."""
    if not input._aval.dtype.is_complex:
        return input
    if input.layout is not strided:
        return conj_physical(input)
    return tape.view_of(input, (Link(_CONJ, (), None),), input._strides, offset(input), "ConjBackward0")


def _neg_view(input: Any) -> Any:
    """The negative, as a view."""
    return tape.view_of(
        input, (Link(TABLE["_negative_view"], (), None),), input._strides, offset(input), "NegViewBackward0"
    )


def conj_physical(input: Any, *, out: Any = None) -> Any:
    """The complex conjugate in memory of its own; a real tensor itself."""
    if out is None and not input._aval.dtype.is_complex:
        return input
    if input.layout is not strided:
        exact = input.coalesce() if input.is_sparse else input
        result = exact.with_values(conj_physical(exact._of))
    else:
        result = tape.unary(TABLE["_conj_physical"], input)
    return result if out is None else write_out("conj_physical", out, result)


def positive(input: Any) -> Any:
    """The tensor itself; RuntimeError for bools."""
    if input._aval.dtype is dtypes.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def adjoint(input: Any) -> Any:
    """The conjugate transpose of matrices, as a view."""
    if input._aval.ndim < 2 and input._aval.ndim:
        raise RuntimeError(
            f"tensor.adjoint() is only supported on matrices or batches of matrices. Got {input._aval.ndim}-D tensor."
        )
    return conj(input.transpose(-2, -1) if input._aval.ndim else input)


def is_conj(input: Any) -> bool:
    """Whether the tensor shows the conjugate of what is in memory."""
    return lazy_state(input)[0]


def is_neg(input: Any) -> bool:
    """Whether the tensor shows the negative of what is in memory: the imaginary part of a conjugate does."""
    return lazy_state(input)[1]


def resolve_conj(input: Any) -> Any:
    """The tensor itself, or a copy where it is a lazy conjugate."""
    return input.clone() if is_conj(input) else input


def resolve_neg(input: Any) -> Any:
    """The tensor itself, or a copy where it is lazily negated."""
    return input.clone() if is_neg(input) else input


FUNCTIONS = {
    f.__name__: f
    for f in (conj, conj_physical, positive, adjoint, is_conj, is_neg, resolve_conj, resolve_neg, _neg_view)
}
METHODS = FUNCTIONS
