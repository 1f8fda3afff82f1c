"""Nodes of the autograd graph.

A Node belongs to one recorded call. It keeps the values the derivative reads, edges to where each input's gradient
goes, and the versions of what PyTorch would have saved.
"""

from __future__ import annotations

import itertools
import re
import weakref
from typing import Any

import jax
from jax.extend.core import Literal

from jaxtorch._autograd.variable import Variable, wrap
from jaxtorch._base.batching import batching
from jaxtorch._base.modes import modes
from jaxtorch._base.native import hot
from jaxtorch._engine.calls import Call
from jaxtorch._engine.lifting import fit
from jaxtorch._engine.recorder import record
from jaxtorch._engine.residuals import ResidualForm
from jaxtorch._engine.value import Value
from jaxtorch._ops.node_names import node_name

_sequence = itertools.count().__next__

LEAF = -1  # the output number of an edge that leads to a leaf

SECOND_TIME = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)


class Node:
    """The derivative of one call. `edges[i]` is None, a leaf Variable, a Node, or a pair as `split` gives.

    `versions` is a row of fours: what counts the versions of a saved tensor, its version and aval, and the tensor; None
    for the call's own result, since a node that refers to itself would live on until the garbage collector comes by.
    """

    __slots__ = (
        "call",
        "saved",
        "edges",
        "versions",
        "seq",
        "tensor_hooks",
        "pre_hooks",
        "post_hooks",
        "retains",
        "metadata_",
        "label",
        "region",  # of a checkpoint, set by it
        "level",  # of a `vmap`, set by what enters it
        "__weakref__",
    )
    region: Any
    level: Any

    def __init__(self, call: Call, saved: tuple, edges: tuple, versions: tuple) -> None:
        self.call = call
        self.saved: tuple | None = saved
        self.edges = edges
        self.versions = versions
        self.seq = _sequence()
        self.tensor_hooks: dict[int, dict] | None = None
        self.pre_hooks: dict | None = None
        self.post_hooks: dict | None = None
        self.retains: dict[int, Any] | None = None
        self.metadata_: dict | None = None
        self.label: str | None = None

    def outputs(self) -> tuple:
        """The avals of the outputs."""
        return self.call.out_avals if self.call.multi else (self.call.out_avals,)

    def name(self) -> str:
        """PyTorch's name of the node, e.g. `MulBackward0`."""
        if self.label is not None or self.call.op is None:
            return self.label or self.call.name
        return node_name(self.call.op, self.call.avals, self.call.statics) or self.call.name

    def release(self) -> None:
        """Free what the derivative needs; nodes that saved nothing can be walked again, as in PyTorch."""
        if self.versions or self.call.saves or self.call.saves_result:
            self.saved = None
            self.versions = ()

    def pull(self, cotangents: list, mask: tuple[bool, ...], graph: bool) -> list:
        """Gradients of the inputs in `mask` from the cotangents of the outputs.

        Cotangents and gradients are Values, or Variables when `graph` asks for a differentiable backward.
        """
        saved = self.saved
        if saved is None:
            raise RuntimeError(SECOND_TIME)
        if self.versions:
            check_versions(self)
        call = self.call
        if call.undefined:
            return [None] * len(mask)
        given = None if len(cotangents) == 1 else tuple([c is not None for c in cotangents])
        vjp, needed = call.vjp(mask, given)
        if given is not None:
            cotangents = [c for c in cotangents if c is not None]
        if graph:
            # An input that the gradients do not depend on (a bias) is no part of their history, as in PyTorch.
            from_saved = [
                unpack(saved[i], self.edges[i] if r else None) for i, r in zip(needed, _reads(vjp), strict=False)
            ]
            grads = _apply_call(vjp, [*from_saved, *cotangents])
        else:
            args = (*[saved[i] for i in needed], *cotangents)
            grads = record(fit(vjp, args) if batching.used else vjp, args)
        if not vjp.multi:
            grads = (grads,)
        found = iter(grads)
        return [next(found) if m else None for m in mask]


def _reads(call: Call) -> tuple[bool, ...]:
    """Which inputs the results of a call depend on. It takes a trace to know; under `vmap` all are taken to count."""
    if batching.used or call.eager:
        return (True,) * len(call.avals)
    if call.reads is None:
        jaxpr = call.fn.trace(*[jax.ShapeDtypeStruct(a.shape, a.dtype.numpy_dtype) for a in call.avals]).jaxpr.jaxpr
        live = {v for v in jaxpr.outvars if not isinstance(v, Literal)}
        for equation in reversed(jaxpr.eqns):
            if not live.isdisjoint(equation.outvars):
                live.update(v for v in equation.invars if not isinstance(v, Literal))
        call.reads = tuple(v in live for v in jaxpr.invars)
    return call.reads


class ResidualNode(Node):
    """The derivative of a call that kept its residuals; a differentiable backward goes back to the inputs."""

    __slots__ = ("form", "residuals")

    def __init__(
        self, call: Call, saved: tuple, edges: tuple, versions: tuple, form: ResidualForm, residuals: tuple
    ) -> None:
        Node.__init__(self, call, saved, edges, versions)
        self.form = form
        self.residuals: tuple | None = residuals

    def release(self) -> None:
        self.saved = self.residuals = None

    def pull(self, cotangents: list, mask: tuple[bool, ...], graph: bool) -> list:
        if graph or self.residuals is None or batching.used:
            return Node.pull(self, cotangents, mask, graph)
        if self.versions:
            check_versions(self)
        call = self.form.backward(tuple([c is not None for c in cotangents]))
        grads = record(call, (*self.residuals, *[c for c in cotangents if c is not None]))
        found = iter(grads if call.multi else (grads,))
        every = [next(found) if m else None for m in self.form.mask]
        return [g if m else None for g, m in zip(every, mask, strict=True)]


_apply_call: Any = None


def set_apply_call(function: Any) -> None:
    """Name the tape's `apply_call`, which a differentiable backward goes through; once, by the tape."""
    global _apply_call
    _apply_call = function


def apply_call(call: Call, inputs: list) -> Any:
    """`tape.apply_call`, for what stands below the tape."""
    return _apply_call(call, inputs)


def unpack(value: Value, edge: Any) -> Any:
    """A saved value as a variable that is attached to the graph where it was."""
    if value.aval.weak:
        return value
    out = wrap(value)
    if edge is not None:
        out._rg = True
        out._node = (edge, LEAF) if isinstance(edge, Variable) else edge
    return out


def split(edge: Any) -> tuple[Any, int]:
    """An edge as (target, output): a node and its output, or a leaf and `LEAF`."""
    if type(edge) is tuple:
        return edge
    return (edge, LEAF) if isinstance(edge, Variable) else (edge, 0)


def move_retained(x: Variable, before: Any) -> None:
    """Let what `retain_grad` keeps be the gradient of a tensor as it is now, no longer of its `before` edge."""
    meta = x._meta
    if meta is None or not meta.retains or x._node is None:
        return
    node, nr = split(before)
    reference = node.retains.get(nr) if nr != LEAF and node.retains else None
    if reference is not None and reference() is x:
        del node.retains[nr]
    node, nr = split(x._node)
    if nr != LEAF:
        if node.retains is None:
            node.retains = {}
        node.retains.setdefault(nr, weakref.ref(x))


def check_versions(node: Node) -> None:
    if modes.mutation:
        return
    versions = node.versions
    for i in range(0, len(versions), 4):
        counter, expected, aval, origin = versions[i : i + 4]
        if counter.version != expected:
            raise overwritten(aval, node if origin is None else origin, counter.version, expected)


def overwritten(aval: Any, origin: Any, version: int, expected: int) -> RuntimeError:
    """PyTorch's error for a saved tensor that was written to; `origin` as in `_origin`."""
    kind = f"torch.{aval.dtype.scalar_name}Tensor {list(aval.shape)}"
    return RuntimeError(
        f"one of the variables needed for gradient computation has been modified by an inplace operation: [{kind}]"
        f"{_origin(origin)} is at version {version}; expected version {expected} instead. Hint: enable anomaly "
        f"detection to "
        f"find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, "
        f"check_nan=False)."
    )


def _origin(origin: Any) -> str:
    """Names the node that made a saved tensor: `origin` is the input variable, or the node itself for its result."""
    edge = origin._node if isinstance(origin, Variable) else origin
    if edge is None:
        return ""
    node, nr = split(edge)
    if nr == LEAF:
        return ""
    name = re.sub("Backward[0-9]*$", "", node.name())
    return f", which is output {nr} of {'torch::autograd::' if name == 'CopySlices' else ''}{name},"


if hot is not None:
    hot.configure(Node=Node, sequence=_sequence)
