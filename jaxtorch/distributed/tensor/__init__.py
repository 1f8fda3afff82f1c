"""`torch.distributed.tensor`, which is not supported: its types are there to be asked for, and say so when made."""

from __future__ import annotations

from typing import Any

_INSTEAD = "is not supported by jaxtorch; use jax.sharding on the array behind a tensor"


class DTensor:
    """A tensor spread over devices; none ever is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"torch.distributed.tensor.DTensor {_INSTEAD}")

    @staticmethod
    def from_local(*args: Any, **kwargs: Any) -> Any:
        """Not supported."""
        raise NotImplementedError(f"torch.distributed.tensor.DTensor.from_local {_INSTEAD}")


def distribute_tensor(*args: Any, **kwargs: Any) -> Any:
    """Not supported.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(f"torch.distributed.tensor.distribute_tensor {_INSTEAD}")


def distribute_module(*args: Any, **kwargs: Any) -> Any:
    """Not supported.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(f"torch.distributed.tensor.distribute_module {_INSTEAD}")
