"""Functions that PyTorch publishes in its root namespace because its kernels bear these names.

`torch.batch_norm` or `torch.embedding` take the kernels' arguments, in the kernels' order; code made from exported
graphs calls them. They stand on `torch.nn.functional`, so they live above it.
"""

from __future__ import annotations

from typing import Any

from jaxtorch._aten import (
    checks,
    control,
    foreach,
    internal,
    layers,
    losses,
    lowrank,
    recurrent,
    removed,
    replay,
    switches,
)
from jaxtorch._tensor.tensor import FUNCTIONS as _TABLE_FUNCTIONS

FUNCTIONS: dict[str, Any] = {
    **checks.FUNCTIONS,
    **control.FUNCTIONS,
    **foreach.FUNCTIONS,
    **internal.ROOT,
    **layers.FUNCTIONS,
    **losses.FUNCTIONS,
    **lowrank.FUNCTIONS,
    **recurrent.FUNCTIONS,
    **removed.FUNCTIONS,
    **switches.FUNCTIONS,
    "_segment_reduce": _TABLE_FUNCTIONS["segment_reduce"],
}
METHODS: dict[str, Any] = {**removed.METHODS, **replay.METHODS, "lu": lowrank.lu}
