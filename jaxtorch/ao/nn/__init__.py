"""`torch.ao.nn`."""

from jaxtorch.ao.nn import quantized as quantized
