"""About what a step takes on the host, and how much of it XLA would take too."""

from __future__ import annotations

import math
from typing import Any

from jaxtorch._engine.host import linear, windowed

STEP_SECONDS, PRODUCT_SECONDS, WORK_SECONDS = 1e-6, 5e-11, 2e-10
ELEMENT_SECONDS, CHEAP_SECONDS = 1e-9, 3e-10
_FREE = {"reshape", "squeeze", "transpose", "slice", "broadcast_in_dim", "rev", "iota"}
_CHEAP = frozenset(
    "neg abs add add_any sub mul max min and or not xor eq ne lt le gt ge select_n convert_element_type".split()
)
_BY_INPUT = ("scatter", "gather", "sort", "top_k", "reduce", "cum")


def seconds(eqn: Any) -> tuple[float, float]:
    """The estimate for an equation, and the part of it that products of matrices and decompositions make up."""
    name = eqn.primitive.name
    elements = sum(math.prod(v.aval.shape) for v in eqn.outvars)
    if name in _FREE:
        return STEP_SECONDS, 0.0
    total, products = STEP_SECONDS + elements * (CHEAP_SECONDS if name in _CHEAP else ELEMENT_SECONDS), 0.0
    if name == "dot_general":
        (contract, _), _ = eqn.params["dimension_numbers"]
        products = elements * math.prod(eqn.invars[0].aval.shape[d] for d in contract) * PRODUCT_SECONDS
    elif name in linear.WORK:
        work, matrices = linear.flops(eqn)
        products = work * WORK_SECONDS + matrices * linear.MATRIX_SECONDS
    elif name == "conv_general_dilated":
        work, windows = windowed.multiply_adds(eqn)
        total += work * WORK_SECONDS + windows * 2 * ELEMENT_SECONDS + 40 * STEP_SECONDS
    elif name == "fft":
        total += 20 * STEP_SECONDS + elements * 20 * ELEMENT_SECONDS
    elif name.startswith(("reduce_sum", "reduce_max", "reduce_min")):
        total += math.prod(eqn.invars[0].aval.shape) * ELEMENT_SECONDS
    elif name.startswith(_BY_INPUT):
        total += 10 * STEP_SECONDS + math.prod(eqn.invars[0].aval.shape) * 10 * ELEMENT_SECONDS
    return total + products, products
