"""From the operation table to the public surface: functions, methods, in-place and `out=` variants, operators.

For each op a Python function with PyTorch's signature is written out as source and compiled once, so that Python's own
argument binding does the work and `help()` shows the signature. Names with several overloads get a resolver.
"""

from __future__ import annotations

import collections
import functools
import inspect
from typing import Any

import numpy as np

from jaxtorch._autograd import tape
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import LOW_PRECISION, float32
from jaxtorch._engine import recorder
from jaxtorch._ops.checks import check_numbers_fit
from jaxtorch._ops.schema import REQUIRED, Param
from jaxtorch._ops.table import NONE, TABLE, Op, flatten
from jaxtorch._tensor import arguments, deprecated
from jaxtorch._tensor.geometry import normal
from jaxtorch._tensor.layouts import strided
from jaxtorch._tensor.out import EXACT, TAKE_DTYPE_FROM_OUT, check_apart, rule_of, write_out
from jaxtorch._tensor.overloads import Overload, call_error, resolver
from jaxtorch._tensor.overriding import Overridden, again, is_foreign
from jaxtorch._tensor.sparse_inputs import SparseInput, handled
from jaxtorch._tensor.variants import inplace_variant

_MISSING: Any = object()
# NumPy's names, which PyTorch's parser takes too.
NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input", "x2": "other"}


def tensor_or_number(x: Any, op: Op, param: Param, given: tuple) -> Any:
    """An array argument as the tape takes it; `given` are the array arguments of the call, for errors."""
    if isinstance(x, Variable):
        return x
    found = arguments.number(x)
    if found is None or param.type == "Tensor":
        if x is None and param.optional:
            return None
        if any(p.type == "Tensor|Scalar" for p in op.arrays):
            while given and given[-1] is None:  # left out
                given = given[:-1]
            raise call_error([op], given, {})
        position = 1 + [p.name for p in op.schema.params].index(param.name)
        expected = "Number" if param.type == "Scalar" else "Tensor"
        raise arguments.argument_error(arguments.parser_name(op.name), param.name, position, expected, x)
    return found


def call_general(op: Op, arrays: tuple, statics: tuple) -> Any:
    """Apply an op whose array arguments may be absent, numbers or lists."""
    checked: list = []
    for x, param in zip(arrays, op.arrays, strict=True):
        if x is None and param.optional:
            checked.append(None)
        elif param.is_list:
            if not isinstance(x, (tuple, list)):
                raise arguments.argument_error(op.name, param.name, 1, "tuple of Tensors", x)
            for i, item in enumerate(x):
                if not isinstance(item, Variable) and not (item is None and param.optional):
                    found = arguments.type_name(item)
                    kind = Overridden if is_foreign(item) else TypeError
                    raise kind(f"expected Tensor as element {i} in argument 0, but got {found}")
            checked.append([None if i is None else tensor_or_number(i, op, param, arrays) for i in x])
        elif param.type == "Scalar" and isinstance(x, Variable):
            checked.append(_number_of_tensor(x, op, param))
        else:
            checked.append(tensor_or_number(x, op, param, arrays))
    flat, structure = flatten(checked)
    try:
        return tape.apply(op, flat, statics, structure)
    except SparseInput as error:
        return _sparse_form(op, arrays, statics, error)


def _sparse_form(op: Op, arrays: tuple, statics: tuple, error: SparseInput) -> Any:
    return handled(op.name, error, arrays, {p.name: s for p, s in zip(op.statics, statics, strict=True)})


def call_tensors(op: Op, arrays: tuple, statics: tuple) -> Any:
    """`call_general` for the common case: tensors, and absent optional ones only at the end."""
    flat = []
    for i, x in enumerate(arrays):
        if isinstance(x, Variable):
            flat.append(x)
        elif x is None and op.arrays[i].optional and all(rest is None for rest in arrays[i:]):
            break
        else:
            return call_general(op, arrays, statics)
    try:
        return tape.apply(op, flat, statics)
    except SparseInput as error:
        return _sparse_form(op, arrays, statics, error)


def _number_of_tensor(x: Any, op: Op, param: Param) -> Any:
    if x._aval.ndim:
        raise arguments.argument_error(op.name, param.name, 0, "Number", x)
    return x if not x._rg else x.detach()


def _constant(x: Any) -> Any:
    return x.detach() if isinstance(x, Variable) and x._rg else x


def _fitting(result: Any, numbers: tuple, computing: tuple) -> Any:
    """Refuse Python numbers beyond the range of the result's dtype, or of the one it is computed in."""
    dtype = result._aval.dtype
    check_numbers_fit(numbers, dtype)
    check_numbers_fit(computing, float32 if dtype in LOW_PRECISION else dtype)
    return result


def _laid(layout: Any, result: Any, arrays: tuple, **statics: Any) -> Any:
    """Give fresh results the memory order the table names."""
    outs = result if isinstance(result, tuple) else (result,)
    for out, how in zip(outs, layout if isinstance(layout, tuple) else (layout,) * len(outs), strict=True):
        if how is not None and out.layout is strided:
            shape = tuple(out._aval.shape)
            strides = how(shape, arrays, **statics)
            out._strides = out._storage.strides = None if strides is None else normal(shape, strides)
    return result


def _settled(result: Any) -> Any:
    """Let a check fail where the call is, not where its result is read: programs catch what it raises."""
    if recorder.checks_pending():
        recorder.flush()
    return result


def call_unary(op: Op, x: Any, statics: tuple) -> Any:
    """Apply an op of one tensor."""
    if not isinstance(x, Variable):
        raise arguments.argument_error(arguments.parser_name(op.name), op.arrays[0].name, 1, "Tensor", x)
    try:
        return tape.unary(op, x, statics)
    except SparseInput as error:
        return _sparse_form(op, (x,), statics, error)


_NUMBERS_FOR_TENSORS = frozenset(("mul", "div", "floor_divide"))  # of the functions of two tensors


def call_binary(op: Op, a: Any, b: Any) -> Any:
    """Apply an op of two tensors or a tensor and a number."""
    given = a, b
    if not isinstance(a, Variable):
        a = tensor_or_number(a, op, op.arrays[0], given)
    if not isinstance(b, Variable):
        b = tensor_or_number(b, op, op.arrays[1], given)
        if a is not given[0] and op.name not in _NUMBERS_FOR_TENSORS:
            raise call_error([op], given, {})
    try:
        return tape.binary(op, a, b)
    except SparseInput as error:
        return _sparse_form(op, given, (), error)


def _converter(param: Param, function: str, position: int) -> str:
    """Source that turns the argument into static metadata."""
    n = param.name
    where = f"{function!r}, {n!r}, {position}"
    if param.is_list:
        if param.type != "int":
            text = f"_any({n})"
        else:
            text = f"_ints({n}, {param.size}, {where})"
    else:
        text = {
            "int": f"_int({n}, {where})",
            "float": f"_float({n}, {where})",
            "bool": f"_bool({n}, {where})",
            "dtype": f"_dtype({n}, {where})",
            "device": f"_device({n})",
        }.get(param.type, f"_any({n})")
    return f"(None if {n} is None else {text})" if param.optional else text


def _signature(op: Op, with_out: bool, varargs: Param | None) -> str:
    parts, star = [], False
    for p in op.schema.params:
        if p is varargs:
            parts.append(f"*{p.name}")
            star = True
            continue
        if p.keyword_only and not star:
            parts.append("*_old" if op.name in deprecated.NAMES else "*")
            star = True
        if p in _late(op):
            parts.append(f"{p.name}=_missing")
        else:
            parts.append(p.name if p.default is REQUIRED else f"{p.name}={p.default!r}")
    if with_out:
        parts.extend(["out=None"] if star else ["*", "out=None"])
    if any(p.name in NUMPY_NAMES.values() for p in op.schema.params):
        parts.append("**_numpy")
    return ", ".join(parts)


@functools.cache
def _late(op: Op) -> list[Param]:
    """Required parameters that may come under NumPy's name, so Python must not insist on PyTorch's."""
    return [
        p
        for p in op.schema.params[1:]
        if p.default is REQUIRED
        and p.name in ("dim", "other")
        and not p.keyword_only
        and all(
            q.default is not REQUIRED or q.name in ("dim", "other")
            for q in op.schema.params[op.schema.params.index(p) :]
        )
    ]


def _missing_argument(function: str, name: str) -> TypeError:
    return TypeError(f'{function}() missing 1 required positional arguments: "{name}"')


def _varargs_param(op: Op) -> Param | None:
    """The int list that may be spread over the call: the only positional parameter after the tensor."""
    positional = [p for p in op.schema.params if not p.keyword_only]
    lists = [p for p in positional[1:] if p.is_list and p.type == "int" and not p.size]
    return lists[0] if len(positional) == 2 and lists and positional[0].is_array else None


def _changed(given: dict, defaults: dict) -> dict:
    return {name: value for name, value in given.items() if value is not defaults[name]}


_ENVIRONMENT = {
    "_int": arguments.integer,
    "_ints": arguments.integers,
    "_float": arguments.floating,
    "_bool": arguments.boolean,
    "_dtype": arguments.as_dtype,
    "_device": arguments.as_device,
    "_any": arguments.static_any,
    "_general": call_general,
    "_tensors": call_tensors,
    "_unary": call_unary,
    "_binary": call_binary,
    "_constant": _constant,
    "_laid": _laid,
    "_settled": _settled,
    "_fitting": _fitting,
    "_write_out": write_out,
    "_exact": EXACT,
    "_check_apart": check_apart,
    "_missing": _MISSING,
    "_Overridden": Overridden,
    "_again": again,
    "_changed": _changed,
    "_old_order": deprecated.call,
    "_missing_argument": _missing_argument,
}


def _call_source(op: Op) -> str:
    position = {p.name: i + 1 for i, p in enumerate(op.schema.params)}
    function = arguments.parser_name(op.name)
    statics = "".join(f"{_converter(p, function, position[p.name])}, " for p in op.statics)
    arrays = [
        p.name
        if p.type != "Scalar" or not p.optional or p.default in (REQUIRED, None)
        else f"(None if {p.name} is None or {p.name} == {p.default!r} else {p.name})"
        for p in op.arrays
    ]
    arrays = [
        f"(_constant({a}) if {op.constants[p.name]} else {a})" if p.name in op.constants else a
        for a, p in zip(arrays, op.arrays, strict=True)
    ]
    first = op.arrays[0] if op.arrays else None
    if (
        len(op.arrays) == 1
        and first is not None
        and first.type == "Tensor"
        and not first.is_list
        and not first.optional
    ):
        return f"_unary(_op, {arrays[0]}, ({statics}))"
    if len(op.arrays) == 2 and not op.statics and not any(p.is_list or p.optional for p in op.arrays):
        return f"_binary(_op, {arrays[0]}, {arrays[1]})"
    way = "_general" if any(p.is_list or p.type == "Scalar" for p in op.arrays) else "_tensors"
    return f"{way}(_op, ({''.join(a + ', ' for a in arrays)}), ({statics}))"


def function_of(op: Op) -> Any:
    """The public function of one op."""
    name = op.name.rpartition(".")[2]
    with_out = "o" in op.variants
    varargs = _varargs_param(op)
    lines = [f"def {name}({_signature(op, with_out, varargs)}):"]
    if varargs is not None:
        v = varargs.name
        if varargs.default is REQUIRED:
            given = f"({v} or _numpy)" if "**_numpy" in lines[0] else v
            lines.append(f"    if not {given}: raise _missing_argument({name!r}, {v!r})")
        lines.append(f"    if len({v}) == 1 and not isinstance({v}[0], _INTEGERS): {v} = {v}[0]")
    if "*_old" in lines[0]:
        positional, named = ("".join(f"{w}, " for w in words) for words in _given_names(op))
        lines.append(
            f"    if _old: return _old_order({name}, _op, ({positional}*_old), _changed({{{named}}}, _defaults))"
        )
    if "**_numpy" in lines[0]:
        lines.append(f"    if _numpy: return _renamed({name}, _numpy, locals())")
    for p in _late(op):
        if p is not varargs:
            lines.append(f"    if {p.name} is _missing: raise _missing_argument({name!r}, {p.name!r})")
    if with_out:
        lines.append("    if out is not None:")
        rule = "_out_rule"
        if any(p.name == "dtype" for p in op.statics):
            lines.append("        rule = _out_rule if dtype is None else _exact")
            rule = "rule"
        if op.name in TAKE_DTYPE_FROM_OUT:
            lines.append("        if dtype is None: dtype = out.dtype")
        lines.append(f"        result = {_result_source(op)}")
        lines.append(f"        _check_apart(_op, out, ({''.join(p.name + ', ' for p in op.arrays)}), result)")
        lines.append(f"        return _write_out({op.name!r}, out, result, {rule})")
    lines.append(f"    try: return {_result_source(op)}")
    lines.append(f"    except _Overridden: return _again({name}, {_arguments_source(op, varargs)})")
    scope: dict[str, Any] = {
        **_ENVIRONMENT,
        "_op": op,
        "__name__": f"{__package__}.generated",
        "_INTEGERS": (int, np.integer, Variable),
        "_renamed": _renamed,
        "_result": result_type(op),
        "_out_rule": rule_of(op),
        "_defaults": {p.name: p.default for p in op.schema.params},
    }
    exec("\n".join(lines), scope)
    made = scope[name]
    made.__module__ = "jaxtorch"
    made.__doc__ = op.doc
    return made


def _given_names(op: Op) -> tuple[list[str], list[str]]:
    """Positional parameters, and keyword-only ones as the items of a dictionary's source."""
    params = op.schema.params
    return [p.name for p in params if not p.keyword_only], [f"{p.name!r}: {p.name}" for p in params if p.keyword_only]


def _arguments_source(op: Op, varargs: Param | None) -> str:
    """The call's arguments once more: positional ones, then those by keyword that are not the defaults."""
    positional = [f"*{p.name}" if p is varargs else p.name for p in op.schema.params if not p.keyword_only]
    defaults = {p.name: p.default for p in op.schema.params if p.keyword_only and p.default is not REQUIRED}
    given = "".join(f"{n!r}: {n}, " for n in defaults)
    return f"{''.join(p + ', ' for p in positional)}**_changed({{{given}}}, {defaults!r})"


def _result_source(op: Op) -> str:
    source = _call_source(op)
    computes = op.grad != NONE and op.name[0] != "_"
    scalars = tuple(p.name for p in op.arrays if computes and p.type == "Scalar" and p.name not in op.fits)
    if op.fits or scalars:
        named, computing = ("".join(n + ", " for n in names) for names in (op.fits, scalars))
        source = f"_fitting({source}, ({named}), ({computing}))"
    if op.layout is not None:
        statics = "".join(f", {p.name}={p.name}" for p in op.statics)
        source = f"_laid(_op.layout, {source}, ({''.join(p.name + ', ' for p in op.arrays)}){statics})"
    if op.check_now:
        source = f"_settled({source})"
    return f"_result(*{source})" if result_type(op) is not None else source


def _renamed(function: Any, extra: dict, given: dict) -> Any:
    """Call again with NumPy's argument names replaced by PyTorch's."""
    # Where overriding has put a dispatcher into its place, the function as it was.
    function = getattr(function, "__wrapped__", function)
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    arguments_ = {n: given[n] for n in names if n in given and given[n] is not _MISSING}
    defaults = {
        **dict(
            zip(names[code.co_argcount - len(function.__defaults__ or ()) :], function.__defaults__ or (), strict=False)
        ),
        **(function.__kwdefaults__ or {}),
    }
    spread = code.co_varnames[len(names)] if code.co_flags & inspect.CO_VARARGS else None
    if spread in extra and not given[spread]:  # the list that may be spread over the call, by its name
        rest = {name: value for name, value in extra.items() if name != spread}
        return function(arguments_.pop(names[0]), extra[spread], **arguments_, **rest)
    for name, value in extra.items():
        target = NUMPY_NAMES.get(name)
        if target is None or target not in names or (target in arguments_ and target not in defaults):
            raise TypeError(f"{function.__name__}() got an unexpected keyword argument '{name}'")
        arguments_[target] = value
    return function(**arguments_)


_result_types: dict[str, type] = {}


def result_type(op: Op) -> Any:
    """The named tuple of an op with several named outputs, None for others."""
    names = op.schema.returns
    if len(names) < 2 or not names[0]:
        return None
    name = arguments.parser_name(op.name)
    if name not in _result_types:
        _result_types[name] = named_result(name, names)
    return _result_types[name]


def named_result(name: str, names: tuple[str, ...]) -> type:
    """A named tuple that prints like PyTorch's structseqs."""
    base = collections.namedtuple(name, names)  # type: ignore[misc]

    def show(self: Any) -> str:
        return (
            f"torch.return_types.{name}(\n" + ",\n".join(f"{n}={v!r}" for n, v in zip(names, self, strict=True)) + ")"
        )

    return type(name, (base,), {"__slots__": (), "__repr__": show, "__module__": "torch.return_types"})


def result_types() -> dict[str, type]:
    """Every named tuple made so far, for `torch.return_types`."""
    return _result_types


def build() -> tuple[dict[str, Any], dict[str, Any]]:
    """All public functions by dotted name, and all methods by name, from the table."""
    overloads: dict[str, list[Overload]] = {}
    for op in TABLE.values():
        for name in (op.name, *op.aliases):
            overloads.setdefault(name, []).append(Overload(op, function_of(op)))
    functions: dict[str, Any] = {}
    methods: dict[str, Any] = {}
    for name, group in overloads.items():
        public = group[0].function if len(group) == 1 else resolver(name, group)
        variants = set().union(*(o.op.variants for o in group))
        short = name.rpartition(".")[2]
        if "f" in variants:
            functions[name] = public
        else:
            functions.setdefault("_internal." + name, public)
        if "m" in variants and "." not in name:
            methods[short] = public
        if "i" in variants:
            changed = inplace_variant(public, short + "_", group[0].op)
            if "." not in name:
                methods[short + "_"] = changed
            functions[name + "_"] = changed
    return functions, methods
