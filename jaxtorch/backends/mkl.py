"""`torch.backends.mkl`: Intel's MKL is not used."""


def is_available() -> bool:
    """False."""
    return False
