"""`torch.storage`: the memory under tensors as objects."""

import io as _io
from typing import Any as _Any

from jaxtorch._serialization.loading import load as _load
from jaxtorch._tensor.legacy_storage import LEGACY_CLASSES as _LEGACY_CLASSES
from jaxtorch._tensor.legacy_storage import LegacyStorage as _LegacyStorage  # noqa: F401
from jaxtorch._tensor.storages import UntypedStorage as UntypedStorage
from jaxtorch._tensor.typed_storage import TypedStorage as TypedStorage
from jaxtorch._tensor.typed_storage import get_always_warn as _get_always_warn_typed_storage_removal  # noqa: F401
from jaxtorch._tensor.typed_storage import reset_warning as _reset_warn_typed_storage_removal  # noqa: F401
from jaxtorch._tensor.typed_storage import set_always_warn as _set_always_warn_typed_storage_removal  # noqa: F401

globals().update(_LEGACY_CLASSES)


def _dtype_to_storage_type_map() -> dict:
    """The names of the legacy storage classes by dtype."""
    return {kind._dtype: name for name, kind in _LEGACY_CLASSES.items()}


def _load_from_bytes(content: bytes) -> _Any:
    """A storage from a plain pickle that PyTorch wrote; plain pickles are for files one trusts."""
    return _load(_io.BytesIO(content), weights_only=False)


__all__ = ["TypedStorage", "UntypedStorage"]
