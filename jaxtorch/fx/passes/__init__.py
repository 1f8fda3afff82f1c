"""`torch.fx.passes`: what is done to graphs."""

from jaxtorch.fx.passes import shape_prop as shape_prop
