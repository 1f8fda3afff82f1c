"""`torch.amp`: autocast in bfloat16 on CPU is not implemented; a disabled autocast and GradScaler work."""

from jaxtorch.amp.autocast_mode import autocast as autocast
from jaxtorch.amp.autocast_mode import is_autocast_available as is_autocast_available
from jaxtorch.amp.grad_scaler import GradScaler as GradScaler
