"""`torch.backends`: switches that PyTorch's CPU build knows; they have no effect on XLA."""

from jaxtorch.backends import cpu as cpu
from jaxtorch.backends import cuda as cuda
from jaxtorch.backends import cudnn as cudnn
from jaxtorch.backends import cusparselt as cusparselt
from jaxtorch.backends import mha as mha
from jaxtorch.backends import mkl as mkl
from jaxtorch.backends import mkldnn as mkldnn
from jaxtorch.backends import mps as mps
from jaxtorch.backends import nnpack as nnpack
from jaxtorch.backends import openmp as openmp
from jaxtorch.backends import opt_einsum as opt_einsum
from jaxtorch.backends import python_native as python_native
from jaxtorch.backends import quantized as quantized
from jaxtorch.backends._switches import switches as _switches

fp32_precision = "none"
set_flags, flags = _switches(__name__, {"fp32_precision": "none"})


def disable_global_flags() -> None:
    """Let switches be set by `flags()` alone; setting one outside has no effect here, and is not refused."""


def flags_frozen() -> bool:
    """Whether only `flags()` may set switches: never refused here."""
    return False
