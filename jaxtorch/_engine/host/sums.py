"""Sums of products: A1.T @ B1 + A2.T @ B2 + ... is one product of what is stacked.

The gradient of a weight that is used in each of many time steps is such a sum, of products that are a row high.
"""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._engine.host.steps import Step

_HIGHEST = 64  # rows of a product from which on stacking gains nothing


def mark(function: Any, rows: int, shape: tuple, dtype: Any) -> Any:
    """Mark a step that multiplies (rows, m) transposed with (rows, n) as a term of sums."""
    if rows <= _HIGHEST and isinstance(function, types.FunctionType):
        function.term = (shape, dtype)  # type: ignore[attr-defined]
    return function


def _stack(*parts: Any) -> Any:
    return np.concatenate(parts)


def _product(x: Any, y: Any) -> Any:
    return np.dot(x.T, y)


def stack_terms(steps: list[Step], outputs: list[int], new_slot: Callable[[], int]) -> list[Step]:
    """The steps with sums of marked products, read by nothing but the sum, as one product each."""
    if not any(type(function) is types.FunctionType and "term" in function.__dict__ for function, *_ in steps):
        return steps
    uses = Counter(i for _, ins, _, _ in steps for i in ins)
    uses.update(outputs)
    terms: dict[int, tuple[Any, list[tuple]]] = {}  # what is not yet computed: the product's step, and its operands
    kept: list[Step] = []

    def settle(slot: int) -> None:
        function, pairs = terms.pop(slot, (None, []))
        if len(pairs) > 1:
            stacks = new_slot(), new_slot()
            for k in (0, 1):
                kept.append((_stack, tuple([pair[k] for pair in pairs]), stacks[k], ()))
            kept.append((_product, stacks, slot, ()))
        elif function is not None:
            kept.append((function, pairs[0], slot, ()))

    for function, ins, out, dead in steps:
        if type(function) is types.FunctionType and "term" in function.__dict__:
            for i in ins:  # a product may be an operand of another
                settle(i)
            terms[out] = (function, [ins])
            continue
        if function is np.add and all(i in terms and uses[i] == 1 for i in ins):
            first, second = terms[ins[0]], terms[ins[1]]
            if first[0].term == second[0].term:
                del terms[ins[0]], terms[ins[1]]
                terms[out] = (first[0], first[1] + second[1])
                continue
        for i in ins:
            settle(i)
        kept.append((function, ins, out, dead))
    for slot in outputs:
        settle(slot)
    return kept
