"""A view's way from its base, taken once more from another one: `Tensor._view_func`."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import value_of
from jaxtorch._tensor.geometry import offset


def view_func_unsafe(self: Any, new_base: Any, symint_visitor_fn: Any = None, tensor_visitor_fn: Any = None) -> Any:
    """The same view of another base, which must have the shape and the strides of this one's.

    Raises:
        RuntimeError: this is no view.
    """
    view = self._view
    if view is None or view.base is None:
        raise RuntimeError("_view_func can only be called on a view")
    value_of(self)
    links = view.chain[len(view.chain) - view.links :]
    at = offset(new_base) + view.offset - offset(view.base)
    return tape.view_of(new_base, links, self._strides, at, view.name)


def view_func(self: Any, new_base: Any) -> Any:
    """`_view_func_unsafe`; of a base of another shape or other strides, the memory seen with this size and strides."""
    base = self._base
    if base is not None and (base.shape, base.stride()) == (new_base.shape, new_base.stride()):
        return view_func_unsafe(self, new_base)
    return new_base.as_strided(self.shape, self.stride(), self.storage_offset())


def rev_view_func_unsafe(self: Any, new_view: Any) -> Any:
    """The memory of a view seen as the base of this one."""
    base = self._base
    if base is None:
        raise RuntimeError("_rev_view_func can only be called on a view")
    return new_view.as_strided(base.shape, base.stride(), base.storage_offset())


METHODS = {
    "_view_func": view_func,
    "_view_func_unsafe": view_func_unsafe,
    "_rev_view_func_unsafe": rev_view_func_unsafe,
}
