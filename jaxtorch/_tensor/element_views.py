"""Views of the same bytes as other elements: parts of complex numbers, other dtypes."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import value_of
from jaxtorch._base import dtypes
from jaxtorch._ops.table import TABLE
from jaxtorch._storage.chain import Link
from jaxtorch._tensor.geometry import normal, offset, strides


def view_as_real(input: Any) -> Any:
    """A complex tensor as pairs of real numbers."""
    if not input._aval.dtype.is_complex:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if input.is_conj():
        raise RuntimeError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can "
            "view it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the "
            "original."
        )
    shape = (*input._aval.shape, 2)
    st = (*[2 * s for s in strides(input)], 1)
    link = Link(TABLE["_view_as_real"], (), None)
    return tape.view_of(input, (link,), normal(shape, st), 2 * offset(input), "ViewAsRealBackward0")


def view_as_complex(input: Any) -> Any:
    """Pairs of real numbers as a complex tensor."""
    shape, st = input._aval.shape, strides(input)
    if input._aval.dtype not in (dtypes.float32, dtypes.float64, dtypes.float16):
        raise RuntimeError(
            f"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar "
            f"type: {input._aval.dtype.scalar_name}"
        )
    if input._aval.dtype is dtypes.float16:
        raise NotImplementedError("view_as_complex of float16 is not supported by jaxtorch: XLA has no complex32")
    if not shape:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if st[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(s % 2 for s in st[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    new = tuple(s // 2 for s in st[:-1])
    link = Link(TABLE["_view_as_complex"], (), None)
    return tape.view_of(input, (link,), normal(tuple(shape[:-1]), new), offset(input) // 2, "ViewAsComplexBackward0")


def real(input: Any) -> Any:
    """The real parts of a complex tensor (a view); a real tensor itself."""
    return _part(input, "_real", 0) if input._aval.dtype.is_complex else input


def imag(input: Any) -> Any:
    """The imaginary parts of a complex tensor, as a view."""
    if not input._aval.dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _part(input, "_imag", 1)


def _part(input: Any, op: str, shift: int) -> Any:
    shape, st = tuple(input._aval.shape), tuple(2 * s for s in strides(input))
    return tape.view_of(
        input, (Link(TABLE[op], (), None),), normal(shape, st), 2 * offset(input) + shift, "SelectBackward0"
    )


def _check_widening(ratio: int, shape: tuple, st: tuple, start: int, what: str) -> None:
    """Several elements become one: each row has to begin and end with one."""
    named = [("self.size(-1)", shape[-1]), ("self.storage_offset()", start)]
    named += [(f"self.stride({d})", step) for d, step in enumerate(st[:-1])]
    for name, value in named:
        if value % ratio:
            raise RuntimeError(
                f"{name} must be divisible by {ratio} to view {what} (different element sizes), but got {value}"
            )


def view_dtype(input: Any, dtype: dtypes.dtype) -> Any:
    """The same bytes as elements of another dtype."""
    old = input._aval.dtype
    shape, st = tuple(input._aval.shape), strides(input)
    if input.is_conj():
        raise RuntimeError(
            "torch.Tensor.view is not supported for conjugate view tensors when converting to a different dtype."
        )
    if input.is_neg():
        raise RuntimeError(
            "torch.Tensor.view is not supported for tensors with negative bit set when converting to a different dtype."
        )
    start, ratio = offset(input), old.itemsize / dtype.itemsize
    if old.itemsize != dtype.itemsize:
        if not shape:
            raise RuntimeError(
                f"self.dim() cannot be 0 to view {old.scalar_name} as {dtype.scalar_name} (different element sizes)"
            )
        if st[-1] != 1:
            raise RuntimeError(
                f"self.stride(-1) must be 1 to view {old.scalar_name} as {dtype.scalar_name} (different element "
                f"sizes), but got {st[-1]}"
            )
        if ratio < 1:
            _check_widening(int(1 / ratio), shape, st, start, f"{old.scalar_name} as {dtype.scalar_name}")
        shape = (*shape[:-1], int(shape[-1] * ratio))
        st = (*[int(s * ratio) for s in st[:-1]], 1)
        start = int(start * ratio)
    value_of(input)
    return tape.view_of(input, (Link(TABLE["_view_dtype"], (dtype,), None),), normal(shape, st), start, "ViewBackward0")
