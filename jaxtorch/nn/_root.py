"""What nn takes from the public root, by PyTorch's names, so that its code reads like ordinary PyTorch code.

`torch.cat` here is the very function `jaxtorch.cat`; the root package itself is above nn and cannot be imported from
it.
"""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._tensor.tensor import FUNCTIONS


class _Root:
    """Functions under a dotted prefix of the root namespace as attributes, looked up once."""

    linalg: _Root

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        found = FUNCTIONS.get(self._prefix + name)
        if found is None:
            raise AttributeError(f"module 'torch' has no attribute '{self._prefix}{name}' (jaxtorch does not have it)")
        setattr(self, name, found)
        return found


torch = _Root("")
torch.linalg = _Root("linalg.")


def typename(x: Any) -> str:
    """`torch.typename`: how error messages name the type of an object."""
    if isinstance(x, Variable):
        return x.type()
    module = getattr(x, "__module__", "") or ""
    if hasattr(x, "__qualname__"):
        name = x.__qualname__
    elif hasattr(x, "__name__"):
        name = x.__name__
    else:
        module, name = type(x).__module__ or "", type(x).__qualname__
    if module in ("", "builtins"):
        return name
    if module == "jaxtorch" or module.startswith("jaxtorch."):
        module = "torch" + module[len("jaxtorch") :]
    return f"{module}.{name}"
