"""Writing into variables: the storage gets a new value, and histories are rebased as PyTorch does.

A write through a view gives the base a `CopySlices` node; other views renew their grad_fn when they are next read.
"""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.node import Node, move_retained
from jaxtorch._autograd.variable import Variable, View, value_of
from jaxtorch._base.batching import batching
from jaxtorch._base.modes import modes
from jaxtorch._engine.recorder import find_call, record
from jaxtorch._engine.value import Value
from jaxtorch._ops.table import TABLE
from jaxtorch._storage import chain as chains

LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation."
NO_GRAD_VIEW = (
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use "
    "case is "
    "ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace "
    "either "
    "both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the "
    "inplace "
    "to be tracked)."
)
_UNBATCHED_TARGET = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args "
    "that has more elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped "
    "over in a vmap. Please try to use out-of-place operators instead of inplace arithmetic. If said operator is being "
    "called inside the PyTorch framework, please file a bug report instead."
)
OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
    "Please clone() the tensor before performing the operation."
)


def check_writable(target: Variable, overlap: bool = True) -> None:
    """Raise where PyTorch forbids an in-place operation on `target`; `overlap`: one that writes different values."""
    view = target._view
    if view is not None:
        value_of(target)  # a stale view renews its grad_fn first
        base = view.base
        if modes.grad and not target._rg and base is not None and base._rg and target._aval.dtype.differentiable:
            _check_view(view)  # the base has come to require grad since
    if modes.grad and target._rg:
        if view is not None and view.base is not None and view.base._rg:
            _check_view(view)
        if target._node is None:
            raise RuntimeError(LEAF)
    if overlap:
        check_overlap(target)


def check_overlap(target: Variable) -> None:
    """Raise for a target that shows one place of its memory several times."""
    strides = target._strides
    if strides is not None:
        for size, stride in zip(target._aval.shape, strides, strict=True):
            if stride == 0 and size > 1:
                raise RuntimeError(OVERLAP)


def _check_view(view: View) -> None:
    if not view.tracked:
        raise RuntimeError(NO_GRAD_VIEW)
    if view.name in _ONE_OF_SEVERAL:
        raise RuntimeError(
            f"Output {_ONE_OF_SEVERAL[view.name](view.chain[-1])} of {view.name.removesuffix('Backward0')} is a "
            f"view and is being modified inplace. This view is the output of a function that returns "
            f"multiple views. Such functions do not allow the output views to be modified inplace. You "
            f"should replace the inplace operation by an out-of-place one."
        )
    if view.base._node is None:
        raise RuntimeError(VIEW_OF_LEAF)


def _piece(link: chains.Link) -> int:
    begin, length = next(part[1:3] for part in link.statics[0] if part[0] == "range")
    return begin // length if length else 0


# Views that functions give several of, and which of them a view is.
_ONE_OF_SEVERAL: dict[str, Any] = {
    "UnbindBackward0": lambda link: link.numbers[0],
    "SplitBackward0": _piece,
    "SplitWithSizesBackward0": _piece,
}


def write(target: Variable, value: Value, source: Any = None) -> None:
    """Put `value` (of the target's shape and dtype) into `target`.

    `source` is the variable whose history the target takes over; None writes a constant, which cuts history.
    """
    storage = target._storage
    view = target._view
    if batching.used and not {n for n, _ in value.aval.batch} <= {n for n, _ in target._aval.batch}:
        raise RuntimeError(_UNBATCHED_TARGET)
    tracking = modes.grad and source is not None and source._rg
    before = target._node
    if view is None:
        storage.value = value
        _moved_on(target)
        if tracking:
            target._rg, target._node = True, source._node or _copied(source, value)
        elif modes.grad and target._rg and target._node is not None:
            # what was written needs no gradient; that of what was there is zero
            target._node = _copied(None, value, target._node)
        if before is not None:
            move_retained(target, before)
        return
    call, args = chains.write_call(storage.value, value, view.chain)
    _rebase(target, view, value, source if tracking else None)
    storage.value = record(call, args)
    _moved_on(target)
    view.value, view.stamp = value, storage.stamp
    if view.base is not None and view.base._rg and modes.grad:
        view.stamp = -1  # its grad_fn is that of a view of the new base


def _copied(source: Any, value: Value, before: Any = None) -> Node:
    """The history of a leaf's value (None: a constant's) written over what had the history `before`."""
    call = find_call(TABLE["_overwritten"], (), None, (value, value))
    return Node(call, (None, None), (source, before), ())


def hand_to_base(target: Variable) -> None:
    """Give the base of a view the history that a Function which changed the view in place has given the view."""
    view = target._view
    if view is not None and view.base is not None:
        _rebase(target, view, value_of(target), target)
        view.stamp = -1  # its grad_fn is that of a view of the new base


def _moved_on(target: Variable) -> None:
    target._storage.stamp += 1
    target._vc.version += 1


def _rebase(target: Variable, view: Any, value: Value, source: Any) -> None:
    """Give the differentiable base the history of a write into the part that `target` shows."""
    base = view.base
    if not modes.grad:
        return
    if base is None:  # a detached window: it has a history of its own
        target._rg, target._node = source is not None, None
        if source is not None:
            target._node = source._node or _copied(source, value)
        return
    if source is None and not base._rg:
        return
    links = view.chain[len(view.chain) - view.links :]
    call, args = chains.write_call(value_of(base), value, links)
    edges = ((base._node or base) if base._rg else None, None if source is None else source._node or source)
    node = Node(call, (None, None, *args[2:]), (*edges, *[None] * (len(args) - 2)), ())
    before = base._node
    base._rg, base._node = True, node
    if before is not None:
        move_retained(base, before)
