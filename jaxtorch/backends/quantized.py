"""`torch.backends.quantized`: there are no quantised tensors, hence no engine for them."""

engine = "none"
supported_engines = ["none"]
