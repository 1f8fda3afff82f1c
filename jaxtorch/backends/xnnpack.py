"""`torch.backends.xnnpack`: XNNPACK is not used."""

enabled = False
