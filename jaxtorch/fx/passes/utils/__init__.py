"""`torch.fx.passes.utils`."""
