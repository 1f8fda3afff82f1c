"""`torch.backends.cusparselt`: cuSPARSELt is not used."""


def is_available() -> bool:
    """False."""
    return False


def version() -> None:
    """None: it is not there."""


def get_max_alg_id() -> None:
    """None: it is not there."""
