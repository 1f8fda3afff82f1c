"""`torch.backends.cudnn`: cuDNN is not there, as on a CPU build; its switches are kept and have no effect."""

from typing import Any

from jaxtorch.backends._switches import Precision as _Precision
from jaxtorch.backends._switches import switches as _switches

enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True
fp32_precision = "none"
depthwise_kernel = "auto"
conv, rnn = _Precision(), _Precision()
set_flags, flags = _switches(
    __name__,
    {
        "enabled": False,
        "benchmark": False,
        "benchmark_limit": None,
        "deterministic": False,
        "allow_tf32": True,
        "fp32_precision": "none",
        "depthwise_kernel": "auto",
    },
)


def is_available() -> bool:
    """False: XLA brings its own kernels."""
    return False


def is_acceptable(tensor: Any) -> bool:
    """False: there is no cuDNN to take the tensor."""
    return False


def version() -> None:
    """None: there is no cuDNN."""
    return None
