"""Copying and pickling of tensors, and their storages."""

from __future__ import annotations

import collections
import copy
import warnings
from typing import Any

from jaxtorch._autograd.variable import View, alias, value_of, wrap
from jaxtorch._base.devices import META
from jaxtorch._tensor import view_methods
from jaxtorch._tensor.conjugate import lazy_state
from jaxtorch._tensor.legacy_storage import legacy_class
from jaxtorch._tensor.rebuild import (
    rebuild_from_type_v2,
    rebuild_meta_tensor_no_storage,
    rebuild_tensor_v2,
    rebuild_tensor_v3,
)
from jaxtorch._tensor.sharing import is_shared, share_block
from jaxtorch._tensor.storages import UntypedStorage, deepcopy_block, storage_of
from jaxtorch._tensor.typed_storage import LEGACY, TypedStorage, warn_of_removal

_NOT_A_LEAF = (
    "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
    "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
    "see https://github.com/pytorch/pytorch/pull/103001"
)
_with_legacy_class = frozenset(LEGACY.values())


class Pickling:
    """`copy.deepcopy`, `pickle`, `storage()`."""

    __slots__ = ()

    def untyped_storage(self: Any) -> UntypedStorage:
        """The bytes under this tensor and all its views."""
        return storage_of(self)

    def _typed_storage(self: Any) -> TypedStorage:
        return TypedStorage._over(storage_of(self), self._aval.dtype)

    def storage(self: Any) -> TypedStorage:
        """The elements under this tensor and all its views (deprecated: see `untyped_storage`)."""
        warn_of_removal()
        return self._typed_storage()

    def storage_type(self: Any) -> type:
        """The legacy class of `storage()`."""
        warn_of_removal()
        return legacy_class(self._aval.dtype)

    def share_memory_(self: Any) -> Any:
        """Move the memory under this tensor to where other processes can share it; see `torch.multiprocessing`.

        From then on each read looks whether it was written to, and each write is carried out at once.
        """
        share_block(self._storage)
        return self

    def is_shared(self: Any) -> bool:
        """Whether the memory is shared between processes."""
        return is_shared(self._storage)

    def __deepcopy__(self: Any, memo: dict) -> Any:
        if not self.is_leaf:
            raise RuntimeError(_NOT_A_LEAF)
        if id(self) in memo:
            return memo[id(self)]
        made = _on_copy(self, memo)
        if self._rg:
            made.requires_grad_()
        if self.grad is not None:
            made.grad = self.grad.__deepcopy__(memo)
        memo[id(self)] = made
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return made

    def __reduce_ex__(self: Any, protocol: Any) -> tuple:
        kind = type(self)
        custom = kind.__getstate__ is not object.__getstate__
        attributes = self.__getstate__() if custom else dict(self.__dict__)
        function, args = _reduced(self)
        if Pickling in kind.__bases__ and not attributes:  # a plain Tensor
            return function, args
        return rebuild_from_type_v2, (function, kind, args, attributes)


def _on_copy(x: Any, memo: dict) -> Any:
    """A tensor like `x` on a copy of its storage."""
    if x._aval.traced:
        return wrap(value_of(x), type(x))
    made = alias(x, type(x))
    made._storage = made._vc = deepcopy_block(x._storage, memo)
    view = made._view
    if view is not None:
        made._view = View(view.chain, view.value, made._storage.stamp, None, 0, view.offset, False, view.name)
    return made


def _reduced(x: Any) -> tuple:
    """The function that makes a plain tensor like `x`, and its arguments."""
    hooks = x._meta.hooks if x._meta is not None else None
    for hook in (hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the "
                "function with @torch.utils.hooks.unserializable_hook to suppress this warning",
                stacklevel=4,
            )
    # New tuples each time: a pickle refers back to one it has seen, and PyTorch's are never the same.
    if any(lazy_state(x)):
        x = x.detach().clone().requires_grad_(x.requires_grad)
    dtype, size, stride = x._aval.dtype, (*x._aval.shape,), (*view_methods.strides(x),)
    if x._aval.device is META:
        return rebuild_meta_tensor_no_storage, (dtype, size, stride, x.requires_grad)
    where: tuple = (view_methods.offset(x), size, stride, x.requires_grad, collections.OrderedDict())
    if dtype in _with_legacy_class:
        return rebuild_tensor_v2, (x._typed_storage(), *where)
    return rebuild_tensor_v3, (storage_of(x), *where, dtype)
