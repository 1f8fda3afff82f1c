"""Programs with convolutions, with channels last between them.

XLA's convolutions on the CPU want channels last and transpose every operand and result of ours, whose channels come
second: a third of a ResNet's step beyond the convolutions themselves. Here the equations of a program are written
anew: a convolution's result stays as the convolution leaves it, and what follows (elementwise operations, sums,
padding, slices) is done on it so, up to the first equation that has no rule. Values are the same, in another order in
memory; what enters and leaves the program is as before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.extend.core
import numpy as np
from jax import lax

from jaxtorch._engine.calls import Call
from jaxtorch._engine.host.lowering import inner_jaxpr

Order = tuple[int, ...]
"""Dimension `order[i]` of a value is dimension `i` of the array that holds it."""

_ELEMENTWISE = frozenset(
    "neg sign floor ceil round is_finite exp exp2 log log1p expm1 tanh logistic sin cos tan asin acos atan sinh cosh "
    "asinh acosh atanh sqrt rsqrt cbrt abs erf erfc erf_inv lgamma digamma integer_pow square pow add add_any sub mul "
    "div rem max min atan2 nextafter and or xor not eq ne lt le gt ge select_n clamp convert_element_type "
    "reduce_precision copy copy_p stop_gradient".split()
)
_REDUCTIONS = frozenset("reduce_sum reduce_max reduce_min reduce_prod reduce_and reduce_or argmax argmin".split())


class Held:
    """A value, by the arrays that hold it: one for each order it was wanted in; `order` is the first."""

    __slots__ = ("order", "_arrays")

    def __init__(self, array: Any, order: Order) -> None:
        self.order = order
        self._arrays: dict[Order, Any] = {order: array}

    @property
    def array(self) -> Any:
        """As it was made."""
        return self._arrays[self.order]

    @property
    def moved(self) -> bool:
        """Whether the dimensions are not in their own order."""
        return self.order != tuple(range(len(self.order)))

    def arranged(self, order: Order) -> Any:
        """The array with dimensions in `order`."""
        found = self._arrays.get(order)
        if found is None:
            found = lax.transpose(self.array, [self.order.index(d) for d in order])
            self._arrays[order] = found
        return found

    def plain(self) -> Any:
        """The array with dimensions in their own order."""
        return self.arranged(tuple(range(len(self.order))))


def plain(array: Any) -> Held:
    """An array that holds itself."""
    return Held(array, tuple(range(np.ndim(array))))


def has_convolution(jaxpr: Any) -> bool:
    """Whether some equation is a convolution, those of inner jaxprs too."""
    for eqn in jaxpr.eqns:
        if eqn.primitive.name == "conv_general_dilated":
            return True
        inner = inner_jaxpr(eqn)
        if inner is not None and has_convolution(getattr(inner, "jaxpr", inner)):
            return True
    return False


_convolving: dict[int, bool] = {}  # number of a call -> whether it convolves
_BOUND = 20_000


def convolves(call: Call) -> bool:
    """Whether a call has convolutions in it."""
    found = _convolving.get(call.id)
    if found is None:
        if len(_convolving) >= _BOUND:
            _convolving.clear()
        found = max((len(a.array_shape) for a in call.avals), default=0) > 2
        if found:
            types = [jax.ShapeDtypeStruct(a.array_shape, a.dtype.numpy_dtype) for a in call.avals]
            found = has_convolution(call.fn.trace(*types).jaxpr)
        _convolving[call.id] = found
    return found


def laid_out(program: Callable) -> Callable:
    """A program of arrays, with channels last between its convolutions."""

    def arranged(*arrays: Any) -> list:
        closed = jax.make_jaxpr(program)(*arrays)
        outs = _evaluate(closed.jaxpr, closed.consts, [plain(a) for a in arrays])
        return [out.plain() for out in outs]

    return arranged


def _evaluate(jaxpr: Any, consts: Sequence, args: Sequence[Held]) -> list[Held]:
    env: dict[Any, Held] = dict(zip(jaxpr.invars, args, strict=True))
    env.update((v, plain(c)) for v, c in zip(jaxpr.constvars, consts, strict=True))

    def read(atom: Any) -> Held:
        return plain(atom.val) if isinstance(atom, jax.extend.core.Literal) else env[atom]

    for eqn in jaxpr.eqns:
        ins = [read(a) for a in eqn.invars]
        inner = inner_jaxpr(eqn)
        if inner is not None:
            outs = _evaluate(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), ins)
        else:
            outs = _apply(eqn, ins)
        env.update(zip(eqn.outvars, outs, strict=True))
    return [read(a) for a in jaxpr.outvars]


def _apply(eqn: Any, ins: list[Held]) -> list[Held]:
    rule = _RULES.get(eqn.primitive.name)
    if rule is not None and (eqn.primitive.name in _OF_PLAIN or any(x.moved for x in ins)):
        made = rule(eqn, ins)
        if made is not None:
            return [made]
    out = eqn.primitive.bind(*[x.plain() for x in ins], **eqn.params)
    return [plain(o) for o in out] if eqn.primitive.multiple_results else [plain(out)]


# ----- Rules: the equation done on arrays in another order, or None where that isn't possible -----


def _bind(eqn: Any, arrays: Sequence, order: Order, **changed: Any) -> Held:
    return Held(eqn.primitive.bind(*arrays, **{**eqn.params, **changed}), order)


def _convolution(eqn: Any, ins: list[Held]) -> Held | None:
    spec = eqn.params["dimension_numbers"]
    if spec.lhs_spec[0] or spec.out_spec[0]:  # a weight's gradient
        return _bind(
            eqn,
            [x.array for x in ins],
            tuple(range(len(spec.out_spec))),
            dimension_numbers=lax.ConvDimensionNumbers(
                _placed(spec.lhs_spec, ins[0].order), _placed(spec.rhs_spec, ins[1].order), spec.out_spec
            ),
        )
    order, out = _last(spec.lhs_spec), _last(spec.out_spec)
    return _bind(
        eqn,
        [ins[0].arranged(order), ins[1].array],
        out,
        dimension_numbers=lax.ConvDimensionNumbers(
            _placed(spec.lhs_spec, order), _placed(spec.rhs_spec, ins[1].order), _placed(spec.out_spec, out)
        ),
    )


def _last(spec: tuple[int, ...]) -> Order:
    """Batch, places, channels."""
    return (spec[0], *spec[2:], spec[1])


def _placed(dims: Sequence[int], order: Order) -> tuple[int, ...]:
    """Where the dimensions `dims` of a value lie in an array of that order."""
    return tuple(order.index(d) for d in dims)


def _elementwise(eqn: Any, ins: list[Held]) -> Held | None:
    order = next(x.order for x in ins if x.moved)
    arrays = [x.arranged(order) if x.order else x.array for x in ins]
    return _bind(eqn, arrays, order)


def _reduction(eqn: Any, ins: list[Held]) -> Held | None:
    order = ins[0].order
    axes = eqn.params["axes"]
    left = [d for d in order if d not in axes]
    rank = {d: i for i, d in enumerate(sorted(left))}
    return _bind(eqn, [ins[0].array], tuple(rank[d] for d in left), axes=tuple(sorted(_placed(axes, order))))


def _transposition(eqn: Any, ins: list[Held]) -> Held | None:
    """No work; of a plain value only where channels come from last, else it would spread what was never asked for."""
    permutation = tuple(eqn.params["permutation"])
    if not ins[0].moved and permutation != (0, len(permutation) - 1, *range(1, len(permutation) - 1)):
        return None
    return Held(ins[0].array, tuple(permutation.index(d) for d in ins[0].order))


def _pad(eqn: Any, ins: list[Held]) -> Held | None:
    order = ins[0].order
    config = eqn.params["padding_config"]
    return _bind(eqn, [ins[0].array, ins[1].array], order, padding_config=tuple(config[d] for d in order))


def _slice(eqn: Any, ins: list[Held]) -> Held | None:
    order, params = ins[0].order, eqn.params
    return _bind(
        eqn,
        [ins[0].array],
        order,
        **{
            name: None if params[name] is None else tuple(params[name][d] for d in order)
            for name in ("start_indices", "limit_indices", "strides")
        },
    )


def _concatenation(eqn: Any, ins: list[Held]) -> Held | None:
    order = next(x.order for x in ins if x.moved)
    return _bind(eqn, [x.arranged(order) for x in ins], order, dimension=order.index(eqn.params["dimension"]))


def _stack(eqn: Any, ins: list[Held]) -> Held | None:
    """The new dimension comes behind the one it follows."""
    axis, first = eqn.params["axis"], next(x.order for x in ins if x.moved)
    order = [d + (d >= axis) for d in first]
    at = order.index(axis - 1) + 1 if axis else 0
    order.insert(at, axis)
    return _bind(eqn, [x.arranged(first) for x in ins], tuple(order), axis=at)


def _broadcast(eqn: Any, ins: list[Held]) -> Held | None:
    """New dimensions come behind the one they follow."""
    if len(ins) > 1:
        return None
    target, shape = eqn.params["broadcast_dimensions"], eqn.params["shape"]
    order = [target[d] for d in ins[0].order]
    for new in range(len(shape)):
        if new not in target:
            order.insert(order.index(new - 1) + 1 if new - 1 in order else 0, new)
    return _bind(
        eqn,
        [ins[0].array],
        tuple(order),
        shape=tuple(shape[d] for d in order),
        broadcast_dimensions=tuple(order.index(target[d]) for d in ins[0].order),
    )


def _reshape(eqn: Any, ins: list[Held]) -> Held | None:
    """Where it only splits and merges dimensions that lie side by side."""
    if len(ins) > 1 or eqn.params["dimensions"] is not None:
        return None
    old, new = eqn.invars[0].aval.shape, tuple(eqn.params["new_sizes"])
    groups = _groups(old, new)
    if groups is None:
        return None
    starts = {befores[0]: (befores, afters) for befores, afters in groups}
    order: list[int] = []
    rest = list(ins[0].order)
    while rest:
        befores, afters = starts.get(rest[0], ((), ()))
        if not befores or tuple(rest[: len(befores)]) != befores:
            return None
        order += afters
        del rest[: len(befores)]
    return _bind(eqn, [ins[0].array], tuple(order), new_sizes=tuple(new[d] for d in order))


def _groups(old: Sequence[int], new: Sequence[int]) -> list[tuple[tuple[int, ...], tuple[int, ...]]] | None:
    """The shortest runs of old and new dimensions with as many elements; None where one is empty."""
    groups: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        a, b = i, j
        i, j = i + 1, j + 1
        while i <= len(old) and j <= len(new) and (have := math.prod(old[a:i])) != (want := math.prod(new[b:j])):
            i, j = (i + 1, j) if have < want else (i, j + 1)
        if i > len(old) or j > len(new):
            if a < len(old) and b == len(new) and math.prod(old[a:]) == 1 and groups:  # ones at the end
                groups[-1] = (groups[-1][0] + tuple(range(a, len(old))), groups[-1][1])
                return groups
            if b < len(new) and a == len(old) and math.prod(new[b:]) == 1 and groups:
                groups[-1] = (groups[-1][0], groups[-1][1] + tuple(range(b, len(new))))
                return groups
            return None
        groups.append((tuple(range(a, i)), tuple(range(b, j))))
    return groups


def _product(eqn: Any, ins: list[Held]) -> Held | None:
    """The result's free dimensions come in the order in which the arrays have them."""
    contracted, batch = eqn.params["dimension_numbers"]
    if len(ins) > 2:
        return None
    order: list[int] = list(range(len(batch[0])))
    for x, taken in zip(ins, zip(contracted, batch, strict=True), strict=True):
        free = [d for d in range(len(x.order)) if d not in (*taken[0], *taken[1])]
        rank = {d: len(order) + i for i, d in enumerate(free)}
        order += [rank[d] for d in x.order if d in rank]
    numbers = tuple(
        tuple(_placed(dims, x.order) for dims, x in zip(pair, ins, strict=True)) for pair in (contracted, batch)
    )
    return _bind(eqn, [x.array for x in ins], tuple(order), dimension_numbers=numbers)


def _squeeze(eqn: Any, ins: list[Held]) -> Held | None:
    order, dropped = ins[0].order, eqn.params["dimensions"]
    left = [d for d in order if d not in dropped]
    rank = {d: i for i, d in enumerate(sorted(left))}
    return _bind(eqn, [ins[0].array], tuple(rank[d] for d in left), dimensions=tuple(sorted(_placed(dropped, order))))


def _reverse(eqn: Any, ins: list[Held]) -> Held | None:
    return _bind(eqn, [ins[0].array], ins[0].order, dimensions=_placed(eqn.params["dimensions"], ins[0].order))


_OF_PLAIN = frozenset(["conv_general_dilated", "transpose"])  # rules that plain values get too
_RULES: dict[str, Callable[[Any, list[Held]], Held | None]] = {
    "conv_general_dilated": _convolution,
    "transpose": _transposition,
    "pad": _pad,
    "slice": _slice,
    "concatenate": _concatenation,
    "dot_general": _product,
    "stack": _stack,
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "squeeze": _squeeze,
    "rev": _reverse,
    **dict.fromkeys(_ELEMENTWISE, _elementwise),
    **dict.fromkeys(_REDUCTIONS, _reduction),
}
