"""`torch.quantization`: the older name of `torch.ao.quantization`."""

from __future__ import annotations

from typing import Any

from jaxtorch.ao.quantization import DeQuantStub as DeQuantStub
from jaxtorch.ao.quantization import FakeQuantizeBase as FakeQuantizeBase
from jaxtorch.ao.quantization import ObserverBase as ObserverBase
from jaxtorch.ao.quantization import QuantStub as QuantStub
from jaxtorch.ao.quantization import QuantWrapper as QuantWrapper
from jaxtorch.ao.quantization import convert as convert
from jaxtorch.ao.quantization import fuse_modules as fuse_modules
from jaxtorch.ao.quantization import get_default_qat_qconfig as get_default_qat_qconfig
from jaxtorch.ao.quantization import get_default_qconfig as get_default_qconfig
from jaxtorch.ao.quantization import prepare as prepare
from jaxtorch.ao.quantization import prepare_qat as prepare_qat
from jaxtorch.ao.quantization import quantize as quantize
from jaxtorch.ao.quantization import quantize_dynamic as quantize_dynamic
from jaxtorch.ao.quantization import quantize_qat as quantize_qat


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch.quantization' has no attribute '{name}' (jaxtorch does not have it)")
