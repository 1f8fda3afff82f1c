"""Checks of parameters and samples, with as few reads as possible.

What is there already is looked at by NumPy; all that is still to be computed is read together.
"""

from __future__ import annotations

import functools
from typing import Any

from jaxtorch._autograd.variable import value_of
from jaxtorch._base.devices import CPU
from jaxtorch._engine.recorder import force
from jaxtorch._storage.host import shared_array
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


def _readable(constraint: Any, value: Any) -> bool:
    """Whether the constraint can be checked by NumPy on what a value holds or will hold."""
    if isinstance(constraint, constraints.independent):
        if value.dim() < constraint.event_dim:
            return False
        constraint = constraint.base_constraint
    if type(constraint) not in _ELEMENTWISE or type(value) is not Tensor or value._aval.batch or value._aval.traced:
        return False
    return value._aval.device is CPU and all(isinstance(bound, Number) for bound in vars(constraint).values())


def _holds_on_host(constraint: Any, value: Any) -> bool:
    """Whether the value is known to satisfy the constraint; False where that is not known."""
    if (array := memory(value)) is None:
        return False
    return bool(getattr(constraint, "base_constraint", constraint).check(array).all())


def first_violation(checked: list[tuple[str, Any, Any]]) -> tuple[str, Any, Any] | None:
    """Of (name, constraint, value) the first that does not hold, after one read for all of them."""
    unknown = []
    for entry in checked:
        _, constraint, value = entry
        if _readable(constraint, value):
            if memory(value) is None and shared_array(value._storage) is None:
                force(value_of(value))  # it has to be read in any case, and so the check need not be computed
            if _holds_on_host(constraint, value):
                continue
        unknown.append(entry)
    verdicts = [constraint.check(value) for _, constraint, value in unknown]
    if not verdicts or bool(functools.reduce(lambda a, b: a & b, [v.all() for v in verdicts])):
        return None
    return next(entry for entry, verdict in zip(unknown, verdicts, strict=True) if not verdict.all())
