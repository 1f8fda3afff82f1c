"""`torch.backends.mkldnn`: oneDNN is not used."""

enabled = True


def is_available() -> bool:
    """False."""
    return False
