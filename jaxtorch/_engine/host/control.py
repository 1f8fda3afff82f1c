"""lax control flow and the solvers that are built on it. Each maker gets the equation and what lowers a jaxpr."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.extend.core
import numpy as np

from jaxtorch._engine.host.process import process

_LONG_LOOP = 1000  # rounds of a loop from which on XLA continues it, but in forked processes


def _while(eqn: Any, lower: Callable) -> tuple[Callable, float]:
    condition, body = lower(eqn.params["cond_jaxpr"]), lower(eqn.params["body_jaxpr"])
    on_xla = functools.cache(lambda: _compiled_loop(eqn.params["cond_jaxpr"], eqn.params["body_jaxpr"]))
    n, m = eqn.params["cond_nconsts"], eqn.params["body_nconsts"]

    def run(*args: Any) -> list:
        cond_consts, body_consts, carry = args[:n], args[n : n + m], list(args[n + m :])
        rounds = 0
        while (going := np.asarray(condition.run(*cond_consts, *carry)[0])).any():
            rounds += 1
            if rounds > _LONG_LOOP and not going.ndim and not process.host_only:
                return [np.asarray(x) for x in on_xla()(cond_consts, body_consts, tuple(carry))]
            new = body.run(*body_consts, *carry)
            # A batched condition (`vmap`): those that are through keep what they have.
            carry = new if going.all() else [_where(going, a, b) for a, b in zip(new, carry, strict=True)]
        return carry

    return run, 100 * (condition.seconds + body.seconds)


def _compiled_loop(condition: Any, body: Any) -> Callable:
    """The rest of a loop that goes on for longer than was thought when it was put on the host."""
    test, step = jax.extend.core.jaxpr_as_fun(condition), jax.extend.core.jaxpr_as_fun(body)
    return jax.jit(
        lambda cond_consts, body_consts, carry: jax.lax.while_loop(
            lambda state: test(*cond_consts, *state)[0], lambda state: tuple(step(*body_consts, *state)), carry
        )
    )


def _where(going: np.ndarray, new: Any, old: Any) -> np.ndarray:
    return np.where(going.reshape(going.shape + (1,) * (np.ndim(new) - going.ndim)), new, old)


def _cond(eqn: Any, lower: Callable) -> tuple[Callable, float]:
    branches = [lower(b) for b in eqn.params["branches"]]

    def run(index: Any, *args: Any) -> list:
        return branches[min(max(int(index), 0), len(branches) - 1)].run(*args)

    return run, max(b.seconds for b in branches)


def _scan(eqn: Any, lower: Callable) -> tuple[Callable, float]:
    p = eqn.params
    body, consts, carried, length = lower(p["jaxpr"]), p["num_consts"], p["num_carry"], p["length"]
    stacked = eqn.outvars[carried:]

    def run(*args: Any) -> list:
        fixed, carry, xs = args[:consts], list(args[consts : consts + carried]), args[consts + carried :]
        ys = [np.empty(v.aval.shape, v.aval.dtype) for v in stacked]
        for i in reversed(range(length)) if p["reverse"] else range(length):
            out = body.run(*fixed, *carry, *[x[i] for x in xs])
            carry = out[:carried]
            for y, part in zip(ys, out[carried:], strict=True):
                y[i] = part
        return [*carry, *ys]

    return run, length * body.seconds


def _linear_solve(eqn: Any, lower: Callable) -> tuple[Callable, float]:
    solve, lengths = lower(eqn.params["jaxprs"].solve), eqn.params["const_lengths"]
    start = lengths.matvec + lengths.vecmat
    end, first = start + lengths.solve, start + lengths.solve + lengths.transpose_solve
    return (lambda *args: solve.run(*args[start:end], *args[first:])), solve.seconds


CONTROL: dict[str, Callable[[Any, Callable], tuple[Callable, float]]] = {
    "while": _while,
    "cond": _cond,
    "scan": _scan,
    "custom_linear_solve": _linear_solve,
}
