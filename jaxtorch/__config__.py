"""`torch.__config__`: what this is built of."""

import os as _os

import jax as _jax
import jaxlib.version as _jaxlib
import numpy as _np

from jaxtorch._version import __version__ as _version


def show() -> str:
    """Versions of jaxtorch and of what it runs on; PyTorch describes its C++ build here."""
    return (
        f"jaxtorch built with:\n  - jaxtorch {_version}\n  - jax {_jax.__version__}\n  - jaxlib {_jaxlib.__version__}\n"
        f"  - numpy {_np.__version__}\n"
    )


def parallel_info() -> str:
    """How many cores XLA may use."""
    return f"XLA:\n\tcores : {_os.cpu_count()}\n"
