"""`torch.ao.quantization`: the modules a model holds before it is quantised. Quantising one is not supported."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from jaxtorch._base.unsupported import unsupported as _unsupported
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.nn.modules.module import Module


class QuantStub(Module):
    """Marks where values would become quantised; gives its input."""

    def __init__(self, qconfig: Any = None) -> None:
        super().__init__()
        if qconfig:
            self.qconfig = qconfig

    def forward(self, x: Tensor) -> Tensor:
        """The input."""
        return x


class DeQuantStub(QuantStub):
    """Marks where values would become floats again; gives its input."""


class QuantWrapper(Module):
    """A module between a QuantStub and a DeQuantStub."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        qconfig = getattr(module, "qconfig", None)
        self.add_module("quant", QuantStub(qconfig))
        self.add_module("dequant", DeQuantStub(qconfig))
        self.add_module("module", module)
        self.train(module.training)

    def forward(self, X: Tensor) -> Tensor:
        """What the module makes of the input."""
        return self.dequant(self.module(self.quant(X)))


class ObserverBase(ABC, Module):
    """The base of modules that watch values to choose a scale for them."""

    def __init__(self, dtype: Any, is_dynamic: bool = False) -> None:
        super().__init__()
        self.dtype, self.is_dynamic = dtype, is_dynamic

    @abstractmethod
    def forward(self, x: Tensor) -> Any:
        """Watch a value."""

    @abstractmethod
    def calculate_qparams(self, **kwargs: Any) -> Any:
        """The scale and zero point."""


class FakeQuantizeBase(ABC, Module):
    """The base of modules that round values as quantisation would; `torch.fake_quantize_per_tensor_affine` does it."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """The rounded values."""

    @abstractmethod
    def calculate_qparams(self, **kwargs: Any) -> Any:
        """The scale and zero point."""


def _refusal(name: str) -> Any:
    return _unsupported(
        f"ao.quantization.{name}",
        "use bfloat16, or torch.fake_quantize_per_tensor_affine for the effect of rounding",
    )


prepare, prepare_qat, convert = map(_refusal, ("prepare", "prepare_qat", "convert"))
quantize, quantize_qat, quantize_dynamic = map(_refusal, ("quantize", "quantize_qat", "quantize_dynamic"))
fuse_modules, fuse_modules_qat = map(_refusal, ("fuse_modules", "fuse_modules_qat"))
get_default_qconfig, get_default_qat_qconfig = map(_refusal, ("get_default_qconfig", "get_default_qat_qconfig"))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.ao.quantization' has no attribute '{name}' (jaxtorch does not have it)")
