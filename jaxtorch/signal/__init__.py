"""`torch.signal`: windows."""

from jaxtorch.signal import windows as windows
