"""Dispatch keys: names by which implementations are registered. Nothing is dispatched by them here."""

from __future__ import annotations

import types
from typing import Any

_BACKENDS = "CPU CUDA XPU MPS Meta".split()
_NAMES = (
    "Undefined Dense Sparse Quantized NestedTensor BackendSelect Python Functionalize ADInplaceOrView "
    "CompositeImplicitAutograd CompositeExplicitAutograd Autograd"
).split() + [prefix + name for prefix in ("", "Autograd", "Autocast") for name in _BACKENDS]


class _Key:
    """One dispatch key."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"DispatchKey.{self.name}"


DispatchKey = types.SimpleNamespace(**{name: _Key(name) for name in _NAMES})


class DispatchKeySet:
    """A set of keys."""

    def __init__(self, key: _Key | frozenset[_Key]) -> None:
        self._keys = key if isinstance(key, frozenset) else frozenset([key])

    def has(self, key: _Key) -> bool:
        """Whether a key is in the set."""
        return key in self._keys

    def __or__(self, other: DispatchKeySet) -> DispatchKeySet:
        return DispatchKeySet(self._keys | other._keys)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DispatchKeySet) and self._keys == other._keys

    def __hash__(self) -> int:
        return hash(self._keys)

    def __repr__(self) -> str:
        names = ", ".join(name for name, key in vars(DispatchKey).items() if key in self._keys)
        return f"DispatchKeySet({names})"


class _ExcludeDispatchKeyGuard:
    def __init__(self, *args: Any) -> None:
        raise NotImplementedError(
            "torch._C._ExcludeDispatchKeyGuard is not supported by jaxtorch, which dispatches by no keys; use "
            "torch.autocast(enabled=False) or torch.no_grad()"
        )
