"""`torch.backends.mha`: the switch of PyTorch's fused attention layers, which are one program here anyway."""

_fastpath = [True]


def get_fastpath_enabled() -> bool:
    """What was last set."""
    return _fastpath[0]


def set_fastpath_enabled(value: bool) -> None:
    """Kept without effect."""
    _fastpath[0] = value
