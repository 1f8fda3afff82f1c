"""`torch.cuda.amp.autocast_mode`: where autocast for CUDA is defined in PyTorch."""

from __future__ import annotations

from jaxtorch.cuda.amp import autocast as autocast
from jaxtorch.cuda.amp import custom_bwd as custom_bwd
from jaxtorch.cuda.amp import custom_fwd as custom_fwd
