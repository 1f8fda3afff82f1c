"""In-place variants, derived from the functional op: compute, check shape and dtype, write.

The rules are PyTorch's: the result of an in-place op must have the target's shape and a dtype that may be cast to it.
"""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd import inplace, tape
from jaxtorch._autograd.node import Node
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._base.promotion import can_cast
from jaxtorch._ops.table import TABLE
from jaxtorch._tensor.layouts import strided
from jaxtorch._tensor.out import check_sources
from jaxtorch._tensor.out import write_out as write_out
from jaxtorch._tensor.sparse_inputs import SparseInput


def cast(x: Variable, dtype) -> Any:
    """`x` in another dtype, differentiably; `x` itself when it has it."""
    if x._aval.dtype is dtype:
        return x
    return tape.unary(TABLE["_to_copy"], x, (dtype,))


def expand_to(x: Variable, shape) -> Any:
    """A broadcast copy of `x`."""
    if x._aval.shape == shape:
        return x
    return tape.unary(TABLE["_expand"], x, (tuple(shape),))


def store(target: Variable, result: Variable) -> Variable:
    """Write an op's result into its in-place target."""
    made = result._node
    if result._aval is not target._aval:
        result = _fit(target, result)
    inplace.write(target, value_of(result), result)
    if isinstance(made, Node) and made.versions:
        made.versions = _versions_after(target, made)
    return target


def _versions_after(target: Variable, node: Node) -> tuple:
    """Saved versions once the target is written: its old content was kept as it was, a saved result is the target
    now."""
    kept: list = []
    for i in range(0, len(node.versions), 4):
        counter, version, aval_, origin = node.versions[i : i + 4]
        if origin is node:
            kept.extend((target._vc, target._vc.version, aval_, node))
        elif i or origin is not target:
            kept.extend((counter, version, aval_, origin))
    return tuple(kept)


def _fit(target: Variable, result: Variable) -> Any:
    shape, dtype = target._aval.shape, target._aval.dtype
    if result._aval.shape != shape:
        raise RuntimeError(
            f"output with shape {list(shape)} doesn't match the broadcast shape {list(result._aval.shape)}"
        )
    if not can_cast(result._aval.dtype, dtype):
        raise RuntimeError(
            f"result type {result._aval.dtype.scalar_name} can't be cast to the desired output type {dtype.scalar_name}"
        )
    return cast(result, dtype)


# These write some elements while they read the others' inputs: not even the target itself may be among them.
_APART = frozenset(("scatter", "scatter_add", "scatter_reduce", "index_add", "index_copy", "index_reduce", "put"))


# In-place functions that PyTorch lets write into expanded tensors: what does it, and says whether it has.
ON_EXPANDED: dict[str, Any] = {}


def inplace_variant(function, name: str, op: Any = None):
    """`name(target, ...)` from the functional op; `op` is its row of the table, if it has one."""
    whole = op is not None and op.name in _APART
    checked = whole or (op is not None and (op.pointwise or op.name == "masked_fill"))
    complex_to_float = op is not None and op.promote == "complex_to_float"

    expanded = None if op is None else op.name

    def in_place(input, *args, **kwargs):
        if input._strides is not None and expanded in ON_EXPANDED:
            if ON_EXPANDED[expanded](in_place, input, *args, **kwargs):
                return input
        inplace.check_writable(input)
        result = function(input, *args, **kwargs)
        try:
            if checked:
                check_sources(input, (*args, *kwargs.values()) if kwargs else args, whole)
            if complex_to_float and input._aval.dtype.is_complex:
                raise RuntimeError(f"In-place {name[:-1]} is not supported for complex tensors.")
            return store(input, result)
        except SparseInput:
            if result.layout is strided:
                raise
            if input.layout is strided:
                return store(input, result.to_dense())
            input.replace(result)
            return input

    in_place.__name__ = in_place.__qualname__ = name
    in_place.__doc__ = f"In-place version of `{function.__name__}`."
    return in_place
