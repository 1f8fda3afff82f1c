"""The functions that derivatives of calls are: `jax.vjp` of the call's own, or what its op declares."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxtorch._base.avals import Aval
from jaxtorch._base.dtypes import COMPLEX
from jaxtorch._ops.table import LINEAR, unflatten


def vjp_function(forward, kind: str, avals: tuple, outs: tuple, multi: bool, needed, mask, present):
    """The function of the inputs in `needed` and the cotangents in `present` that gives the gradients in `mask`."""
    wanted = [i for i, m in enumerate(mask) if m]
    slot = {i: k for k, i in enumerate(needed)}
    linear = kind == LINEAR and all(o.dtype.differentiable for o in outs)
    conjugate = any(a.dtype.category == COMPLEX for a in (*avals, *outs))

    def pull(*args):
        primals = [args[slot[i]] if i in slot else jnp.zeros(a.shape, a.dtype.numpy_dtype) for i, a in enumerate(avals)]

        def of_wanted(*those):
            full = list(primals)
            for i, x in zip(wanted, those, strict=True):
                full[i] = x
            return forward(*full)

        given = iter(args[len(needed) :])
        cotangents = tuple(
            cotangent_of(o, next(given) if p else None, conjugate) for o, p in zip(outs, present, strict=True)
        )
        points = [primals[i] for i in wanted]
        cotangent = cotangents if multi else cotangents[0]
        grads = _transposed(of_wanted, points, cotangent) if linear else None
        if grads is None:
            grads = jax.vjp(of_wanted, *points)[1](cotangent)
        if conjugate:
            grads = tuple(jnp.conj(g) for g in grads)
        return grads if len(grads) > 1 else grads[0]

    return pull


def declared(call: Any, needed: tuple, mask: tuple, present: tuple, derived: Any) -> Any:
    """The derivative by the op's own `pull`, which traces several times as fast as `jax.vjp`; None where it has none.

    Of the first output alone, and for one float dtype; a pull may give None, where `derived` serves.
    """
    op, structure = call.op, call.structure
    if op is None or op.pull is None or present != (True,) + (False,) * (len(present) - 1):
        return None
    floats = {a.dtype.name for a in call.avals if not a.weak and a.dtype.differentiable}
    if len(floats) != 1 or not floats <= {"float32", "float64"} or (structure and set(structure) - {None, "v"}):
        return None
    structure = structure or ("v",) * len(call.avals) + (None,) * (len(op.arrays) - len(call.avals))
    wanted = unflatten(mask, structure)

    # what the derivative needs not is there by its shape alone
    types = [jax.ShapeDtypeStruct(a.shape, a.dtype.numpy_dtype) for a in call.avals]

    def pull(*args):
        primals: list = list(types)
        for i, x in zip(needed, args, strict=False):
            primals[i] = x
        grads = op.pull(args[len(needed)], *unflatten(primals, structure), wanted=wanted, **call.statics)
        if grads is None:
            return derived(*args)
        chosen = tuple(g for g, w in zip(grads, wanted, strict=True) if w)
        return chosen if len(chosen) > 1 else chosen[0]

    return pull


def _transposed(function, points: list, cotangent) -> tuple | None:
    """What `jax.vjp` comes to for a linear function, traced three times as fast; None where JAX cannot transpose it.

    That is so of steps that are linear in being constant by pieces, like `sign`.
    """
    try:
        return jax.linear_transpose(function, *points)(cotangent)
    except NotImplementedError:
        return None


def cotangent_of(out: Aval, given, conjugate: bool):
    """A cotangent as `jax.vjp` takes it: float0 for integers, zeros where there is none."""
    if not out.dtype.differentiable:
        return np.zeros(out.shape, jax.dtypes.float0)
    if given is None:
        return jnp.zeros(out.shape, out.dtype.numpy_dtype)
    return jnp.conj(given) if conjugate else given
