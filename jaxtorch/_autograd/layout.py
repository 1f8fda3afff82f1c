"""Memory order of elementwise results: they keep the order of their inputs, as PyTorch's TensorIterator decides."""

from __future__ import annotations

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.sizes import contiguous_strides


def follow(out: Variable, inputs) -> None:
    """Give a fresh elementwise result the memory order its inputs ask for."""
    shape = out._aval.shape
    strides = result_strides(shape, [(x._aval.shape, x._strides) for x in inputs])
    if strides is not None:
        out._strides = out._storage.strides = strides


def result_strides(shape, operands) -> tuple[int, ...] | None:
    """Strides of an elementwise result, None when row-major; operands are (shape, strides or None)."""
    full = [_broadcast_strides(shape, s, contiguous_strides(s) if st is None else st) for s, st in operands]
    same = [st for (s, _), st in zip(operands, full, strict=True) if tuple(s) == tuple(shape)]
    if same and len(same) == len(full) and all(st == same[0] for st in same) and is_dense(shape, same[0]):
        return _normal(shape, same[0])
    order = _dimension_order(shape, full)
    strides, step = [0] * len(shape), 1
    for d in order:
        strides[d] = step
        step *= max(shape[d], 1)
    return _normal(shape, tuple(strides))


def _normal(shape, strides) -> tuple[int, ...] | None:
    return None if tuple(strides) == contiguous_strides(shape) else tuple(strides)


def _broadcast_strides(shape, own_shape, strides) -> tuple[int, ...]:
    lead = len(shape) - len(own_shape)
    return (0,) * lead + tuple(
        0 if n == 1 and full != 1 else st for n, st, full in zip(own_shape, strides, shape[lead:], strict=True)
    )


def is_dense(shape, strides) -> bool:
    """Whether the elements fill a block of memory without gaps or overlaps."""
    if 0 in shape:
        return True
    expected = 1
    for size, stride in sorted(((n, s) for n, s in zip(shape, strides, strict=True) if n != 1), key=lambda p: p[1]):
        if stride != expected:
            return False
        expected *= size
    return True


def _dimension_order(shape, operands) -> list[int]:
    """Dimensions from the quickest to the slowest, by TensorIterator's insertion sort over the operands' strides."""
    order = list(range(len(shape)))[::-1]

    def compare(a: int, b: int) -> int:
        for strides in operands:
            sa, sb = strides[a], strides[b]
            if sa == 0 or sb == 0:
                continue
            if sa != sb:
                return -1 if sa < sb else 1
            if shape[a] > shape[b]:
                return 1
        return 0

    for i in range(1, len(order)):
        at = i
        for j in range(i - 1, -1, -1):
            verdict = compare(order[j], order[at])
            if verdict > 0:
                order[j], order[at] = order[at], order[j]
                at = j
            elif verdict < 0:
                break
    return order
