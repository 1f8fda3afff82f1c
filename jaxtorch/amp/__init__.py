"""`torch.amp`: mixed precision by autocast, and the scaling of losses that float16 needs."""

from jaxtorch.amp.autocast_mode import _enter_autocast as _enter_autocast
from jaxtorch.amp.autocast_mode import _exit_autocast as _exit_autocast
from jaxtorch.amp.autocast_mode import autocast as autocast
from jaxtorch.amp.autocast_mode import custom_bwd as custom_bwd
from jaxtorch.amp.autocast_mode import custom_fwd as custom_fwd
from jaxtorch.amp.autocast_mode import is_autocast_available as is_autocast_available
from jaxtorch.amp.grad_scaler import GradScaler as GradScaler

__all__ = ["autocast", "custom_bwd", "custom_fwd", "is_autocast_available", "GradScaler"]
