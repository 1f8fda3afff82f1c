"""`torch.autograd.Function`: derivatives written by the user."""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any

from jaxtorch._autograd import saved
from jaxtorch._autograd.inplace import check_writable, hand_to_base
from jaxtorch._autograd.node import LEAF, Node, overwritten
from jaxtorch._autograd.variable import Variable, alias, value_of, wrap
from jaxtorch._base.avals import Aval
from jaxtorch._base.batching import batching
from jaxtorch._base.modes import modes
from jaxtorch._engine.recorder import find_call, record
from jaxtorch._engine.value import Value
from jaxtorch._ops.table import TABLE


class FunctionNode(Node):
    """The node of one application; it is the `ctx` that forward and backward see."""

    function: type
    materialize = True
    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:  # the tape fills it after forward has run
        Node.__init__(self, None, (), (), ())  # type: ignore[arg-type]
        self.out_avals: tuple = ()
        self.input_avals: tuple = ()
        self.to_save: tuple = ()
        self.to_save_forward: tuple = ()
        self.non_differentiable: tuple = ()
        self.dirty: tuple = ()
        self.saved_from: list = []
        self.used = False

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward; read them as `ctx.saved_tensors`."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for `jvp`."""
        self.to_save_forward = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs forward changed in place."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients arrive as zeros (the default) or as None."""
        self.materialize = value

    @property
    def saved_tensors(self) -> tuple:
        """The tensors given to `save_for_backward`."""
        if self.saved is None:
            raise RuntimeError(_SECOND)
        return tuple([self._unpack(entry) for entry in self.saved])

    @property
    def saved_variables(self) -> tuple:
        """`saved_tensors`, by its old name."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def _unpack(self, entry: Any) -> Any:
        if entry is None:
            return None
        if isinstance(entry, _PackedEntry):
            return entry.tensor()
        value, edge, counter, version, original = entry
        if counter.version != version and not modes.mutation:
            raise overwritten(value.aval, edge if original is None else original, counter.version, version)
        if original is not None and counter.version == version:
            return original
        out = wrap(value)
        if edge is not None:
            out._rg, out._node = True, edge
        return out

    def outputs(self) -> tuple:
        return self.out_avals

    __repr__ = object.__repr__

    def name(self) -> str:
        return f"{self.function.__name__}Backward"

    def release(self) -> None:
        self.saved = None

    def pull(self, cotangents: list, mask: tuple[bool, ...], graph: bool) -> list:
        given = [self._gradient_in(c, a) for c, a in zip(cotangents, self.out_avals, strict=True)]
        before = modes.grad
        modes.grad = graph
        try:
            found = _derivative(self.function)(self, *given)
        finally:
            modes.grad = before
        found = found if isinstance(found, tuple) else (found,)
        if len(found) < len(mask) or any(g is not None for g in found[len(mask) :]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {len(mask)}, got "
                f"{len(found)})"
            )
        return [
            self._gradient_out(g, i, graph) if m else None for i, (g, m) in enumerate(zip(found, mask, strict=False))
        ]

    def _gradient_in(self, cotangent: Any, a: Aval | None) -> Any:
        if cotangent is None:
            return _zeros(a) if self.materialize and a is not None else None
        return wrap(cotangent) if isinstance(cotangent, Value) else cotangent

    def _gradient_out(self, gradient: Any, i: int, graph: bool) -> Any:
        if gradient is None:
            return None
        if not isinstance(gradient, Variable):
            raise RuntimeError(f"expected Variable or None (got {type(gradient).__name__})")
        expected = self.input_avals[i]
        if gradient.is_sparse:
            return gradient  # as it is; backward hands it to a leaf, or makes it dense
        value = value_of(gradient)
        if value.aval.shape != expected.shape:
            if not _expands_to(expected.shape, value.aval.shape):
                raise RuntimeError(
                    f"Function {self.name()} returned an invalid gradient at index {i} - got "
                    f"{list(value.aval.shape)} but expected shape compatible with {list(expected.shape)}"
                )
            gradient = gradient.sum_to_size(expected.shape)
        if value.aval.dtype is not expected.dtype:
            gradient = _cast(gradient, expected.dtype)
        return gradient if graph else value_of(gradient)


def _expands_to(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    lead = len(target) - len(shape)
    return lead >= 0 and all(s in (1, n) for s, n in zip(shape, target[lead:], strict=True))


_SECOND = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward."
)


def _zeros(a: Aval) -> Any:
    call = find_call(TABLE["_zeros"], (tuple(a.shape), a.dtype), None, ())
    return wrap(record(call, ()))


_cast: Any = None


def set_cast(function: Any) -> None:
    """Name the tensor layer's dtype conversion; once."""
    global _cast
    _cast = function


def _derivative(cls: Any) -> Any:
    """The function's `backward`, or its `vjp`, which is another name for it."""
    if cls.vjp is Function.vjp:
        return cls.backward
    if cls.backward is not Function.backward:
        raise RuntimeError(
            "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement "
            "one of them."
        )
    return cls.vjp


_on_duals: Any = None


def set_on_duals(function: Any) -> None:
    """Name what applies functions while forward mode is on, as `function(cls, args)`; None when it is over. It gives
    NotImplemented where it has nothing to do."""
    global _on_duals
    _on_duals = function


_on_batches: Any = None


def set_on_batches(apply: Any) -> None:
    """Name what applies a function by its own `vmap`, as `apply(cls, args)`, NotImplemented where there is no batch."""
    global _on_batches
    _on_batches = apply


def with_jvp(cls: Any, args: list, tangents: list) -> tuple[list, list]:
    """The outputs of a function, and how they move as its own `jvp` says."""
    ctx, outputs = _applied(cls, tuple(args))
    results = list(outputs) if isinstance(outputs, tuple) else [outputs]
    if ctx.materialize:
        tangents = [
            _zeros(a._aval) if t is None and isinstance(a, Variable) and a._aval.dtype.differentiable else t
            for a, t in zip(args, tangents, strict=True)
        ]
    for_backward, ctx.saved = ctx.saved, tuple([_save(t, set(), [], []) for t in ctx.to_save_forward])
    moved = cls.jvp(ctx, *tangents)
    ctx.saved = for_backward
    moved = list(moved) if isinstance(moved, tuple) else [moved]
    if len(moved) != len(results):
        raise RuntimeError(
            f"{cls.__name__}.jvp returned {len(moved)} tangents for {len(results)} outputs: there must be as many"
        )
    fixed = {id(t) for t in ctx.non_differentiable}
    for i, (r, t) in enumerate(zip(results, moved, strict=True)):
        differentiable = isinstance(r, Variable) and id(r) not in fixed and r._aval.dtype.differentiable
        if t is not None and not differentiable:
            raise RuntimeError(
                f"Function's jvp returned a gradient at position {i}, but  the corresponding forward output is not a "
                "differentiable Tensor. You should return None at that position instead."
            )
    return results, moved


def run_function(cls: type, *args: Any) -> Any:
    """`Function.apply`."""
    if batching.used and cls.vmap is not Function.vmap:  # type: ignore[attr-defined]
        found = _on_batches(cls, args)
        if found is not NotImplemented:
            return found
    if _on_duals is not None:
        found = _on_duals(cls, args)
        if found is not NotImplemented:
            return found
    return _applied(cls, args)[1]


def _applied(cls: type, args: tuple) -> tuple[Any, Any]:
    ctx = _context_class(cls)()
    ctx.function = cls
    tensors = [a for a in args if isinstance(a, Variable)]
    for t in tensors:
        if t._view is not None:
            value_of(t)
    ctx.needs_input_grad = tuple([isinstance(a, Variable) and a._rg for a in args])
    recording = modes.grad and any(ctx.needs_input_grad)
    before = modes.grad
    modes.grad = False
    try:
        if _has_setup_context(cls):
            outputs = cls.forward(*args)  # type: ignore[attr-defined]
            cls.setup_context(ctx, args, outputs)  # type: ignore[attr-defined]
        else:
            outputs = cls.forward(ctx, *args)  # type: ignore[attr-defined]
    finally:
        modes.grad = before
    several = isinstance(outputs, (tuple, list))
    results = list(outputs) if several else [outputs]
    if recording:
        results = _attach(ctx, args, results)
    return ctx, tuple(results) if several else results[0]


def _has_setup_context(cls: type) -> bool:
    return cls.setup_context is not Function.setup_context  # type: ignore[attr-defined]


def _positional(cls: Any, args: tuple, kwargs: dict) -> tuple:
    lead = 0 if _has_setup_context(cls) else 1  # ctx
    bound = _signature(cls.forward).bind(*[None] * lead, *args, **kwargs)
    if not lead:
        bound.apply_defaults()  # `setup_context` sees them among its inputs
    if bound.kwargs:
        raise TypeError(f"forward() got an argument by name that has no position: '{next(iter(bound.kwargs))}'")
    return bound.args[lead:]


_signature = functools.lru_cache(maxsize=256)(inspect.signature)


def _context_class(cls: Any) -> type:
    made = vars(cls).get("_backward_cls")
    if made is None:
        made = type(f"{cls.__name__}Backward", (FunctionNode,), {"__module__": "torch.autograd.function"})
        cls._backward_cls = made
    return made


def _attach(ctx: Any, args: tuple, results: list) -> list:
    edges = tuple([(a._node or a) if n else None for a, n in zip(args, ctx.needs_input_grad, strict=True)])
    inputs = {id(a) for a in args if isinstance(a, Variable)}
    dirty = {id(t) for t in ctx.dirty}
    fixed = {id(t) for t in ctx.non_differentiable}
    if any(id(a) in dirty and a._rg and a._node is None for a in args):
        raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
    for a in args:
        if id(a) in dirty:
            check_writable(a)
    for i, t in enumerate(ctx.to_save):
        if t is not None and not isinstance(t, Variable):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}"
            )
    ctx.input_avals = tuple([a._aval if isinstance(a, Variable) else None for a in args])
    done: list = []
    avals: list = []
    for r in results:
        if not isinstance(r, Variable):
            done.append(r)
            avals.append(None)
            continue
        if id(r) in inputs and id(r) not in dirty:
            r = alias(r)
        elif id(r) not in dirty and r._node is None and r._rg:
            r = alias(r)
        done.append(r)
        avals.append(r._aval)
    ctx.edges, ctx.out_avals = edges, tuple(avals)
    for nr, (r, original) in enumerate(zip(done, results, strict=True)):
        if isinstance(r, Variable) and id(original) not in fixed and r._aval.dtype.differentiable:
            if r._view is not None:
                value_of(r)
            r._rg, r._node = True, ctx if nr == 0 else (ctx, nr)
            if id(original) in dirty:
                hand_to_base(r)
    ctx.saved = tuple([_packed(_save(t, inputs, results, done)) for t in ctx.to_save])
    return done


class _PackedEntry:
    """A saved tensor that a hook has packed."""

    def __init__(self, packed: Any, unpack_hook: Any, edge: Any) -> None:
        self.packed, self.unpack_hook, self.edge = packed, unpack_hook, edge

    def tensor(self) -> Any:
        out = wrap(value_of(saved.unpacked(self.packed, self.unpack_hook)))
        if self.edge is not None:
            out._rg, out._node = True, (self.edge, LEAF) if isinstance(self.edge, Variable) else self.edge
        return out


def _packed(entry: Any) -> Any:
    if entry is None or not saved.hooks:
        return entry
    pack_hook, unpack_hook = saved.hooks[-1]
    return _PackedEntry(pack_hook(wrap(entry[0])), unpack_hook, entry[1])


def _save(t: Any, inputs: set, results: list, done: list) -> Any:
    if t is None:
        return None
    for original, attached in zip(results, done, strict=True):
        if t is original:
            return value_of(attached), attached._node, attached._vc, attached._vc.version, None
    # An input comes back as itself, other tensors too; only outputs need a fresh variable (they'd form a cycle).
    value = value_of(t._values() if t.is_sparse else t)
    return value, t._node or (t if t._rg else None), t._vc, t._vc.version, t


class Function:
    """Base of user-written differentiable functions: static `forward`, `backward`, optionally `setup_context`.

    Differs from PyTorch: in forward mode, inputs that were computed from dual tensors and require grad too let it go by
    `backward`, not by `jvp`; without a `vmap` of its own, forward is run as it is on one example that stands for all.
    """

    generate_vmap_rule = False

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """A rule for batches: override it to give `(outputs, out_dims)` of all examples at once; none is needed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; with `ctx` as the first argument unless `setup_context` is given."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> None:
        """Save what backward needs."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Gradients of the inputs from those of the outputs."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function "
            "to use it with backward mode AD."
        )

    @staticmethod
    def vjp(ctx: Any, *grad_outputs: Any) -> Any:
        """Another name for `backward`: implement one of them."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function "
            "to use it with backward mode AD."
        )

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """How the outputs move, from how the inputs do; what `save_for_forward` kept is in `ctx.saved_tensors`."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward and put the function on the tape; arguments given by name count by their positions."""
        if kwargs or _has_setup_context(cls):
            args = _positional(cls, args, kwargs)
        return run_function(cls, *args)
