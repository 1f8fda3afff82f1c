"""`torch._functorch`: names that other libraries import of it."""
