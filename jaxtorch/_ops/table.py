"""The operation table: one declaration an op; everything else (variants, promotion, keys, docs) follows from it.

    @op("lerp(Tensor input, Tensor end, Tensor|Scalar weight) -> Tensor", promote="default", pointwise=True)
    def lerp(input, end, weight):
        return input + weight * (end - input)

The function is pure JAX: arrays positional in schema order (a list for `Tensor[]`, None for an absent optional),
metadata keyword-only. It sees promoted inputs and knows neither Tensor nor engine.

The options of `op`:

promote: promotion kind (see `_ops/promote.py`); None leaves inputs as they are.
participants: names of the array parameters that take part in promotion; by default all `Tensor`s and
    `Tensor|Scalar`s. The other array parameters of type `Scalar` are cast to the result.
pointwise: the output has the broadcast shape of the inputs and keeps their memory order.
grad: "general" (the derivative may need every input), "linear" (none), "bilinear" (the other inputs),
    "none" (not differentiable).
saves: what PyTorch saves for backward, for the "modified by an inplace operation" check: input names or "result".
    By default nothing for linear ops, the other inputs for bilinear ones, all inputs otherwise.
variants: letters of f (function), m (method), i (in-place method and function), o (`out=`).
aliases: further public names, dotted where they live in a namespace ("special.erf").
check: a function of the same arguments as the op giving `(ok, message)`, or a list of them: `ok` is a bool array
    that must be all true, `message` what IndexError (or the given exception) says. For out-of-range indices.
check_now: what was recorded runs at once where there is something to check: the failure is one that programs catch.
view: the view rule when the result aliases the input (see `_ops/views.py`).
residuals: keep the residuals of the forward pass for backward instead of computing them again; for loops (RNNs).
layout: the memory order of results that are not row-major, a function of `_ops/layouts.py`; a tuple of such functions
    and None for several results.
constants: array parameters that get no gradient at all (None, not zeros), whatever the others get: names, and the
    condition on the call's arguments, as a Python expression.
guard: called as `guard(common, *avals)` once per signature of a promoting op, before anything is cast: raises for
    combinations of types that the op function, seeing promoted inputs, cannot tell apart.
fits: names of parameters at which a Python number must fit the dtype of the result, as PyTorch has it where it takes a
    Scalar. (At other parameters of type `Scalar` it must fit the dtype in which the op computes.)
pull: the derivative said outright, where tracing `jax.vjp` of the op costs cold starts dear (5 to 40 ms a signature):
    `pull(cotangent, *arrays, wanted, **metadata)` gives a gradient for each array parameter (None where `wanted` has
    none), or None where `jax.vjp` should serve. Of the first output alone. It must give the same, which tests hold.
undefined: called as `undefined(avals, statics)` once per signature: whether inputs get no gradient at all, None instead
    of zeros, though the result requires one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from jaxtorch._base.avals import WEAK, Aval, aval
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._ops import promote as promotion
from jaxtorch._ops.schema import Param, Schema, parse

LINEAR, BILINEAR, GENERAL, NONE = "linear", "bilinear", "general", "none"


class Op:
    """One operation. `fn` takes arrays positionally and metadata by keyword."""

    __slots__ = (
        "schema",
        "fn",
        "promote",
        "participants",
        "pointwise",
        "grad",
        "saves",
        "variants",
        "aliases",
        "check",
        "check_now",
        "view",
        "opmath",
        "grad_name",
        "residuals",
        "arrays",
        "statics",
        "doc",
        "guard",
        "undefined",
        "constants",
        "layout",
        "fits",
        "pull",
    )

    # The options of `op`, by the same names.
    promote: str | None
    participants: tuple[bool, ...]
    guard: Any
    constants: dict[str, str]
    layout: Any
    undefined: Any
    pointwise: bool
    grad: str
    saves: tuple[str, ...]
    variants: str
    aliases: tuple[str, ...]
    check: Any
    check_now: bool
    view: Any
    opmath: bool
    grad_name: str
    residuals: bool
    fits: tuple[str, ...]
    pull: Any

    def __init__(self, schema: Schema, fn: Callable, **options: Any) -> None:
        self.schema = schema
        self.fn = fn
        for name, value in options.items():
            setattr(self, name, value)
        self.arrays: tuple[Param, ...] = tuple(p for p in schema.params if p.is_array)
        self.statics: tuple[Param, ...] = tuple(p for p in schema.params if not p.is_array)
        self.doc = fn.__doc__

    @property
    def name(self) -> str:
        return self.schema.name

    @property
    def key(self) -> str:
        """Name with overload, as ATen writes it."""
        return f"{self.schema.name}.{self.schema.overload}" if self.schema.overload else self.schema.name

    def __repr__(self) -> str:
        return f"<op {self.key}>"


TABLE: dict[str, Op] = {}


def op(
    schema: str,
    *,
    promote: str | None = None,
    participants: tuple[str, ...] | None = None,
    pointwise: bool = False,
    grad: str = GENERAL,
    saves: tuple[str, ...] | str | None = None,
    variants: str = "fm",
    aliases: tuple[str, ...] = (),
    check: Callable | None = None,
    check_now: bool = False,
    view: Any = None,
    opmath: bool = True,
    grad_name: str | None = None,
    residuals: bool = False,
    guard: Callable | None = None,
    constants: dict[str, str] | None = None,
    layout: Callable | tuple | None = None,
    undefined: Callable | None = None,
    fits: tuple[str, ...] = (),
    pull: Callable | None = None,
) -> Callable[[Callable], Callable]:
    """Declare an operation; the options are explained at the head of this file."""
    parsed = parse(schema)

    def declare(fn: Callable) -> Callable:
        register(
            Op(
                parsed,
                fn,
                promote=promote,
                participants=_participants(parsed, participants),
                pointwise=pointwise,
                grad=grad,
                saves=_saves(parsed, saves, grad),
                variants=variants,
                aliases=tuple(aliases),
                check=check,
                check_now=check_now,
                view=view,
                opmath=opmath,
                grad_name=grad_name or _grad_name(parsed),
                residuals=residuals,
                guard=guard,
                constants=constants or {},
                layout=layout,
                undefined=undefined,
                fits=fits,
                pull=pull,
            )
        )
        return fn

    if promote not in promotion.KINDS:
        raise ValueError(f"{schema}: unknown promotion kind {promote!r}")
    return declare


def register(made: Op) -> Op:
    """Put an op into the table; a second declaration of a name is an error."""
    if made.key in TABLE:
        raise ValueError(f"op {made.key} is declared twice")
    TABLE[made.key] = made
    return made


def _participants(schema: Schema, given: tuple[str, ...] | None) -> tuple[bool, ...]:
    return tuple(p.name in given if given is not None else p.type != "Scalar" for p in schema.params if p.is_array)


def _saves(schema: Schema, given, grad: str) -> tuple[str, ...]:
    if given is not None:
        return (given,) if isinstance(given, str) else tuple(given)
    if grad in (LINEAR, NONE):
        return ()
    return tuple(p.name for p in schema.params if p.is_array and p.type != "Scalar")


def _grad_name(schema: Schema) -> str:
    base = schema.name.rpartition(".")[2]
    camel = "".join(part[:1].upper() + part[1:] for part in base.split("_"))
    return f"{camel}Backward{1 if schema.overload in ('dim', 'dim_IntList', 'other') else 0}"


def flatten(arrays) -> tuple[list, tuple | None]:
    """Array arguments as a flat list, and their structure: for each None, "v" (one value) or a tuple of those.

    The structure is None in the common case: single values, absent ones only at the end.
    """
    flat: list = []
    structure: list = []
    plain = True
    for a in arrays:
        if a is None:
            structure.append(None)
        elif isinstance(a, (list, tuple)):
            structure.append(tuple(None if x is None else "v" for x in a))
            flat.extend(x for x in a if x is not None)
            plain = False
        else:
            plain = plain and len(flat) == len(structure)
            structure.append("v")
            flat.append(a)
    return flat, None if plain else tuple(structure)


def unflatten(flat, structure) -> list:
    """The inverse of `flatten`."""
    it = iter(flat)
    return [
        None if s is None else next(it) if s == "v" else [None if x is None else next(it) for x in s] for s in structure
    ]


def width(slot) -> int:
    """How many flat values a slot of a structure takes."""
    return 0 if slot is None else 1 if slot == "v" else sum(x is not None for x in slot)


def with_structure(fn: Callable, absent: int, structure: tuple | None, statics: dict[str, Any]) -> Callable:
    """`fn` as a function of flat arrays; without a structure, `absent` optional arrays are missing at the end."""
    missing = (None,) * absent

    def call(*flat):
        return fn(*((*flat, *missing) if structure is None else unflatten(flat, structure)), **statics)

    return call


def bind(made: Op, avals: tuple[Aval, ...], structure: tuple | None, statics: dict[str, Any]) -> Callable:
    """The op as a function of flat arrays only: structure, statics and promotion applied."""
    fn = with_structure(made.fn, len(made.arrays) - len(avals), structure, statics)

    if made.promote is None or not avals:
        return fn
    marks = _flat_marks(made, structure, len(avals))
    taking = [a for a, takes_part in zip(avals, marks, strict=True) if takes_part]
    common = promotion.common_dtype(made.promote, taking)
    if made.guard is not None:
        made.guard(common, *avals)
    compute = promotion.compute_dtype(common, made.opmath)
    casts = tuple(takes_part or a.weak for a, takes_part in zip(avals, marks, strict=True))
    return promotion.promoting(fn, compute, common, casts)


def _flat_marks(made: Op, structure: tuple | None, count: int) -> tuple[bool, ...]:
    if structure is None:
        return made.participants[:count]
    marks: list[bool] = []
    for s, takes_part in zip(structure, made.participants, strict=True):
        marks.extend([takes_part] * width(s))
    return tuple(marks)


def aval_of(x: Any) -> Aval:
    """The aval of a Python number or of an array."""
    weak = WEAK.get(type(x))
    return weak if weak is not None else aval(tuple(x.shape), from_numpy_dtype(x.dtype))


def evaluate(name: str, *arrays: Any, **statics: Any) -> Any:
    """Run an op at once on JAX or NumPy arrays and Python numbers; for tests of the table itself."""
    made = TABLE[name]
    arrays = arrays + tuple(None if p.default is None or p.is_list else p.default for p in made.arrays[len(arrays) :])
    flat, structure = flatten(arrays)
    avals = tuple(aval_of(x) for x in flat)
    full = {p.name: statics.pop(p.name, p.default) for p in made.statics}
    if statics:
        raise TypeError(f"{name}: unexpected {sorted(statics)}")
    return bind(made, avals, structure, full)(
        *[jnp.asarray(x, a.dtype.numpy_dtype) for x, a in zip(flat, avals, strict=True)]
    )
