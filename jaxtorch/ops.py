"""`torch.ops`: custom ops by namespace and name."""

from __future__ import annotations

from typing import Any

from jaxtorch.library._custom_op import OPS as _OPS


class OpOverload:
    """An op as `torch.ops.namespace.name` and `torch.ops.namespace.name.default` show it."""

    def __init__(self, qualname: str, overload: str = "") -> None:
        self.qualname = qualname
        self._overload = overload
        self.__name__ = qualname.partition("::")[2]

    @property
    def default(self) -> OpOverload:
        """The only overload."""
        return OpOverload(self.qualname, "default")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _OPS[self.qualname](*args, **kwargs)

    def __repr__(self) -> str:
        name = self.qualname.replace("::", ".")
        if self._overload:
            return f"<OpOverload(op='{name}', overload='{self._overload}')>"
        return f"<OpOverloadPacket(op='{name}')>"


class _Namespace:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if f"{self._name}::{name}" not in _OPS:
            raise AttributeError(f"'_OpNamespace' '{self._name}' object has no attribute '{name}'")
        return OpOverload(f"{self._name}::{name}")


def load_library(path: Any) -> None:
    """Not supported: a library of C++ operators belongs to PyTorch.

    Raises:
        OSError: always, as for a library that cannot be loaded, which callers are prepared for.
    """
    raise OSError(
        f"Could not load this library: {path} (jaxtorch cannot call PyTorch's C++ operators; use "
        "torch.library.custom_op)"
    )


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Namespace(name)
