"""`torch.export`: the names that libraries ask for. There is no exporter: programs are XLA's, of given sizes."""

from __future__ import annotations

import enum
from typing import Any, NoReturn

_MESSAGE = (
    "torch.export.{name} is not supported by jaxtorch; use torch.jit.trace and torch.jit.save, torch.fx.symbolic_trace "
    "for a graph, or jax.export"
)


class _DimHint(enum.Enum):
    AUTO = "auto"
    STATIC = "static"
    DYNAMIC = "dynamic"


class Dim:
    """The name of a size that may vary, between `min` and `max`."""

    AUTO = _DimHint.AUTO
    STATIC = _DimHint.STATIC
    DYNAMIC = _DimHint.DYNAMIC

    def __init__(self, name: str, *, min: int | None = None, max: int | None = None) -> None:
        low, high = 0 if min is None else min, max
        if high is not None and high <= low:
            raise AssertionError(f"Cannot create Dim with inconsistent min={low}, max={high}")
        if not name.isidentifier():
            raise AssertionError(f"Dim name must be a valid identifier, got {name}")
        self.__name__, self.min, self.max = name, low, high


def dims(*names: str, min: int | None = None, max: int | None = None) -> tuple[Dim, ...]:
    """Several `Dim`s with the same bounds."""
    return tuple(Dim(name, min=min, max=max) for name in names)


class ExportedProgram:
    """The type of exported programs; none is ever made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(_MESSAGE.format(name="ExportedProgram"))


def _unsupported(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(_MESSAGE.format(name=name))

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"Not supported: NotImplementedError says what to use instead of `torch.export.{name}`."
    return refuse


export = _unsupported("export")
export_for_training = _unsupported("export_for_training")
draft_export = _unsupported("draft_export")
save = _unsupported("save")
load = _unsupported("load")
register_dataclass = _unsupported("register_dataclass")
