"""`torch.backends.python_native`: kernels written in Python's kernel languages for GPUs; there are none."""

available_dsls: list[str] = []
all_dsls: list[str] = []
