"""`torch.random`."""

import contextlib as _contextlib
from collections.abc import Iterator as _Iterator
from typing import Any as _Any

from jaxtorch._tensor.random import default as default_generator
from jaxtorch._tensor.random import get_rng_state as get_rng_state
from jaxtorch._tensor.random import initial_seed as initial_seed
from jaxtorch._tensor.random import manual_seed as manual_seed
from jaxtorch._tensor.random import seed as seed
from jaxtorch._tensor.random import set_rng_state as set_rng_state


@_contextlib.contextmanager
def fork_rng(devices: _Any = None, enabled: bool = True, *_args: _Any, **_options: _Any) -> _Iterator[None]:
    """What is drawn inside the block leaves the stream outside where it was."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


__all__ = ["default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]
