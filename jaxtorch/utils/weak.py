"""`torch.utils.weak`: dictionaries that do not keep their keys alive, and go by which object a key is."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

__all__ = ["TensorWeakRef", "WeakIdRef", "WeakIdKeyDictionary", "WeakTensorKeyDictionary"]

TensorWeakRef = weakref.ref


class WeakIdRef(weakref.ref):
    """A weak reference that is hashed and compared by the identity of what it refers to."""

    __slots__ = ("_id",)

    def __init__(self, key: Any, callback: Any = None) -> None:
        self._id = id(key)
        super().__init__(key, callback)  # type: ignore[call-arg]

    def __hash__(self) -> int:
        return self._id

    def __eq__(self, other: object) -> bool:
        mine = self()
        if mine is None or not isinstance(other, WeakIdRef) or other() is None:
            return self is other
        return mine is other()


class _WeakHashRef(weakref.ref):
    """A weak reference that is hashed and compared by the hash of what it refers to."""

    __slots__ = ("_id",)

    def __init__(self, key: Any, callback: Any = None) -> None:
        self._id = hash(key)
        super().__init__(key, callback)  # type: ignore[call-arg]

    def __hash__(self) -> int:
        return self._id

    def __eq__(self, other: object) -> bool:
        mine, its = self(), other() if isinstance(other, _WeakHashRef) else None
        return self is other if mine is None or its is None else hash(mine) == hash(its)


class WeakIdKeyDictionary(MutableMapping):
    """A dictionary whose entries go when their key does; keys are told apart by identity."""

    def __init__(self, dict: Mapping | None = None, ref_type: type = WeakIdRef) -> None:
        self.ref_type = ref_type
        self.data: Any = {}
        if dict is not None:
            self.update(dict)

    def _ref(self, key: Any) -> Any:
        return self.ref_type(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        data = self.data
        self.data[self.ref_type(key, lambda gone: data.pop(gone, None))] = value

    def __getitem__(self, key: Any) -> Any:
        return self.data[self._ref(key)]

    def __delitem__(self, key: Any) -> None:
        del self.data[self._ref(key)]

    def __contains__(self, key: Any) -> bool:
        try:
            return self._ref(key) in self.data
        except TypeError:
            return False

    def __iter__(self) -> Iterator:
        return iter([key for ref in list(self.data) if (key := ref()) is not None])

    def __len__(self) -> int:
        return sum(ref() is not None for ref in list(self.data))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {id(self):#x}>"

    def keyrefs(self) -> list:
        """The weak references, some of which may be dead."""
        return list(self.data)

    def copy(self) -> WeakIdKeyDictionary:
        """Another dictionary of the same keys and values."""
        return type(self)(self, self.ref_type)

    __copy__ = copy

    def __deepcopy__(self, memo: dict) -> WeakIdKeyDictionary:
        return self.copy()


WeakTensorKeyDictionary = WeakIdKeyDictionary
