"""Steps: what a host program is made of, and the loop that runs them.

A step is `(function, ins, out, dead)`: call `function` on the slots `ins` and put the result into the slot `out`, or,
where that is a tuple, the results into several; `dead` are the slots that nobody reads any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._base.native import hot

Step = tuple[Callable, tuple[int, ...], Any, tuple[int, ...]]


def _run_steps(steps: tuple[Step, ...], slots: list) -> None:
    """Run steps over `slots`, in place."""
    for function, ins, out, dead in steps:
        result = function(*[slots[i] for i in ins])
        if type(out) is int:
            slots[out] = result
        else:
            for where, array in zip(out, result, strict=True):
                slots[where] = array
        for where in dead:
            slots[where] = None


run_steps = _run_steps if hot is None else hot.run_steps
