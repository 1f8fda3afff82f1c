"""The tape: unwrap variables, record the call, wrap the result, and note the derivative when a gradient is wanted.

`unary`, `binary` and `apply` are the same thing for one, two and any number of inputs; the first two are written out
because `a + b` has a budget of five microseconds.
"""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd import layout, variable
from jaxtorch._autograd.node import Node, ResidualNode, move_retained, set_apply_call
from jaxtorch._autograd.variable import Variable, View, set_regenerate, value_of, wrap
from jaxtorch._base.avals import WEAK
from jaxtorch._base.batching import batching
from jaxtorch._base.modes import modes
from jaxtorch._base.native import hot
from jaxtorch._engine.calls import CALLS, Call, make_call
from jaxtorch._engine.lifting import fit
from jaxtorch._engine.recorder import record
from jaxtorch._engine.residuals import residual_form
from jaxtorch._engine.value import Value
from jaxtorch._ops.table import BILINEAR, Op
from jaxtorch._storage.host import HostStorage
from jaxtorch._storage.storage import Storage

_new: Any = object.__new__


def _unary(op: Op, a: Variable, statics: tuple = ()) -> Any:
    """Apply an op of one tensor."""
    view = a._view
    va = a._storage.value if view is None else value_of(a)
    key = (op, statics, None, va.aval) if statics else (op, va.aval)
    call = CALLS.get(key)
    if call is None:
        call = make_call(op, statics, None, (va.aval,))
    if call.multi:
        return apply_values(call, (a,), (va,))
    value = record(call, (va,))
    out = _new(variable._tensor_class)
    out._storage = out._vc = Storage(value)
    out._aval = value.aval
    out._view = out._strides = out._node = out._meta = None
    out._rg = False
    if call.pointwise and a._strides is not None:
        layout.follow(out, (a,))
    if a._rg and call.diff and modes.grad:
        out._rg = True
        versions: tuple = ()
        if call.saves_result:
            versions = (out._storage, 0, value.aval, None)
        elif call.saves:
            versions = (a._vc, a._vc.version, va.aval, a)
        out._node = Node(
            call, (va,) if call.keeps_all or not va.aval.dtype.differentiable else (None,), (a._node or a,), versions
        )
    return out


def _binary(op: Op, a: Any, b: Any) -> Any:
    """Apply an op of two tensors, or a tensor and a Python number (already a weak Value)."""
    va = a if type(a) is Value else a._storage.value if a._view is None else value_of(a)
    vb = b if type(b) is Value else b._storage.value if b._view is None else value_of(b)
    call = CALLS.get((op, va.aval, vb.aval))
    if call is None:
        call = make_call(op, (), None, (va.aval, vb.aval))
    args = (va, vb)
    value = record(call, args)
    out = _new(variable._tensor_class)
    out._storage = out._vc = Storage(value)
    out._aval = value.aval
    out._view = out._strides = out._node = out._meta = None
    out._rg = False
    a_is, b_is = va is not a, vb is not b
    if (a_is and a._strides is not None) or (b_is and b._strides is not None):
        if call.pointwise:
            layout.follow(out, [x for x in (a, b) if type(x) is not Value])
    if not modes.grad:
        return out
    a_rg, b_rg = a_is and a._rg, b_is and b._rg
    if (a_rg or b_rg) and call.diff:
        out._rg = True
        saves = call.saves
        versions: tuple = ()
        if not call.keeps_all:
            if call.kind is BILINEAR:
                args = (va if b_rg or not a_is else None, vb if a_rg or not b_is else None)
                if a_is and b_rg:
                    versions = (a._vc, a._vc.version, va.aval, a)
                if b_is and a_rg:
                    versions = (*versions, b._vc, b._vc.version, vb.aval, b)
            else:
                args = (
                    None if a_is and va.aval.dtype.differentiable else va,
                    None if b_is and vb.aval.dtype.differentiable else vb,
                )
        elif saves:
            versions = _versions(saves, (a, b))
        if call.saves_result:
            versions = (*versions, out._storage, 0, value.aval, None)
        out._node = Node(call, args, ((a._node or a) if a_rg else None, (b._node or b) if b_rg else None), versions)
    return out


def _apply(op: Op, inputs: list, statics: tuple = (), structure: tuple | None = None) -> Any:
    """Apply an op to any number of flat inputs: variables, weak Values or Python numbers."""
    args = []
    key: list = [op] if not statics and structure is None else [op, statics, structure]
    ordered = taping = False
    for x in inputs:
        if isinstance(x, Variable):
            value = x._storage.value if x._view is None else value_of(x)
            if x._rg:
                taping = True
            if x._strides is not None:
                ordered = True
        elif type(x) is Value:
            value = x
        else:
            value = Value(None, None, WEAK[type(x)], x)
        args.append(value)
        key.append(value.aval)
    call = CALLS.get(tuple(key)) or make_call(op, statics, structure, tuple([v.aval for v in args]))
    return _record(call, inputs, tuple(args), taping and call.diff and modes.grad, ordered)


if hot is None:
    unary, binary, apply = _unary, _binary, _apply
else:
    hot.configure(
        Op=Op, BILINEAR=BILINEAR, modes=modes, follow=layout.follow, unary=_unary, binary=_binary, apply=_apply
    )
    unary, binary, apply = hot.unary, hot.binary, hot.apply


def apply_call(call: Call, inputs: list) -> Any:
    """Apply a call that is known already; `inputs` as in `apply`."""
    args = tuple([value_of(x) if isinstance(x, Variable) else x for x in inputs])
    if batching.used:
        call = fit(call, args)
    if call.eager or any(v.aval.traced for v in args):
        call = _retype(call, args)
    return apply_values(call, inputs, args)


def _retype(call: Call, args: tuple) -> Call:
    made = Call(None, call.name, call.fn, tuple([v.aval for v in args]), call.out_avals, call.kind)
    made.saves, made.saves_result = call.saves, call.saves_result
    return made


def apply_values(call: Call, inputs, args: tuple) -> Any:
    """Record a call and wrap its results."""
    taping = ordered = False
    for x in inputs:
        if type(x) is not Value and isinstance(x, Variable):
            taping = taping or x._rg
            ordered = ordered or x._strides is not None
    return _record(call, inputs, args, taping and call.diff and modes.grad, ordered)


def _record(call: Call, inputs, args: tuple, taping: bool, ordered: bool) -> Any:
    """`taping`: a gradient is wanted; `ordered`: some input is not laid out row by row."""
    if taping and call.op is not None and call.op.residuals and not call.eager:
        return _apply_with_residuals(call, inputs, args)
    results = record(call, args)
    if call.multi:
        outs = tuple([wrap(v) for v in results])
        if taping:
            _attach(call, inputs, args, outs)
        return outs
    out = wrap(results)
    if ordered and call.pointwise:
        layout.follow(out, [x for x in inputs if isinstance(x, Variable)])
    if taping:
        out._rg = True
        out._node = node = make_node(call, inputs, args)
        if call.saves_result:
            node.versions = (*node.versions, out._storage, 0, results.aval, None)
    return out


def _apply_with_residuals(call: Call, inputs, args: tuple) -> Any:
    needs = tuple([isinstance(x, Variable) and x._rg for x in inputs])
    form = residual_form(call, needs)
    values = record(form.forward, args)
    outs = tuple([wrap(v) for v in values[: form.outputs]])
    plain = make_node(call, inputs, args)
    node = ResidualNode(call, args, plain.edges, plain.versions, form, values[form.outputs :])
    for nr, out in enumerate(outs):
        if out._aval.dtype.differentiable:
            out._rg, out._node = True, node if nr == 0 else (node, nr)
    return outs if call.multi else outs[0]


def _attach(call: Call, inputs, args: tuple, outs: tuple) -> None:
    node = make_node(call, inputs, args)
    for nr, out in enumerate(outs):
        if out._aval.dtype.differentiable:
            out._rg = True
            out._node = node if nr == 0 else (node, nr)
            if call.saves_result:
                node.versions = (*node.versions, out._vc, out._vc.version, out._aval, None)


def make_node(call: Call, inputs, args: tuple) -> Node:
    """The node of a call on given inputs."""
    edges: list = []
    wanted = 0
    for x in inputs:
        if type(x) is not Value and isinstance(x, Variable) and x._rg:
            edges.append(x._node or x)
            wanted += 1
        else:
            edges.append(None)
    saves = call.saves
    if not call.keeps_all:
        others = call.kind is BILINEAR
        kept = []
        for v, e in zip(args, edges, strict=True):
            a = v.aval
            keep = a.weak or not a.dtype.differentiable or (others and wanted - (e is not None) > 0)
            kept.append(v if keep else None)
        args = tuple(kept)
        if saves:
            saves = tuple([i for i in saves if kept[i] is not None])
    return Node(call, args, tuple(edges), _versions(saves, inputs) if saves else ())


def _versions(saves, inputs) -> tuple:
    versions: list = []
    for i in saves:
        x = inputs[i]
        if isinstance(x, Variable):
            versions.extend((x._vc, x._vc.version, x._aval, x))
    return tuple(versions)


# ----- Views -----


def _view_of(source: Variable, links: tuple, strides: tuple[int, ...] | None, offset: int, name: str) -> Any:
    """A view of `source` through further links. `name` is the grad_fn's name in PyTorch."""
    storage = source._storage
    if type(storage) is HostStorage and not source._rg:
        shown = _window_of(source, links, strides, offset, name)
        if shown is not None:
            return shown
    value = value_of(source)
    under = source._view
    tracking = source._rg and modes.grad
    node = source._node or source if tracking else None
    for link in links:
        if link.numbers is None:
            args: tuple = (value,)
            call = CALLS.get((link.op, link.statics, None, value.aval)) or link.call(args)
        else:
            args = link.arguments(value)
            call = link.call(args)
        if tracking and call.diff:
            # A view op is linear: only its runtime integers are kept.
            node = Node(call, (None, *args[1:]), (node, *[None] * (len(args) - 1)), ())
            node.label = name
        value = record(call, args)
    out = _new(variable._tensor_class)
    out._storage, out._vc, out._aval = storage, source._vc, value.aval
    out._strides, out._meta = strides, None
    # Without grad mode a view of what requires grad is a leaf that requires grad, in PyTorch too.
    out._rg = source._rg and value.aval.dtype.differentiable
    out._node = node if tracking and out._rg else None
    if under is None:
        out._view = View(links, value, storage.stamp, source, len(links), offset, modes.grad, name)
    else:
        base, count = (source, 0) if under.base is None else (under.base, under.links)
        out._view = View(
            under.chain + links,
            value,
            storage.stamp,
            base,
            count + len(links),
            offset,
            modes.grad and (under.tracked or under.base is None),
            name,
        )
    return out


if hot is None:
    view_of = _view_of
else:
    hot.configure(view_of=_view_of)
    view_of = hot.view_of


def _window_of(source: Variable, links: tuple, strides: Any, offset: int, name: str) -> Any:
    """A view of memory that a NumPy array shares, which is not read yet; None where it has to be read as a whole."""
    value = Value(None, None, source._aval)
    for link in links:
        value = Value(None, None, link.call(link.arguments(value)).out_avals)
    if not source._storage.has_windows(value.aval.dtype):  # type: ignore[attr-defined]
        return None
    under = source._view
    out = _new(variable._tensor_class)
    out._storage, out._vc, out._aval = source._storage, source._vc, value.aval
    out._strides, out._meta, out._rg, out._node = strides, None, False, None
    base, count = (source, 0) if under is None or under.base is None else (under.base, under.links)
    chain = links if under is None else under.chain + links
    tracked = modes.grad and (under is None or under.tracked or under.base is None)
    out._view = View(chain, None, -1, base, count + len(links), offset, tracked, name)  # type: ignore[arg-type]
    return out


def _renew_node(v: Variable, view: View) -> None:
    """Give a stale view the grad_fn of the same view of its base as it is now."""
    base = view.base
    value = value_of(base)
    if not base._rg:
        return
    node: Any = base._node or base
    for link in view.chain[len(view.chain) - view.links :]:
        args = link.arguments(value)
        call = link.call(args)
        node = Node(call, (None, *args[1:]), (node, *[None] * (len(args) - 1)), ())
        node.label = "AsStridedBackward0"  # what PyTorch makes of any stale view
        value = record(call, args)
    if v._aval.dtype.differentiable:
        before = v._node
        v._rg, v._node = True, node
        if before is not None:
            move_retained(v, before)


set_regenerate(_renew_node)
set_apply_call(apply_call)
