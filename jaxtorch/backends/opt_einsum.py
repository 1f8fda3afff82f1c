"""`torch.backends.opt_einsum`: JAX, which needs the package, orders the products of `einsum` by it."""

from typing import Any

import opt_einsum as _package

from jaxtorch.backends._switches import switches as _switches

enabled = True
strategy = "auto"
set_flags, flags = _switches(__name__, {"enabled": None, "strategy": None})


def is_available() -> bool:
    """True: JAX needs it."""
    return True


def get_opt_einsum() -> Any:
    """The package."""
    return _package
