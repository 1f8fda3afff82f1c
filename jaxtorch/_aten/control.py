"""`torch.cond` and `torch.while_loop`: Python's own control flow, since the graph is recorded as it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def cond(pred: Any, true_fn: Callable, false_fn: Callable, operands: Any = ()) -> Any:
    """`true_fn(*operands)` where `pred` holds, else `false_fn(*operands)`. Reads `pred`."""
    return (true_fn if bool(pred) else false_fn)(*operands)


def while_loop(cond_fn: Callable, body_fn: Callable, carried_inputs: Any) -> tuple:
    """Repeat `body_fn(*values)` while `cond_fn(*values)` holds. Reads the condition each time."""
    values = tuple(carried_inputs)
    while bool(cond_fn(*values)):
        made = body_fn(*values)
        values = tuple(made) if isinstance(made, (tuple, list)) else (made,)
    return values


FUNCTIONS: dict[str, Any] = {"cond": cond, "while_loop": while_loop}
