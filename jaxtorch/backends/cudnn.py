"""`torch.backends.cudnn`: cuDNN is not there, as on a CPU build; its switches are kept and have no effect."""

enabled = True
benchmark = False
benchmark_limit = 10
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """False: XLA brings its own kernels."""
    return False


def version() -> None:
    """None: there is no cuDNN."""
    return None
