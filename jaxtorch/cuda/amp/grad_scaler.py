"""`torch.cuda.amp.grad_scaler`: where the scaler for CUDA is defined in PyTorch."""

from __future__ import annotations

from jaxtorch.amp.grad_scaler import OptState as OptState
from jaxtorch.cuda.amp import GradScaler as GradScaler
