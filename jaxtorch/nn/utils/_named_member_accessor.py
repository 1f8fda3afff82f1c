"""`torch.nn.utils._named_member_accessor`: a module's tensors set and exchanged by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.nn.modules.module import Module

__all__ = ["NamedMemberAccessor", "set_tensor", "swap_tensor"]

_MISSING: Any = object()


def _check(module: Any, name: str, tensor: Any) -> None:
    if not isinstance(module, Module):
        raise TypeError(f"{module} is not an instance of torch.nn.Module")
    if not (tensor is None or tensor is _MISSING or isinstance(tensor, Tensor)):
        raise TypeError(f"{tensor} is not an instance of torch.Tensor")
    if "." in name:
        raise KeyError('tensor name can\'t contain "."')
    if not name:
        raise KeyError('tensor name can\'t be empty string ""')


def _table(module: Any, name: str) -> Any:
    """Where a module keeps the tensor of a name: its parameters, buffers or plain attributes."""
    return next((t for t in (module._parameters, module._buffers) if name in t), None)


def set_tensor(module: Any, name: str, tensor: Any) -> None:
    """Put a tensor in the place of a parameter, a buffer or an attribute of the module itself."""
    _check(module, name, tensor)
    table = _table(module, name)
    if table is None:
        setattr(module, name, tensor)
    else:
        table[name] = tensor


def swap_tensor(module: Any, name: str, tensor: Any, allow_missing: bool = False) -> Any:
    """As `set_tensor`; gives what was there."""
    _check(module, name, tensor)
    table = _table(module, name)
    if table is not None:
        before = table[name]
    else:
        before = getattr(module, name, _MISSING)
        if before is _MISSING and not allow_missing:
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        if not (before is None or before is _MISSING or isinstance(before, Tensor)):
            raise TypeError(f"attribute `{name}`: {before} is not an instance of torch.Tensor")
    if tensor is not _MISSING:
        set_tensor(module, name, tensor)
    elif table is not None:
        del table[name]
    elif before is not _MISSING:
        delattr(module, name)
    return before


class NamedMemberAccessor:
    """A module's tensors by their dotted names."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def get_submodule(self, name: str) -> Module:
        """The module of a dotted name; "" is the module itself."""
        return self.module.get_submodule(name)

    def _place(self, name: str) -> tuple[Module, str]:
        prefix, _, last = name.rpartition(".")
        return self.get_submodule(prefix), last

    def get_tensor(self, name: str) -> Any:
        """The tensor of a dotted name."""
        module, last = self._place(name)
        found = getattr(module, last, _MISSING)
        if found is _MISSING:
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        if not (found is None or isinstance(found, Tensor)):
            raise TypeError(f"{found} is not an instance of torch.Tensor")
        return found

    def set_tensor(self, name: str, value: Any) -> None:
        """Put a tensor at a dotted name."""
        set_tensor(*self._place(name), value)

    def swap_tensor(self, name: str, value: Any, allow_missing: bool = False) -> Any:
        """As `set_tensor`; gives what was there."""
        return swap_tensor(*self._place(name), value, allow_missing)

    def set_tensors_dict(self, named_tensors: dict[str, Any]) -> None:
        """`set_tensor` for each."""
        for name, value in named_tensors.items():
            self.set_tensor(name, value)

    def swap_tensors_dict(self, named_tensors: dict[str, Any], allow_missing: bool = False) -> tuple[dict, list[str]]:
        """`swap_tensor` for each: what was there, and which names were missing; nothing is changed when one fails."""
        before: dict[str, Any] = {}
        missing: list[str] = []
        try:
            for name, value in named_tensors.items():
                before[name] = self.swap_tensor(name, value, allow_missing=True)
                if before[name] is _MISSING:
                    missing.append(name)
            if missing and not allow_missing:
                raise RuntimeError(f"Missing key(s): {', '.join(map(repr, missing))}.")
        except Exception as error:
            for name, value in before.items():
                self.swap_tensor(name, value, allow_missing=True)
            if missing and not allow_missing:
                raise RuntimeError(f"Missing key(s): {', '.join(map(repr, missing))}.") from error
            raise
        return before, missing

    def check_keys(self, keys: Iterable[str]) -> tuple[list[str], list[str]]:
        """The module's names that are not among `keys`, and those of `keys` that the module lacks."""
        given = set(keys)
        known = {name for name, _ in (*self.module.named_parameters(), *self.module.named_buffers())}
        return sorted(known - given), sorted(given - known)
