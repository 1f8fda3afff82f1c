"""In-place and `out=` variants, derived from the functional op: compute, check shape and dtype, write.

The rules are PyTorch's: the result of an in-place op must have the target's shape and a dtype that may be cast to it;
`out=` is resized when its shape differs and takes part in no graph.
"""

from __future__ import annotations

import warnings
from typing import Any

from jaxtorch._autograd import inplace, tape
from jaxtorch._autograd.node import Node
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._base.avals import aval
from jaxtorch._base.modes import modes
from jaxtorch._base.promotion import can_cast
from jaxtorch._engine.value import Value
from jaxtorch._ops.table import TABLE
from jaxtorch._storage.storage import Storage


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


def inplace_variant(function, name: str):
    """`name(target, ...)` from the functional op."""

    def in_place(input, *args, **kwargs):
        inplace.check_writable(input)
        return store(input, function(input, *args, **kwargs))

    in_place.__name__ = in_place.__qualname__ = name
    in_place.__doc__ = f"In-place version of `{function.__name__}`."
    return in_place


def write_out(name: str, out: Any, result: Any, inputs) -> Any:
    """Put results into the tensors given as `out=`."""
    if isinstance(out, (tuple, list)):
        for o, r in zip(out, result, strict=True):
            write_out(name, o, r, inputs)
        return type(result)(*out) if hasattr(result, "_fields") else tuple(out)
    if not isinstance(out, Variable):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if modes.grad and (out._rg or result._rg):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of "
            f"the arguments requires grad."
        )
    if not can_cast(result._aval.dtype, out._aval.dtype):
        raise RuntimeError(
            f"result type {result._aval.dtype.scalar_name} can't be cast to the desired output type "
            f"{out._aval.dtype.scalar_name}"
        )
    if result._aval.device is not out._aval.device:
        raise RuntimeError(
            f"Expected all tensors to be on the same device, but found at least two devices, "
            f"{result._aval.device} and {out._aval.device}!"
        )
    result = cast(result, out._aval.dtype)
    if out._aval.shape != result._aval.shape:
        resize_output(out, value_of(result))
    else:
        inplace.write(out, value_of(result))
    return out


def resize_output(out: Variable, value: Value) -> None:
    """Give `out` the shape of `value`, with PyTorch's warning when it held elements."""
    if out._aval.numel:
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {list(out._aval.shape)}, which "
            f"does not "
            f"match the required output shape {list(value.aval.shape)}. This behavior is deprecated, and in a "
            f"future PyTorch "
            f"release outputs will not be resized unless they have zero elements. You can explicitly reuse an out "
            f"tensor t by "
            f"resizing it, inplace, to zero elements with t.resize_(0).",
            UserWarning,
            stacklevel=4,
        )
    out._storage = out._vc = Storage(value)
    out._view = out._strides = None
    out._aval = aval(tuple(value.aval.shape), value.aval.dtype, value.aval.device)
