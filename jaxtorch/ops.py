"""`torch.ops`: custom ops by namespace and name, and PyTorch's own as `torch.ops.aten`.

`torch.ops.aten.add.Tensor` is `torch.add`: overloads are chosen by the arguments, whichever was named.
"""

from __future__ import annotations

from typing import Any

from jaxtorch._aten import FUNCTIONS as _ATEN
from jaxtorch._aten.internal import FUNCTIONS as _INTERNAL
from jaxtorch._tensor.tensor import FUNCTIONS as _TABLE
from jaxtorch._tensor.tensor import Tensor as _Tensor
from jaxtorch.library._custom_op import OPS as _OPS
from jaxtorch.library._custom_op import OpOverload
from jaxtorch.sparse._compressed_factory import CONSTRUCTORS as _SPARSE


class _AtenOp:
    """A function of PyTorch's under its kernel's name; the names of overloads are its attributes."""

    def __init__(self, name: str, function: Any, overload: str = "") -> None:
        self.__name__ = f"{name}.{overload}" if overload else name
        self._name, self._function, self._overload = name, function, overload

    def __getattr__(self, overload: str) -> Any:
        if overload.startswith("_") or self._overload:
            raise AttributeError(overload)
        return _AtenOp(self._name, self._function, overload)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _AtenOp) and (self._name, self._overload) == (other._name, other._overload)

    def __hash__(self) -> int:
        return hash((self._name, self._overload))

    def __deepcopy__(self, memo: dict) -> _AtenOp:
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        if self._overload:
            return f"<OpOverload(op='aten.{self._name}', overload='{self._overload}')>"
        return f"<OpOverloadPacket(op='aten.{self._name}')>"


def _dotted(name: str) -> str:
    """`linalg.qr` for `linalg_qr`: kernels bear the namespaces of functions as prefixes."""
    prefix, _, rest = name.partition("_")
    return f"{prefix}.{rest}" if prefix in ("fft", "linalg", "special") else ""


class _Namespace:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__") and self._name == "aten":
            found = _INTERNAL.get(name) or _TABLE.get(name) or _ATEN.get(name) or getattr(_Tensor, name, None)
            found = found or _SPARSE.get(name) or _TABLE.get(f"nn.functional.{name}") or _TABLE.get(_dotted(name))
            if callable(found):
                return _AtenOp(name, found)
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
