"""`torch.onnx`: what models ask while they run. There is no exporter."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from jaxtorch.onnx import symbolic_helper as symbolic_helper
from jaxtorch.onnx._opsets import OPSETS as _OPSETS

globals().update(_OPSETS)


class OnnxExporterError(RuntimeError):
    """An error of the exporter."""


class TrainingMode(enum.Enum):
    """The mode a model would be exported in."""

    EVAL = 0
    PRESERVE = 1
    TRAINING = 2


class OperatorExportTypes(enum.Enum):
    """How operators would be exported."""

    ONNX = 0
    ONNX_ATEN = 1
    ONNX_ATEN_FALLBACK = 2
    ONNX_FALLTHROUGH = 3


_symbolics: dict[tuple[str, int], Callable] = {}


def is_in_onnx_export() -> bool:
    """Whether a model is being exported: none ever is."""
    return False


def register_custom_op_symbolic(symbolic_name: str, symbolic_fn: Callable, opset_version: int) -> None:
    """Say how an operator would be exported; kept, for no exporter."""
    _symbolics[symbolic_name, opset_version] = symbolic_fn


def unregister_custom_op_symbolic(symbolic_name: str, opset_version: int) -> None:
    """Forget what was said."""
    _symbolics.pop((symbolic_name, opset_version), None)


def export(*args: Any, **kwargs: Any) -> Any:
    """Not supported.

    Raises:
        NotImplementedError: always; a traced model can be saved, and JAX exports what its functions compute.
    """
    raise NotImplementedError(
        "torch.onnx.export is not supported by jaxtorch; use torch.jit.trace and torch.jit.save, or jax.export"
    )


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.onnx' has no attribute '{name}' (jaxtorch does not have it)")
