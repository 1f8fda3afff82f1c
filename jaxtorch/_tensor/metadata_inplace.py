"""In-place changes of a tensor's own metadata: `unsqueeze_`, `transpose_`, `resize_`, `set_` and their like."""

from __future__ import annotations

import math
from typing import Any

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import Variable, View, alias, value_of
from jaxtorch._base.sizes import contiguous_strides, infer_size
from jaxtorch._ops.checks import c_type
from jaxtorch._ops.table import TABLE
from jaxtorch._storage.chain import Link
from jaxtorch._storage.host import shared_array
from jaxtorch._tensor import view_methods
from jaxtorch._tensor.arguments import integers
from jaxtorch._tensor.construct import current_device
from jaxtorch._tensor.conversion import ordered_dims
from jaxtorch._tensor.creation import uninitialized, zeros
from jaxtorch._tensor.layouts import channels_last, channels_last_3d


def _become(target: Variable, view: Variable) -> Any:
    """Let a tensor be what a view of it is, sharing memory with its other aliases."""
    if target._rg and target._node is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    old, mine = view._view, target._view
    assert old is not None
    if mine is not None and mine.base is not None and old.base is mine.base:  # still a view of what it was a view of
        target._view = old
    else:
        target._view = View(old.chain, old.value, old.stamp, None, 0, old.offset, False, old.name)
    target._aval, target._strides = view._aval, view._strides
    target._rg, target._node = view._rg, view._node
    target._vc.version += 1
    return target


def _in_place(function: Any, name: str) -> Any:
    def change(self: Any, *args: Any, **kwargs: Any) -> Any:
        source = self
        if self._view is None or self._view.base is None:
            source = alias(self)
            source._rg, source._node = self._rg, self._node
        view = function(source, *args, **kwargs)
        return self if view is source else _become(self, view)

    change.__name__ = change.__qualname__ = name
    change.__doc__ = f"In-place `{name[:-1]}`: changes this tensor's shape and strides."
    return change


METHODS: dict[str, Any] = {
    f"{name}_": _in_place(getattr(view_methods, function), f"{name}_")
    for name, function in {
        "unsqueeze": "unsqueeze",
        "squeeze": "squeeze",
        "transpose": "transpose",
        "swapaxes": "transpose",
        "swapdims": "transpose",
        "t": "t",
        "as_strided": "as_strided",
    }.items()
}


def resize_(self: Any, *sizes: Any, memory_format: Any = None) -> Any:
    """Change the shape; the storage grows when it has to (new elements are zero here, undefined in PyTorch)."""
    shape = integers(view_methods.spread(sizes) if sizes else (), 0, "resize_", "size", 1)
    if self._rg:
        raise RuntimeError("cannot resize variables that require grad")
    numel = math.prod(shape)
    if memory_format is not None:
        return _resized_in_order(self, shape, memory_format)
    if tuple(self._aval.shape) == shape:
        return self
    flat = view_methods.storage_window(self)
    start = view_methods.offset(self)
    if start + numel > flat._aval.numel:
        if shared_array(self._storage) is not None:
            raise RuntimeError("Trying to resize storage that is not resizable")
        grown = uninitialized(zeros(start + numel, dtype=self._aval.dtype, device=current_device(self._aval.device)))
        grown[: flat._aval.numel] = flat.detach()
        self._storage.value, self._storage.strides = value_of(grown), None
        self._storage.stamp += 1
        flat = grown
        self._view = None
    window = alias(flat)
    window._storage = self._storage
    shown = view_methods.index_view(window, {0: ("slice", start, numel, 1, True)}, "AliasBackward0")
    shown = tape.view_of(
        shown, (Link(TABLE["_view"], (infer_size(shape, numel),), None),), None, start, "ViewBackward0"
    )
    return _become(self, shown)


def resize_as_(self: Any, the_template: Any, *, memory_format: Any = None) -> Any:
    """`resize_(the_template.size())`; with `memory_format=torch.preserve_format`, in the order of the template."""
    if memory_format is not None and str(memory_format) == "torch.preserve_format":
        memory_format = _order_of(the_template)
    return resize_(self, tuple(the_template._aval.shape), memory_format=memory_format)


def _order_of(x: Any) -> Any:
    order = {4: channels_last, 5: channels_last_3d}.get(x._aval.ndim)
    return order if order is not None and x._strides is not None and x.is_contiguous(memory_format=order) else None


def _resized_in_order(self: Any, shape: tuple[int, ...], memory_format: Any) -> Any:
    """`resize_`, then the dimensions of the same memory taken in another order."""
    if str(memory_format) == "torch.preserve_format":
        raise RuntimeError("Unsupported memory format Preserve")
    order = ordered_dims(len(shape), memory_format)
    resize_(self, math.prod(shape))  # a plain piece of memory
    resize_(self, tuple(shape[d] for d in order))
    if list(order) != sorted(order):
        _become(self, self.permute([order.index(d) for d in range(len(order))]))
    return self


def set_(self: Any, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Any:
    """Let this tensor show another tensor's memory."""
    if source is None:
        source = zeros(0, dtype=self._aval.dtype)
    if not isinstance(source, Variable):
        own = getattr(source, "dtype", self._aval.dtype)
        if own is not self._aval.dtype:
            raise RuntimeError(
                f"Expected a Storage of type {c_type(self._aval.dtype)} or an UntypedStorage, but got type "
                f"{own.scalar_name} for argument 1 'storage'"
            )
        source = source._tensor(self._aval.dtype)
    if source._aval.dtype is not self._aval.dtype:
        raise RuntimeError(
            f"Could not set tensor of type {source._aval.dtype.scalar_name} to a tensor of type "
            f"{self._aval.dtype.scalar_name}"
        )
    if size is not None:
        steps = stride if stride is not None else contiguous_strides(integers(size, 0, "set_", "size"))
        source = view_methods.as_strided(source, size, steps, storage_offset)
    self.data = source
    return self


METHODS |= {"resize_": resize_, "resize_as_": resize_as_, "set_": set_}
