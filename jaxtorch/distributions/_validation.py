"""Checks of parameters and samples, with as few reads as possible.

What is there already is looked at by NumPy; all that is still to be computed is read together.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.distributions import constraints
from jaxtorch.distributions.utils import Number
from jaxtorch.utils.data._utils.host import memory

# Of single numbers, and written with operators that NumPy's arrays have too.
_ELEMENTWISE = tuple(
    type(c)
    for c in (
        constraints.real,
        constraints.boolean,
        constraints.positive,
        constraints.nonnegative,
        constraints.less_than(0),
        constraints.unit_interval,
        constraints.half_open_interval(0, 1),
        constraints.nonnegative_integer,
        constraints.integer_interval(0, 1),
    )
)


def _holds_on_host(constraint: Any, value: Any) -> bool:
    """Whether the value is known to satisfy the constraint; False where that is not known yet."""
    if isinstance(constraint, constraints.independent):
        if value.dim() < constraint.event_dim:
            return False
        constraint = constraint.base_constraint
    if type(constraint) not in _ELEMENTWISE or type(value) is not Tensor or value._aval.batch:
        return False
    if not all(isinstance(bound, Number) for bound in vars(constraint).values()):
        return False
    if value.device.type != "cpu" or (array := memory(value)) is None:
        return False
    return bool(np.all(constraint.check(array)))


def first_violation(checked: list[tuple[str, Any, Any]]) -> tuple[str, Any, Any] | None:
    """Of (name, constraint, value) the first that does not hold, after one read for all of them."""
    unknown = [entry for entry in checked if not _holds_on_host(entry[1], entry[2])]
    verdicts = [constraint.check(value) for _, constraint, value in unknown]
    if not verdicts or bool(functools.reduce(lambda a, b: a & b, [v.all() for v in verdicts])):
        return None
    return next(entry for entry, verdict in zip(unknown, verdicts, strict=True) if not verdict.all())
