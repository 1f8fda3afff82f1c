"""`torch.backends.nnpack`: NNPACK is not used."""

from jaxtorch.backends._switches import switches as _switches

enabled = True
set_flags, flags = _switches(__name__, {"enabled": False})


def is_available() -> bool:
    """False."""
    return False
