"""Large products of matrices that something sums up: kept apart from the sum.

YNNPACK takes a reduction together with the product it reads, in a kernel that multiplies at two thirds of the speed
(2048 x 2048: 126 against 84 ms, 5 of which a pass over the result takes). A conversion that changes nothing lies
between them, which XLA does not see through.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from jax import lax

from jaxtorch._engine.value import Value

# name -> where the first factor stands
_PRODUCTS = {"mm": 0, "matmul": 0, "bmm": 0, "nn.functional.linear": 0, "addmm": 1, "baddbmm": 1}
_SUMS = frozenset(["sum", "mean", "norm", "linalg.vector_norm", "amax", "amin", "max", "min", "_mse_loss"])
_LARGE, _DEEP = 1 << 20, 512  # elements of the result, and of a row that is multiplied


def summed(records: list[Value], outputs: list[Value]) -> set[int]:
    """Positions of the large products that are read by a sum alone, or by elementwise steps on the way to one."""
    large = [i for i, record in enumerate(records) if _is_large(record)]
    if not large:
        return set()
    readers: dict[int, list[Value]] = defaultdict(list)
    for record in records:
        for a in record.args:
            readers[id(a)].append(record)
    alive = {id(o) for o in outputs}
    return {i for i in large if _ends_in_sum(records[i], readers, alive)}


def _is_large(record: Value) -> bool:
    call = record.call
    if call.op is None or call.multi or call.op.name not in _PRODUCTS:
        return False
    out, factor = call.out_avals, call.avals[_PRODUCTS[call.op.name]]
    return out.dtype.name == "float32" and out.numel >= _LARGE and factor.ndim > 0 and factor.shape[-1] >= _DEEP


def _ends_in_sum(record: Value, readers: dict[int, list[Value]], alive: set[int]) -> bool:
    while id(record) not in alive and len(readers[id(record)]) == 1:
        record = readers[id(record)][0]
        call = record.call
        if call.op is None or call.multi:
            return False
        if call.op.name in _SUMS:
            return True
        if not call.pointwise:
            return False
    return False


def apart(product: Callable) -> Callable:
    """The product, with what keeps XLA from merging it with its reader."""
    return lambda *args: lax.reduce_precision(product(*args), 8, 23)
