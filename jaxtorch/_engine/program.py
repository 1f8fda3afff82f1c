"""Programs: a stretch of records as one XLA executable, found again by its key.

The key holds the calls and operand positions in record order, the leaf types, which values are alive outside (those are
the outputs) and which leaves are donated. Python numbers travel packed in one float64 and one int64 vector, since an
argument costs JAX half a microsecond and a changed number must not compile again.
"""

from __future__ import annotations

import array
import contextlib
import sys
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxtorch._base.dtypes import BOOL, COMPLEX, FLOATING
from jaxtorch._base.native import hot
from jaxtorch._engine.backend import compiler_options
from jaxtorch._engine.channels_last import convolves, laid_out
from jaxtorch._engine.config import config
from jaxtorch._engine.packing import TRIES as PACKING_TRIES
from jaxtorch._engine.packing import Packing, worthwhile
from jaxtorch._engine.products import apart, summed
from jaxtorch._engine.stats import Compilation, stats
from jaxtorch._engine.value import Multi, Part, Value

_getrefcount = sys.getrefcount


class Stretch(NamedTuple):
    """A batch of records ready to run: its key, the leaves it reads and the values it must give."""

    key: tuple
    records: list
    leaves: list[Value]
    outputs: list[Value]


_programs: OrderedDict[tuple, Callable] = OrderedDict()
_packings: dict[int, Packing] = {}  # by the identity of the program
_shapes_seen: dict[tuple, tuple] = {}  # calls of a stretch -> its last key, to say why it was compiled again


def survey(records: list) -> Stretch:
    """Number the values of a stretch, collect its leaves, and find which results are alive outside.

    A result is alive when something other than the stretch's own records holds a reference to it.
    """
    key, leaves, outputs = _survey(records) if hot is None else hot.survey(records)
    return Stretch(key, records, leaves, outputs)


def _survey(records: list) -> tuple[tuple, list[Value], list[Value]]:
    token = object()
    key: list[int] = []
    add = key.append
    leaves: list[Value] = []
    position = 0
    for record in records:
        add(record.call.id)
        args = record.args
        # A tuple that something else holds too (a node that keeps its inputs) is one reference to each of them, and
        # stays when the record goes: it makes them alive.
        own = _getrefcount(args) <= _ARGS
        for a in args:
            if a.mark is not token:  # a leaf: data is there, or an earlier stretch computes it
                a.mark = token
                a.uses = 0
                leaves.append(a)
                a.pos = -len(leaves)
            a.uses += own
            add(a.pos)
        outs = record.outs
        if outs is None:
            record.mark = token
            record.uses = 0
            record.pos = position
            position += 1
        else:
            for o in outs:
                o.mark = token
                o.uses = 0
                o.pos = position
                position += 1
    a = args = record = o = None  # the loop's names hold references, which would make the last values alive
    outputs = _alive(records)
    key.extend([0, *[o.pos for o in outputs]])
    return (array.array("i", key).tobytes(), *[a.aval for a in leaves]), leaves, outputs


def _alive(records: list) -> list[Value]:
    outputs = []
    single, several = _BASELINE
    for record in records:
        outs = record.outs
        if outs is None:
            if _getrefcount(record) - record.uses > single:
                outputs.append(record)
        else:
            for o in outs:
                if _getrefcount(o) - o.uses > several:
                    outputs.append(o)
    return outputs


def _calibrate() -> tuple[int, int]:
    # The references that the survey itself holds, measured with its own loop.
    counts = []

    class _Call:
        id, out_avals = 0, (None,)

    records: list = [Value(_Call, (), None), Multi(_Call, ())]  # type: ignore[arg-type]
    for record in records:
        outs = record.outs
        if outs is None:
            counts.append(_getrefcount(record))
        else:
            for o in outs:
                counts.append(_getrefcount(o))
    return counts[0], counts[1]


_BASELINE = _calibrate()
_ARGS = 3  # the record's slot, the local name and getrefcount's argument


def run(stretch: Stretch) -> None:
    """Run a stretch, compiling it if its key is new, and give its outputs their data."""
    arguments = _arguments(stretch.leaves)  # which may move a leaf: before the references to its data are counted
    donated = _donatable(stretch) if config.donate else ()
    key = (stretch.key, donated)
    program = _programs.get(key)
    packing = None if program is None else _packings.get(id(program))
    if packing is not None and program is not None and _run_packed(packing, stretch, program, arguments):
        return
    _cut_out(arguments)
    if program is None:
        results = _first_run(stretch, donated, key, arguments)
        if worthwhile(stretch.records, stretch.leaves, stretch.outputs):
            program = _programs[key]
            packing = _packings[id(program)] = Packing(program, stretch.outputs, donated)
    else:
        results = _timed(program, arguments, stretch)
    if results and isinstance(results[0], jax.core.Tracer):
        # A value recorded outside is read inside somebody's jax.jit: it must not be staged into their program.
        with jax.ensure_compile_time_eval():
            results = _programs[key](*arguments)
    for value, data in zip(stretch.outputs, results, strict=True):
        value.data = data
    if packing is not None:
        packing.note(stretch.outputs)


def _timed(program: Callable, arguments: list, stretch: Stretch) -> Any:
    stats.hits += 1
    start = time.perf_counter()
    results = program(*arguments)
    stats.seconds["run"] += time.perf_counter() - start
    if stats.listener is not None:
        stats.tell("program", stretch.records, start)
    return results


def _cut_out(arguments: list) -> None:
    for i, data in enumerate(arguments):
        if type(data) is Part:
            arguments[i] = data.get()


def _run_packed(packing: Packing, stretch: Stretch, program: Callable, arguments: list) -> bool:
    """Run a program in its packed form; False where it has none."""
    packed = packing.jitted
    if packed is None:
        function, _ = _build(stretch, ())
        packed = packing.learn(stretch.leaves, stretch.outputs, function, _options_of(stretch.records))
        if packed is None:
            if packing.tries > PACKING_TRIES:
                del _packings[id(program)]
            return False
        start = time.perf_counter()
        arguments = packing.arguments(stretch.leaves, arguments)
        with warnings.catch_warnings(), _outside_of_traces():
            warnings.filterwarnings("ignore", "Some donated buffers were not usable")
            results = packed(*arguments)
        _count("results that come back are packed", len(stretch.records), time.perf_counter() - start)
        stats.tell("compile", stretch.records, start)
    else:
        arguments = packing.arguments(stretch.leaves, arguments)
        results = _timed(packed, arguments, stretch)
    if isinstance(results[0], jax.core.Tracer):
        with jax.ensure_compile_time_eval():
            results = packed(*arguments)
    packing.give(stretch.outputs, results)
    return True


def _arguments(leaves: list[Value]) -> list:
    """What a program is called with: packed floats, ints and complex numbers, then the arrays, parts uncut."""
    arrays: list[Any] = []
    floats: list[float] = []
    ints: list[int] = []
    complexes: list[complex] = []
    for leaf in leaves:
        data = leaf.data
        if not leaf.aval.weak:
            if type(data) is np.ndarray:
                data = _moved(leaf, data)
            arrays.append(data)
        elif leaf.aval.dtype.category == FLOATING:
            floats.append(data)
        elif leaf.aval.dtype.category == COMPLEX:
            complexes.append(data)
        else:
            ints.append(data)
    if complexes:
        arrays.insert(0, np.array(complexes, np.complex128))
    if ints:
        arrays.insert(0, np.array(ints, np.int64))
    if floats:
        arrays.insert(0, np.array(floats, np.float64))
    return arrays


def _moved(leaf: Value, data: np.ndarray) -> Any:
    """A host array as an argument: as it is, which JAX copies, or on the device once it has proved to stay.

    `jnp.asarray` costs fifty microseconds, passing a small NumPy array one or two. A leaf's `call` counts its uses.
    """
    uses = leaf.call or 0
    if uses < (_SMALL_USES if data.nbytes <= _SMALL else 1):
        leaf.call = uses + 1
        return data
    moved = jax.numpy.asarray(data)
    if isinstance(moved, jax.core.Tracer):  # inside somebody's jax.jit
        return data
    leaf.data = moved
    return moved


_SMALL, _SMALL_USES = 16384, 16


def _donatable(stretch: Stretch) -> tuple[int, ...]:
    """Positions of leaves that nobody can read after this stretch and whose buffer an output can take.

    The caller holds the arguments.
    """
    wanted: dict = {}
    for o in stretch.outputs:
        if o.aval.numel * o.aval.dtype.itemsize >= config.donate:
            wanted[o.aval] = wanted.get(o.aval, 0) + 1
    if not wanted:
        return ()
    donated = []
    leaves = stretch.leaves
    for i in range(len(leaves)):
        left = wanted.get(leaves[i].aval, 0)
        if not left or _getrefcount(leaves[i]) - leaves[i].uses > _LEAF:
            continue
        # JAX never writes to a NumPy array, and holds on to one for a while after the call it was given to.
        if type(leaves[i].data) is np.ndarray or _getrefcount(leaves[i].data) <= _DATA:
            wanted[leaves[i].aval] = left - 1
            donated.append(i)
    return tuple(donated)


_LEAF = _getrefcount([object()][0]) + 1  # the list of leaves; the calls' argument tuples are counted in `uses`
_DATA = 3  # the value's own slot, the list of arguments and getrefcount's argument


def _first_run(stretch: Stretch, donated: tuple[int, ...], key, arguments):
    start = time.perf_counter()
    reason = _reason(stretch.key)
    function, donate = _build(stretch, donated)
    jitted = jax.jit(function, donate_argnums=donate, compiler_options=_options_of(stretch.records))
    with warnings.catch_warnings():
        # An output that aliases in type may still be laid out elsewhere; nothing is lost but the reuse.
        warnings.filterwarnings("ignore", "Some donated buffers were not usable")
        with _outside_of_traces():
            results = jitted(*arguments)
    _keep(key, jitted, len(stretch.records), reason, time.perf_counter() - start)
    stats.tell("compile", stretch.records, start)
    return results


def _options_of(records: list) -> dict[str, Any] | None:
    """The engine's compiler options, and those that captured calls were asked to be compiled with."""
    options = compiler_options()
    for record in records:
        if record.call.flags is not None:
            options = {**(options or {}), **record.call.flags}
    return options


def _outside_of_traces() -> contextlib.AbstractContextManager[Any]:
    """In somebody's jax.jit, which reads a value recorded outside: compute it now. Elsewhere it would compile twice."""
    tracing = isinstance(jax.device_put(0.0), jax.core.Tracer)  # unlike an operation, compiles nothing
    return jax.ensure_compile_time_eval() if tracing else contextlib.nullcontext()


def _keep(key: tuple, program: Callable, records: int, reason: str, seconds: float) -> None:
    _programs[key] = program
    while len(_programs) > config.programs:
        _packings.pop(id(_programs.popitem(last=False)[1]), None)
    _count(reason, records, seconds)


def _count(reason: str, records: int, seconds: float) -> None:
    stats.programs += 1
    stats.ever_compiled = True
    stats.seconds["compile"] += seconds
    stats.compilations.append(Compilation(records, reason, seconds))


def prepare(stretch: Stretch) -> Callable[[], None]:
    """A job that compiles a stretch as one program without running it; holds types, not values."""
    arguments = _arguments(stretch.leaves)
    _cut_out(arguments)
    donated = _donatable(stretch) if config.donate else ()
    key = (stretch.key, donated)
    function, donate = _build(stretch, donated)
    types = [jax.ShapeDtypeStruct(np.shape(a), a.dtype) for a in arguments]
    records, options = len(stretch.records), _options_of(stretch.records)

    def job() -> None:
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Some donated buffers were not usable")
            jitted = jax.jit(function, donate_argnums=donate, compiler_options=options)
            compiled = jitted.lower(*types).compile()
        _keep(key, compiled, records, "hot: pieces joined into one program", time.perf_counter() - start)

    return job


def _build(stretch: Stretch, donated: tuple[int, ...]):
    """The stretch as a Python function of what `_arguments` gives, to be jitted."""
    readers: list[tuple] = []
    donate: list[int] = []
    counts: dict[str | int, int] = {"array": 0, FLOATING: 0, COMPLEX: 0, BOOL: 0}
    for i, leaf in enumerate(stretch.leaves):
        kind = "array" if not leaf.aval.weak else leaf.aval.dtype.category
        kind = BOOL if kind not in counts else kind  # ints and bools share a vector
        if kind == "array" and i in donated:
            donate.append(counts["array"])
        readers.append((kind, counts[kind], leaf.aval.dtype))
        counts[kind] += 1
    large = summed(stretch.records, stretch.outputs) if jax.default_backend() == "cpu" else ()
    functions = [apart(r.call.fn) if i in large else r.call.fn for i, r in enumerate(stretch.records)]
    plan = [
        (fn, tuple([a.pos for a in r.args]), r.outs is not None)
        for fn, r in zip(functions, stretch.records, strict=True)
    ]
    wanted = [o.pos for o in stretch.outputs]

    packed = [kind for kind in (FLOATING, BOOL, COMPLEX) if counts[kind]]
    channels_last = jax.default_backend() == "cpu" and any(convolves(r.call) for r in stretch.records)

    def program(*arrays):
        vectors: dict[str | int, Any] = dict(zip(packed, arrays, strict=False))
        arrays = arrays[len(packed) :]
        inputs = []
        for kind, i, dtype in readers:
            if kind == "array":
                inputs.append(arrays[i])
            else:
                number = vectors[kind][i]
                inputs.append(number.astype(bool) if dtype.category == BOOL else number)
        env: list = []
        for fn, positions, several in plan:
            result = fn(*[env[p] if p >= 0 else inputs[-1 - p] for p in positions])
            if several:
                env.extend(result)
            else:
                env.append(result)
        return [env[p] for p in wanted]

    return (laid_out(program) if channels_last else program), tuple([len(packed) + position for position in donate])


def _reason(key: tuple) -> str:
    calls, *types = key
    before = _shapes_seen.get(calls)
    _shapes_seen[calls] = tuple(types)
    if len(_shapes_seen) > config.programs:
        _shapes_seen.pop(next(iter(_shapes_seen)))
    if before is None:
        return "new sequence of operations"
    return "other input types" if before != tuple(types) else "other buffers can be reused"


def clear() -> None:
    """Forget every compiled program (the persistent cache keeps its own)."""
    _programs.clear()
    _packings.clear()
    _shapes_seen.clear()
