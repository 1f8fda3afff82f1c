"""`torch.utils.deterministic`."""

# New memory is always zeros here, so there is nothing to fill.
fill_uninitialized_memory = True
