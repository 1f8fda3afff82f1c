"""From a jaxpr to NumPy steps, and the steps' cost."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import jax.extend.core
import numpy as np

from jaxtorch._engine.host import linear, windowed
from jaxtorch._engine.host.elementwise import ELEMENTWISE, Unsupported
from jaxtorch._engine.host.indexing import INDEXING
from jaxtorch._engine.host.process import process
from jaxtorch._engine.host.structural import STRUCTURAL

_MAKERS = {**ELEMENTWISE, **STRUCTURAL, **INDEXING, **linear.LINEAR, **windowed.WINDOWED}
_SEVERAL = linear.SEVERAL | {"split", "sort", "optimization_barrier", "unstack", "top_k"}
_INLINE = {
    "pjit": "jaxpr",
    "jit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "remat": "jaxpr",
    "checkpoint": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "custom_vjp_call_jaxpr": "fun_jaxpr",
}
_LONG_LOOP = 1000  # rounds of a loop from which on XLA continues it, but in forked processes
STEP_SECONDS, ELEMENT_SECONDS, FLOP_SECONDS = 2e-6, 1e-9, 2e-10


class HostCall:
    """A jaxpr as NumPy steps: `run(*arrays)` gives a list of arrays, `seconds` is about what it takes."""

    __slots__ = ("steps", "constants", "inputs", "outputs", "size", "seconds")

    def __init__(self, closed: Any) -> None:
        jaxpr = closed.jaxpr
        slots: dict[Any, int] = {}

        def slot(var: Any) -> int:
            return slots.setdefault(var, len(slots))

        self.inputs = [slot(v) for v in jaxpr.invars]
        self.constants = [(slot(v), np.asarray(c)) for v, c in zip(jaxpr.constvars, closed.consts, strict=True)]
        literals: list[tuple[int, np.ndarray]] = []

        def read(atom: Any) -> int:
            if hasattr(atom, "val"):
                where = len(slots)
                slots[object()] = where
                literals.append((where, np.asarray(atom.val, atom.aval.dtype)))
                return where
            return slot(atom)

        self.steps: list[tuple[Callable, tuple, tuple, bool]] = []
        self.seconds = 0.0
        for eqn in _needed(jaxpr):
            run, cost = _step(eqn)
            self.seconds += cost
            single = len(eqn.outvars) == 1 and not getattr(run, "several", False)
            self.steps.append(
                (run, tuple([read(a) for a in eqn.invars]), tuple([slot(v) for v in eqn.outvars]), single)
            )
        self.outputs = [read(a) for a in jaxpr.outvars]
        self.constants += literals
        self.size = len(slots)

    def run(self, *arrays: Any) -> list:
        """Evaluate on NumPy arrays."""
        env: list[Any] = [None] * self.size
        for where, constant in self.constants:
            env[where] = constant
        for where, array in zip(self.inputs, arrays, strict=True):
            env[where] = array
        for function, ins, outs, single in self.steps:
            result = function(*[env[i] for i in ins])
            if single:
                env[outs[0]] = result
            else:
                for where, array in zip(outs, result, strict=True):
                    env[where] = array
        return [env[i] for i in self.outputs]


def _needed(jaxpr: Any) -> list:
    """The equations that some output depends on, in order."""
    wanted = {v for v in jaxpr.outvars if not hasattr(v, "val")}
    kept = []
    for eqn in reversed(jaxpr.eqns):
        if any(v in wanted for v in eqn.outvars):
            kept.append(eqn)
            wanted.update(v for v in eqn.invars if not hasattr(v, "val"))
    return kept[::-1]


def inner_jaxpr(eqn: Any) -> Any:
    """The jaxpr that an equation calls once; None for others."""
    name = _INLINE.get(eqn.primitive.name)
    return None if name is None else eqn.params[name]


def _step(eqn: Any) -> tuple[Callable, float]:
    name = eqn.primitive.name
    inner = inner_jaxpr(eqn)
    if inner is not None:
        nested = HostCall(_closed(inner))
        return _several(nested.run), nested.seconds
    if name == "while":
        return _while(eqn)
    if name == "cond":
        return _cond(eqn)
    if name == "scan":
        return _scan(eqn)
    if name == "custom_linear_solve":
        return _linear_solve(eqn)
    maker = _MAKERS.get(name)
    if maker is None or any(v.aval.dtype.name.startswith("float8") for v in (*eqn.invars, *eqn.outvars)):
        raise Unsupported(name)
    run = maker(eqn.params, eqn)
    return (_several(run) if name in _SEVERAL else run), _cost(eqn)


class _Several:
    """Marks a step that gives a sequence of results, whatever their number."""

    several = True

    def __init__(self, function: Callable) -> None:
        self.function = function

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)


def _several(function: Callable) -> Callable:
    return _Several(function)


def _closed(jaxpr: Any) -> Any:
    return jaxpr if hasattr(jaxpr, "consts") else jax.extend.core.ClosedJaxpr(jaxpr, ())


def _cost(eqn: Any) -> float:
    elements = sum(math.prod(v.aval.shape) for v in eqn.outvars)
    seconds = STEP_SECONDS + elements * ELEMENT_SECONDS
    if eqn.primitive.name == "dot_general":
        (contract, _), _ = eqn.params["dimension_numbers"]
        seconds += elements * math.prod(eqn.invars[0].aval.shape[d] for d in contract) * FLOP_SECONDS
    elif eqn.primitive.name in linear.WORK:
        work, matrices = linear.flops(eqn)
        seconds += work * FLOP_SECONDS + matrices * linear.MATRIX_SECONDS
    elif eqn.primitive.name == "conv_general_dilated":
        work, windows = windowed.multiply_adds(eqn)
        seconds += work * FLOP_SECONDS + windows * 2 * ELEMENT_SECONDS + 20 * STEP_SECONDS
    elif eqn.primitive.name == "fft":
        seconds += 10 * STEP_SECONDS + elements * 20 * ELEMENT_SECONDS
    elif eqn.primitive.name.startswith(("scatter", "gather", "sort", "top_k", "reduce", "cum")):
        seconds += math.prod(eqn.invars[0].aval.shape) * 10 * ELEMENT_SECONDS
    return seconds


def _while(eqn: Any) -> tuple[Callable, float]:
    condition, body = HostCall(eqn.params["cond_jaxpr"]), HostCall(eqn.params["body_jaxpr"])
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

    return _several(run), 100 * (condition.seconds + body.seconds)


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


def _cond(eqn: Any) -> tuple[Callable, float]:
    branches = [HostCall(b) for b in eqn.params["branches"]]

    def run(index: Any, *args: Any) -> list:
        return branches[min(max(int(index), 0), len(branches) - 1)].run(*args)

    return _several(run), max(b.seconds for b in branches)


def _scan(eqn: Any) -> tuple[Callable, float]:
    p = eqn.params
    body, consts, carried, length = HostCall(p["jaxpr"]), p["num_consts"], p["num_carry"], p["length"]
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

    return _several(run), length * body.seconds


def _linear_solve(eqn: Any) -> tuple[Callable, float]:
    solve, lengths = HostCall(eqn.params["jaxprs"].solve), eqn.params["const_lengths"]
    start = lengths.matvec + lengths.vecmat
    end, first = start + lengths.solve, start + lengths.solve + lengths.transpose_solve
    return _several(lambda *args: solve.run(*args[start:end], *args[first:])), solve.seconds
