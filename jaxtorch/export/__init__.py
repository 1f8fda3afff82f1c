"""`torch.export`: the names that libraries ask for. There is no exporter: programs are XLA's, of given sizes."""

from __future__ import annotations

import enum
from typing import Any

from jaxtorch._base.unsupported import unsupported as _unsupported

_INSTEAD = "use torch.jit.trace and torch.jit.save, torch.fx.symbolic_trace for a graph, or jax.export"


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
        _unsupported("export.ExportedProgram", _INSTEAD)()


export = _unsupported("export.export", _INSTEAD)
export_for_training = _unsupported("export.export_for_training", _INSTEAD)
draft_export = _unsupported("export.draft_export", _INSTEAD)
save = _unsupported("export.save", _INSTEAD)
load = _unsupported("export.load", _INSTEAD)
register_dataclass = _unsupported("export.register_dataclass", _INSTEAD)
