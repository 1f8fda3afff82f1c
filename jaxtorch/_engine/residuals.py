"""Calls that keep what their derivative needs, for ops whose forward pass is too costly to run again (loops over time).

`jax.vjp` gives a closure that is a pytree: its leaves are the residuals. The forward call gives them as further
outputs, and the backward call takes them instead of the inputs.
"""

from __future__ import annotations

from typing import Any

import jax

from jaxtorch._base.avals import aval
from jaxtorch._base.dtypes import COMPLEX, from_numpy_dtype
from jaxtorch._engine.calls import Call, adhoc_call
from jaxtorch._engine.derivatives import cotangent_of


class ResidualForm:
    """A call in two halves, for the inputs in `mask`: `forward` gives outputs then residuals, `backward` the
    gradients."""

    __slots__ = ("forward", "mask", "outputs", "_call", "_tree", "_backwards", "_conjugates")

    def __init__(self, call: Call, mask: tuple[bool, ...]) -> None:
        self.mask = mask
        self._call = call
        self._tree: Any = None
        self._backwards: dict[tuple, Call] = {}
        outs = call.out_avals if call.multi else (call.out_avals,)
        self.outputs = len(outs)
        self._conjugates = any(a.dtype.category == COMPLEX for a in (*call.avals, *outs))
        fn = jax.jit(self._forward, inline=True)
        shaped = fn.eval_shape(*[jax.ShapeDtypeStruct(a.shape, a.dtype.numpy_dtype) for a in call.avals])
        avals = tuple(aval(tuple(s.shape), from_numpy_dtype(s.dtype), call.avals[0].device) for s in shaped)
        self.forward = adhoc_call(call.name, self._forward, call.avals, avals, call.kind)

    def _forward(self, *args: Any) -> tuple:
        wanted = [i for i, m in enumerate(self.mask) if m]

        def of_wanted(*those: Any) -> Any:
            full = list(args)
            for i, x in zip(wanted, those, strict=True):
                full[i] = x
            return self._call.fn(*full)

        out, back = jax.vjp(of_wanted, *[args[i] for i in wanted])
        leaves, self._tree = jax.tree.flatten(back)
        return (*(out if self._call.multi else (out,)), *leaves)

    def backward(self, given: tuple[bool, ...]) -> Call:
        """The call of (residuals, cotangents of the outputs in `given`)."""
        found = self._backwards.get(given)
        if found is None:
            found = self._backwards[given] = self._make_backward(given)
        return found

    def _make_backward(self, given: tuple[bool, ...]) -> Call:
        call, outs = self._call, self.forward.out_avals[: self.outputs]
        residuals = self.forward.out_avals[self.outputs :]

        def pull(*args: Any) -> Any:
            back = jax.tree.unflatten(self._tree, args[: len(residuals)])
            there = iter(args[len(residuals) :])
            cotangents = tuple(
                cotangent_of(o, next(there) if g else None, self._conjugates) for o, g in zip(outs, given, strict=True)
            )
            grads = back(cotangents if call.multi else cotangents[0])
            grads = tuple(jax.numpy.conj(g) for g in grads) if self._conjugates else tuple(grads)
            return grads if len(grads) > 1 else grads[0]

        avals = (*residuals, *[o for o, g in zip(outs, given, strict=True) if g])
        results = tuple(a for a, m in zip(call.avals, self.mask, strict=True) if m)
        return adhoc_call(f"{call.name}Backward", pull, avals, results if len(results) > 1 else results[0])


_forms: dict[tuple, ResidualForm] = {}
_BOUND = 1024


def residual_form(call: Call, mask: tuple[bool, ...]) -> ResidualForm:
    """The two halves of a call; made once."""
    key = (call.id, mask)
    found = _forms.get(key)
    if found is None:
        if len(_forms) >= _BOUND:
            _forms.clear()
        found = _forms[key] = ResidualForm(call, mask)
    return found
