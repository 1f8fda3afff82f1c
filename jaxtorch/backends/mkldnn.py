"""`torch.backends.mkldnn`: oneDNN is not used; its switches are kept and have no effect."""

from jaxtorch.backends._switches import Precision as _Precision
from jaxtorch.backends._switches import switches as _switches

enabled = True
deterministic = False
allow_tf32 = True
fp32_precision = "none"
matmul, conv, rnn = _Precision(), _Precision(), _Precision()
set_flags, flags = _switches(
    __name__, {"enabled": False, "deterministic": False, "allow_tf32": True, "fp32_precision": "none"}
)


def is_available() -> bool:
    """False."""
    return False


def is_acl_available() -> bool:
    """False."""
    return False
