"""Calls: an op applied to given types and metadata. Made once per signature, found by one dictionary look-up.

A call knows its pure function of flat arrays, its output avals, and its derivative: `call.vjp(mask, given)` is again a
call (so derivatives of any order are), the `jax.vjp` of the first. Recording a call that exists traces nothing.
"""

from __future__ import annotations

import zlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxtorch._base.avals import Aval, aval, batched_aval
from jaxtorch._base.batching import batching
from jaxtorch._base.devices import CPU, META, device
from jaxtorch._base.dtypes import INTEGRAL, bool_, from_numpy_dtype
from jaxtorch._base.modes import defaults
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._engine.derivatives import declared, vjp_function
from jaxtorch._engine.stats import stats
from jaxtorch._ops import promote as promotion
from jaxtorch._ops.host_forms import form_of
from jaxtorch._ops.table import BILINEAR, GENERAL, LINEAR, NONE, Op, bind, unflatten, width, with_structure

CALLS: dict[tuple, Call] = {}  # (op, avals) or (op, statics, structure, avals...) -> call
_traced_signatures: set[tuple] = set()  # (op, dtypes...) known to pass the op function's own checks
_next_id = iter(range(1, 1 << 62)).__next__


class Call:
    """One signature of an op. `kind` is the op's gradient kind, `needs(mask)` which inputs the derivative reads."""

    __slots__ = (
        "id",
        "op",
        "name",
        "fn",
        "avals",
        "out_avals",
        "multi",
        "kind",
        "diff",
        "device",
        "eager",
        "_vjps",
        "check",
        "statics",
        "structure",
        "pointwise",
        "saves",
        "saves_result",
        "keeps_all",
        "prompt",
        "slow",
        "undefined",
        "base",
        "origin",
        "flags",
        "captured",
        "_fingerprint",
        "reads",
    )

    def __init__(self, op: Op | None, name: str, fn, avals: tuple[Aval, ...], out_avals, kind: str) -> None:
        self.id = _next_id()
        self.op = op
        self.name = name
        self.fn = fn
        self.avals = avals
        self.out_avals = out_avals
        self.multi = isinstance(out_avals, tuple)
        self.kind = kind
        outs = out_avals if self.multi else (out_avals,)
        self.diff = kind != NONE and any(a.dtype.differentiable for a in outs)
        self.eager = any(a.traced for a in avals) or any(a.device is META for a in outs)
        self._vjps: dict = {}
        self._fingerprint: int | None = None
        self.reads: tuple[bool, ...] | None = None  # which inputs the results depend on, where that was asked for
        self.origin: tuple | None = None  # of a derivative: its call, which inputs it reads, its mask, its cotangents
        self.captured = False  # made of many by `torch.compile`
        self.flags: dict[str, Any] | None = None  # of XLA, for the programs it is part of
        self.base: Call | None = None  # for a call lifted over batch levels: the call for one example
        self.check: Check | None = None
        self.statics: dict[str, Any] = {}
        self.structure: tuple | None = None
        self.pointwise = False
        self.saves: tuple[int, ...] = ()
        self.saves_result = False
        self.keeps_all = kind == GENERAL
        # Whole numbers by the handful, as loops index with: on the host they are there at once, and reading one of them
        # does not run the pending graph.
        self.prompt = not self.eager and not self.multi and all(_is_prompt(a) for a in (*avals, *outs))
        self.slow = self.eager or self.prompt  # takes the longer way through `record`
        self.undefined = False

    def __repr__(self) -> str:
        return f"{self.name}{list(self.avals)}"

    @property
    def fingerprint(self) -> int:
        """A number that depends on what the call is, not on when it was made."""
        found = self._fingerprint
        if found is None:
            found = self._fingerprint = zlib.crc32(repr(self).encode())
        return found

    def vjp(self, mask: tuple[bool, ...], given: tuple[bool, ...] | None = None) -> tuple[Call, tuple[int, ...]]:
        """The derivative call for the inputs in `mask`, and which inputs it reads, in order.

        It takes those inputs and then the cotangents of the outputs in `given` (None: the only one). Of a lifted call
        it is the derivative for one example, to be lifted by what it is called on.
        """
        if self.base is not None:
            return self.base.vjp(mask, given)
        key = (mask, given)
        found = self._vjps.get(key)
        if found is None:
            found = self._vjps[key] = _make_vjp(self, mask, given)
        return found


_PROMPT_ELEMENTS = 64


def _is_prompt(a: Aval) -> bool:
    return a.dtype.category <= INTEGRAL and a.numel <= _PROMPT_ELEMENTS and a.device is CPU and not a.batch


def _needed(call: Call, mask: tuple[bool, ...]) -> tuple[int, ...]:
    if call.kind == GENERAL:
        return tuple(range(len(call.avals)))
    wanted = sum(mask)
    return tuple(
        i
        for i, a in enumerate(call.avals)
        if a.weak or not a.dtype.differentiable or (call.kind == BILINEAR and (wanted - mask[i]) > 0)
    )


def _make_vjp(call: Call, mask: tuple[bool, ...], given) -> tuple[Call, tuple[int, ...]]:
    needed = _needed(call, mask)
    wanted = tuple(i for i, m in enumerate(mask) if m)
    outs = call.out_avals if call.multi else (call.out_avals,)
    present = (True,) * len(outs) if given is None else given
    fn = vjp_function(call.fn, call.kind, call.avals, outs, call.multi, needed, mask, present)
    fn = declared(call, needed, mask, present, fn) or fn
    avals = (*[call.avals[i] for i in needed], *[o for o, p in zip(outs, present, strict=True) if p])
    results = tuple(call.avals[i] for i in wanted)
    made = Call(
        None,
        f"{call.name}Backward",
        jax.jit(fn, inline=True),
        avals,
        results if len(results) > 1 else results[0],
        GENERAL,
    )
    made.origin = (call, needed, mask, given)
    return made, needed


def make_call(op: Op, statics: tuple, structure: tuple | None, avals: tuple[Aval, ...]) -> Call:
    """The call of a signature seen for the first time; the op's own errors surface here, at the user's line."""
    if batching.used and any(a.batch for a in avals):
        return _lifted_op_call(op, statics, structure, avals)
    named = {p.name: v for p, v in zip(op.statics, statics, strict=True)}
    dev = _common_device(op, avals, named)
    fn = jax.jit(bind(op, avals, structure, named), inline=True)
    with stats.timing("record"):
        out_avals = _output_avals(op, fn, avals, structure, statics, dev)
    call = Call(op, _grad_name(op, avals), fn, avals, out_avals, op.grad)
    call.statics, call.structure = named, structure
    call.pointwise = op.pointwise
    call.undefined = op.undefined is not None and op.undefined(avals, named)
    call.saves_result = "result" in op.saves
    call.saves = _saved_inputs(op, structure, len(avals))
    if op.check is not None:
        check = Check(op, avals, structure, named)
        if check.verdicts:
            call.check, call.slow = check, True
    if not call.eager:
        key = (op, *avals) if not statics and structure is None else (op, statics, structure, *avals)
        CALLS[key] = call
    return call


_lift: Any = None


def set_lift(function: Any) -> None:
    """Name what lifts a call over batch levels; once, by `lifting`."""
    global _lift
    _lift = function


def _lifted_op_call(op: Op, statics: tuple, structure: tuple | None, avals: tuple[Aval, ...]) -> Call:
    single = tuple([batched_aval(a, ()) if a.batch else a for a in avals])
    head = (op,) if not statics and structure is None else (op, statics, structure)
    call = _lift(CALLS.get((*head, *single)) or make_call(op, statics, structure, single), avals)
    if not call.eager:
        CALLS[(*head, *avals)] = call
    return call


def _grad_name(op: Op, avals: tuple[Aval, ...]) -> str:
    """`A|B` names the node A for a tensor as the second input and B for a number, after ATen's overloads."""
    with_tensor, _, with_number = op.grad_name.partition("|")
    return with_number if with_number and len(avals) > 1 and avals[1].weak else with_tensor


def _saved_inputs(op: Op, structure: tuple | None, count: int) -> tuple[int, ...]:
    if structure is None:
        return tuple(i for i, p in enumerate(op.arrays[:count]) if p.name in op.saves)
    saved: list[int] = []
    i = 0
    for p, s in zip(op.arrays, structure, strict=True):
        if p.name in op.saves:
            saved.extend(range(i, i + width(s)))
        i += width(s)
    return tuple(saved)


_REMEMBERED = 1 << 16


class Check:
    """The range check of a call: `call` gives one bool a condition; `verdicts` what to raise, known once traced."""

    __slots__ = ("call", "verdicts", "integers", "function", "_blanks", "_passed", "_few")

    def __init__(self, op: Op, avals: tuple[Aval, ...], structure: tuple | None, named: dict) -> None:
        self.verdicts: list[tuple] = []
        # The whole numbers that were in range last, as a training loop over one batch gives them again: values never
        # change. Few enough that keeping them costs nothing.
        self._passed: list = []
        self._few = all(a.numel <= _REMEMBERED for a in avals if not a.dtype.differentiable)
        check = self.function = with_structure(op.check, len(op.arrays) - len(avals), structure, named)
        self.integers = tuple(i for i, a in enumerate(avals) if not a.dtype.differentiable)
        # Stand-ins for floating inputs, which count by their shape alone; None where the values are looked at.
        self._blanks = [
            np.broadcast_to(np.zeros((), a.dtype.numpy_dtype), a.shape) if a.dtype.differentiable else None
            for a in avals
        ]

        def conditions(*flat):
            found = check(*flat)
            found = found if isinstance(found, list) else [found]
            self.verdicts = [(c[1], c[2]) if len(c) == 3 else (IndexError, c[1]) for c in found]
            return jnp.stack([jnp.all(c[0]) for c in found]) if found else jnp.zeros(0, bool)

        fn = jax.jit(conditions, inline=True)
        shaped = fn.eval_shape(*[jax.ShapeDtypeStruct(a.shape, a.dtype.numpy_dtype) for a in avals])
        self.call = Call(None, f"check_{op.name}", fn, avals, aval(tuple(shaped.shape), bool_), NONE)

    def look(self, args: tuple) -> Exception | None:
        """The failure for index values that are there already; floating inputs count by their shape alone."""
        integers = [args[i] for i in self.integers]
        if self._passed and all(a is b for a, b in zip(integers, self._passed, strict=True)):
            return None
        failure = self._failure_of(args)
        if failure is None and self._few:
            self._passed = integers
        return failure

    def _failure_of(self, args: tuple) -> Exception | None:
        arrays = [
            np.asarray(a.data, a.aval.dtype.numpy_dtype) if blank is None else blank
            for a, blank in zip(args, self._blanks, strict=True)
        ]
        found = self.function(*arrays)
        if type(found) is not list:
            if np.asarray(found[0]).all():
                return None
            found = [found]
        flags = [np.asarray(c[0]).all() for c in found]
        return None if all(flags) else self.failure(flags, [arrays[i] for i in self.integers])

    def failure(self, flags, arrays) -> Exception | None:
        """The exception of the first condition that does not hold; `arrays` are the integer inputs."""
        for ok, (kind, message) in zip(flags, self.verdicts, strict=True):
            if not ok:
                return kind(message(*arrays) if callable(message) else message)
        return None


def _output_avals(op: Op, fn, avals, structure, statics, dev: device):
    form = form_of(op, avals)
    if form is not None and not any(a.traced for a in avals):
        grouped = (
            [*avals, *[None] * (len(op.arrays) - len(avals))] if structure is None else unflatten(avals, structure)
        )
        shape = form.shape(*grouped, **{p.name: v for p, v in zip(op.statics, statics, strict=True)})
        if shape is not None:
            return aval(shape, avals[form.like].dtype, dev)
    signature = None
    if op.pointwise and structure is None:
        signature = (op, statics, *[(a.dtype, a.weak) for a in avals])
        if signature in _traced_signatures:
            taking = [a for a, takes_part in zip(avals, op.participants, strict=False) if takes_part]
            common = promotion.common_dtype(str(op.promote), taking)
            shape = broadcast_shapes(*[a.shape for a in avals])
            return aval(tuple(shape), promotion.result_dtype(str(op.promote), common), dev)
        if op.promote is not None:
            broadcast_shapes(*[a.shape for a in avals])
    shaped = fn.eval_shape(*[jax.ShapeDtypeStruct(a.shape, a.dtype.numpy_dtype) for a in avals])
    if signature is not None and op.promote is not None:
        _traced_signatures.add(signature)  # only now: a signature the op refuses is refused every time
    if isinstance(shaped, (tuple, list)):
        return tuple(aval(tuple(s.shape), from_numpy_dtype(s.dtype), dev) for s in shaped)
    return aval(tuple(shaped.shape), from_numpy_dtype(shaped.dtype), dev)


def _common_device(op: Op, avals, named) -> device:
    if named.get("device") is not None:
        return named["device"]
    found = None
    for a in avals:
        if a.weak or (a.ndim == 0 and a.device is CPU and len(avals) > 1):
            continue
        if found is None:
            found = a.device
        elif a.device is not found:
            raise RuntimeError(
                f"Expected all tensors to be on the same device, but found at least two devices, "
                f"{found} and {a.device}!"
            )
    return found or CPU


def adhoc_call(name: str, fn, avals: tuple[Aval, ...], out_avals, kind: str = GENERAL) -> Call:
    """A call that belongs to no op of the table (view chains, fused updates); the caller keeps it."""
    return Call(None, name, jax.jit(fn, inline=True), avals, out_avals, kind)


def _forget_calls() -> None:
    CALLS.clear()
    _traced_signatures.clear()


defaults.listeners.append(_forget_calls)

__all__ = ["CALLS", "LINEAR", "Call", "adhoc_call", "make_call"]
