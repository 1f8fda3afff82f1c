"""How tensors travel through queues and pipes: their memory is shared, not copied."""

from __future__ import annotations

from multiprocessing.reduction import ForkingPickler
from typing import Any

from jaxtorch._base.devices import META
from jaxtorch._tensor import view_methods
from jaxtorch._tensor.sharing import reduce_block
from jaxtorch._tensor.storages import UntypedStorage, storage_of, tensor_over
from jaxtorch._tensor.tensor import Tensor
from jaxtorch._tensor.typed_storage import TypedStorage
from jaxtorch.nn.parameter import Parameter


def rebuild_storage(block: Any) -> UntypedStorage:
    """A storage over received memory."""
    return UntypedStorage._of_block(block)


def rebuild_typed_storage(storage: Any, dtype: Any) -> TypedStorage:
    """A typed storage over a received one."""
    return TypedStorage._over(storage, dtype)


def rebuild_tensor(cls: type, storage: Any, metadata: tuple) -> Any:
    """A tensor, or parameter, over received memory."""
    dtype, offset, size, stride, requires_grad = metadata
    tensor = tensor_over(storage, dtype, offset, size, stride)
    if cls is Parameter:
        return Parameter(tensor, requires_grad=requires_grad)
    tensor.requires_grad = requires_grad
    return tensor


class _Block:
    """Stands for a storage's block in a pickle."""

    def __init__(self, block: Any) -> None:
        self._block = block

    def __reduce__(self) -> tuple:
        return reduce_block(self._block)


def reduce_storage(storage: UntypedStorage) -> tuple:
    """A storage on its way to another process."""
    return rebuild_storage, (_Block(storage._block),)


def reduce_typed_storage(storage: TypedStorage) -> tuple:
    """A typed storage on its way to another process."""
    return rebuild_typed_storage, (storage._untyped_storage, storage.dtype)


def reduce_tensor(tensor: Any) -> tuple:
    """A tensor on its way to another process.

    Raises:
        RuntimeError: it has a history, which cannot cross processes.
    """
    if tensor.requires_grad and not tensor.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
            "crossing process boundaries.  If you just want to transfer the data, call detach() on the tensor before "
            "serializing (e.g., putting it on the queue)."
        )
    if tensor._aval.device is META or tensor._aval.device.type != "cpu":
        return tensor.__reduce_ex__(2)
    offset, size, stride = view_methods.offset(tensor), tuple(tensor.shape), tuple(view_methods.strides(tensor))
    metadata = (tensor.dtype, offset, size, stride, tensor.requires_grad)
    return rebuild_tensor, (type(tensor), storage_of(tensor), metadata)


def init_reductions() -> None:
    """Let multiprocessing's pickler send tensors so."""
    ForkingPickler.register(UntypedStorage, reduce_storage)
    ForkingPickler.register(TypedStorage, reduce_typed_storage)
    ForkingPickler.register(Tensor, reduce_tensor)
    ForkingPickler.register(Parameter, reduce_tensor)
