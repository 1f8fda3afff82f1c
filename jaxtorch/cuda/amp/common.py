"""`torch.cuda.amp.common`."""

from __future__ import annotations

from jaxtorch._base.devices import cuda_count as _cuda_count


def amp_definitely_not_available() -> bool:
    """Whether there is no GPU for mixed precision."""
    return _cuda_count() == 0
