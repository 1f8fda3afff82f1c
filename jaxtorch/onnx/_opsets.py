"""The exporter's operator sets, which are empty."""

from __future__ import annotations

from typing import Any


class _Opset:
    def __init__(self, name: str) -> None:
        self.__name__ = f"torch.onnx.{name}"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"module '{self.__name__}' has no attribute '{name}' (jaxtorch does not have it)")


OPSETS = {f"symbolic_opset{n}": _Opset(f"symbolic_opset{n}") for n in range(7, 21)}
