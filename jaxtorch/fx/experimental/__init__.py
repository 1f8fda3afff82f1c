"""`torch.fx.experimental`: the names of it that libraries ask for."""
