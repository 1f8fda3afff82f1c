"""Optimizers whose step is one record a group.

A rule is a pure function `rule(p, g, s, h, f) -> new p` over the JAX arrays of one parameter: its gradient `g`, its
state `s` (attributes, which the rule replaces), the hyper-parameters `h` (attributes; 0-d arrays, runtime arguments of
the program) and `f`, the set of the flags that are on (compiled in). `FusedOptimizer.step` applies the rule to all
parameters of a group in one record.

0-dim state that all parameters share by value (the step count, as a rule) travels through the program once: the tensors
of the state are distinct, the immutable value under them is one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from jaxtorch._autograd import inplace, tape
from jaxtorch._autograd.variable import Variable, value_of
from jaxtorch._base.devices import META
from jaxtorch._base.modes import modes
from jaxtorch._engine.calls import Call, adhoc_call
from jaxtorch._engine.recorder import end_of_step, known
from jaxtorch._engine.value import scalar
from jaxtorch._ops.table import GENERAL
from jaxtorch._tensor import fused
from jaxtorch._tensor.sparse_inputs import SparseInput
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.optim import _arithmetic as arithmetic
from jaxtorch.optim._state import scalar_state
from jaxtorch.optim.optimizer import Optimizer


class Layout(NamedTuple):
    """What a record's flat arguments are; part of the program's key."""

    params: int
    tensors: tuple[str, ...]  # state of the parameter's shape
    scalars: tuple[str, ...]  # 0-dim state
    sharing: tuple[int, ...] | None  # which set of 0-dim state each parameter uses; None: all the first
    numbers: tuple[str, ...]  # hyper-parameters, Python numbers first
    flags: frozenset[str]


class FusedOptimizer(Optimizer):
    """Base of the optimizers here: a subclass names its state and hyper-parameters and gives the rule.

    Subclasses name Optimizer as a base too: programs list the optimizers by `Optimizer.__subclasses__()`.
    """

    _rule: Callable
    _pointwise = True  # whether the rule changes each element by itself
    _numbers: tuple[str, ...] = ("lr", "eps", "weight_decay")
    _scalars: tuple[str, ...] = ("step",)
    _late_defaults: dict[str, Any] = {}  # hyper-parameters that state dicts of older versions lack
    _complex_error: str | None = None
    _sparse_error: str | None = "{} does not support sparse gradients"
    _xla_capturable = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, default in self._late_defaults.items():
                group.setdefault(name, default)
            for p in group["params"]:
                kept = self.state.get(p)
                if kept:
                    for name in self._scalars:
                        if name in kept and not isinstance(kept[name], Tensor):
                            kept[name] = scalar_state(float(kept[name]), group.get("fused"))

    # ----- What subclasses say -----

    def _init_state(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> None:
        raise NotImplementedError

    def _tensors(self, group: dict[str, Any]) -> tuple[str, ...]:
        raise NotImplementedError

    def _flags(self, group: dict[str, Any]) -> frozenset[str]:
        return group_flags(group, "maximize", "weight_decay")

    def _hyper(self, group: dict[str, Any]) -> list[Any]:
        return [group[name] for name in self._numbers]

    # ----- The step -----

    def step(self, closure: Callable | None = None) -> Any:
        """Update the parameters once; `closure`, where given, computes the loss anew and its value is returned."""
        before = modes.grad
        modes.grad = False
        try:
            loss = None
            if closure is not None:
                modes.grad = True
                loss = closure()
            modes.grad = bool(self.defaults.get("differentiable"))
            for group in self.param_groups:
                self._step_group(group)
        finally:
            modes.grad = before
        end_of_step()
        return loss

    def _step_group(self, group: dict[str, Any]) -> None:
        params, grads, states = [], [], []
        state_of = self.state
        for p in group["params"]:
            meta = p._meta
            if meta is None or meta.grad is None:
                continue
            state = state_of[p]
            if not state:
                self._check_first(group, p)
                self._init_state(group, p, state)
            params.append(p)
            grads.append(meta.grad)
            states.append(state)
        if params:
            if group.get("foreach") or group.get("capturable") or group.get("differentiable"):
                self._check_group(group, params, states)
            self._apply(group, params, grads, states, self._tensors(group))

    def _dense(self, group: dict[str, Any], grads: list) -> list:
        """Sparse gradients as dense ones: zeros change nothing where an optimizer takes them at all."""
        if self._sparse_error is not None:
            raise RuntimeError(self._sparse_error.format(type(self).__name__))
        if group.get("weight_decay"):
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")
        return [g.to_dense() if g.is_sparse else g for g in grads]

    def _check_first(self, group: dict[str, Any], p: Any) -> None:
        if p.is_complex() and self._complex_error:
            raise RuntimeError(self._complex_error)
        if group.get("fused") and not p.is_floating_point():
            raise RuntimeError(
                "`fused=True` requires all the params to be floating point Tensors of supported devices: "
                f"['mps', 'cuda', 'xpu', 'hpu', 'cpu', 'mtia', 'privateuseone'] but {p.dtype} and {p.device.type}"
            )

    def _check_group(self, group: dict[str, Any], params: list, states: list) -> None:
        if group.get("differentiable"):
            if group.get("foreach"):
                raise AssertionError("_foreach ops don't support autograd")
            if any("step" in s and s["step"].requires_grad for s in states):
                raise RuntimeError("`requires_grad` is not supported for `step` in differentiable mode")
        if group.get("capturable"):
            supported = ["cuda", "xpu", "hpu", "privateuseone", *(["xla"] if self._xla_capturable else [])]
            if any(p.device.type not in supported for p in params):
                raise AssertionError(
                    f"If capturable=True, params and state_steps must be on supported devices: {supported}."
                )

    def _apply(
        self,
        group: dict[str, Any],
        params: list,
        grads: list,
        states: list,
        tensors: tuple[str, ...],
        extra: frozenset[str] = frozenset(),
    ) -> None:
        """One record that updates `params` and the named state."""
        targets = list(params)
        for name in tensors:
            targets.extend([s[name] for s in states])
        heads, sharing, followers = _shared_scalars(states, self._scalars)
        targets.extend(heads)
        names, numbers, given = [], [], []
        for name, x in zip(self._numbers, self._hyper(group), strict=True):
            if isinstance(x, Variable):
                given.append((name, x))
            else:
                names.append(name)
                numbers.append(x if type(x) is float else float(x))
        flags = self._flags(group) | extra if extra else self._flags(group)
        sources = grads
        if given or getattr(self, "grad_scale", None) is not None or getattr(self, "found_inf", None) is not None:
            names.extend([n for n, _ in given])
            given_tensors, amp = self._tensor_arguments(given)
            names.extend(amp)
            sources = [*grads, *given_tensors]
        layout = Layout(len(params), tensors, self._scalars, sharing, tuple(names), flags)
        kernel = _kernel_of(type(self)._rule, self._pointwise)
        if modes.grad:
            _differentiable_update(kernel, targets, sources, numbers, layout)
        else:
            try:
                fused.update(kernel, targets, sources, numbers, layout)
            except SparseInput:
                fused.update(kernel, targets, [*self._dense(group, grads), *sources[len(grads) :]], numbers, layout)
        for tensors_, head in followers:
            _follow(tensors_, head)

    def _tensor_arguments(self, given: list) -> tuple[list, list[str]]:
        # `GradScaler` leaves the scale and its verdict here when the optimizer unscales by itself (fused=True).
        amp = [(name, x) for name in ("grad_scale", "found_inf") if (x := getattr(self, name, None)) is not None]
        return [x for _, x in (*given, *amp)], [name for name, _ in amp]


def group_flags(group: dict[str, Any], *names: str) -> frozenset[str]:
    """The names among `names` whose entry in the group is on: a true flag, a number other than zero, a tensor."""
    return frozenset([n for n in names if (x := group.get(n)) is not None and (isinstance(x, Variable) or x)])


def _shared_scalars(states: list, names: tuple[str, ...]) -> tuple[list, tuple[int, ...] | None, list]:
    """Tensors of 0-dim state to update, which set each parameter uses, and (tensors, their head) that follow them."""
    heads: list = []
    columns: list = []
    for name in names:
        column = [s[name] for s in states]
        value = column[0]._storage.value
        for t in column:
            if t._storage.value is not value or t._view is not None:
                return _sets_of_scalars(states, names)
        heads.append(column[0])
        columns.append((column, column[0]))
    return heads, None, columns


def _sets_of_scalars(states: list, names: tuple[str, ...]) -> tuple[list, tuple[int, ...] | None, list]:
    heads: list = []
    followers: list = []
    sets: dict[tuple, int] = {}
    sharing = []
    for state in states:
        own = [state[name] for name in names]
        key = tuple([_identity(t) for t in own])
        found = sets.get(key)
        if found is None:
            found = sets[key] = len(sets)
            heads.extend(own)
        else:
            start = found * len(names)
            followers.extend([([t], head) for t, head in zip(own, heads[start : start + len(names)], strict=True)])
        sharing.append(found)
    return heads, None if len(sets) == 1 else tuple(sharing), followers


def _identity(tensor: Any) -> Any:
    """What tells 0-dim state apart: the number where it is known, else the value that is to come."""
    value = value_of(tensor)
    data = known(value)
    if data is None or value.aval.traced or value.aval.device is META:
        return value
    return value.aval, np.asarray(data).tobytes()


def _follow(tensors: list, head: Any) -> None:
    value = value_of(head)
    for tensor in tensors:
        if tensor is head:
            continue
        if tensor._view is None:
            storage = tensor._storage
            storage.value = value
            storage.stamp += 1
            tensor._vc.version += 1
        else:
            inplace.write(tensor, value)


# ----- The kernel of a rule -----


@functools.cache
def _kernel_of(rule: Callable, pointwise: bool) -> Callable:
    def kernel(targets: list, sources: list, numbers: list, *layout: Any) -> list:
        return _run(rule, targets, sources, numbers, Layout(*layout))

    kernel.__name__ = rule.__name__.removesuffix("_rule")
    kernel.pointwise = pointwise  # type: ignore[attr-defined]
    return kernel


def _run(rule: Callable, targets: list, sources: list, numbers: list, layout: Layout) -> list:
    n, width = layout.params, len(layout.scalars)
    given = [*numbers, *[x.reshape(()) for x in sources[n:]]]
    hyper = SimpleNamespace(**dict(zip(layout.numbers, given, strict=True)))
    columns = [targets[n * (1 + i) : n * (2 + i)] for i in range(len(layout.tensors))]
    scalars = targets[n * (1 + len(layout.tensors)) :]
    new_params: list = []
    new_columns: list[list] = [[] for _ in columns]
    new_scalars = list(scalars)
    for i in range(n):
        first = width * (layout.sharing[i] if layout.sharing else 0)
        state = dict(zip(layout.tensors, [c[i] for c in columns], strict=True))
        state |= dict(zip(layout.scalars, scalars[first : first + width], strict=True))
        p, after = _update_one(rule, targets[i], sources[i], state, hyper, layout)
        new_params.append(p)
        for column, name in zip(new_columns, layout.tensors, strict=True):
            column.append(getattr(after, name))
        for k, name in enumerate(layout.scalars):
            new_scalars[first + k] = getattr(after, name)
    return [*new_params, *[x for column in new_columns for x in column], *new_scalars]


def _update_one(rule: Callable, p: Any, g: Any, state: dict, hyper: Any, layout: Layout) -> tuple[Any, SimpleNamespace]:
    is_complex = jnp.iscomplexobj(p)
    if hasattr(hyper, "grad_scale"):
        g = arithmetic.over(g, hyper.grad_scale)
    before = SimpleNamespace(**state)
    s = SimpleNamespace(**{k: _as_real(x) if is_complex and k in layout.tensors else x for k, x in state.items()})
    new = rule(_as_real(p) if is_complex else p, _as_real(g) if is_complex else g, s, hyper, layout.flags)
    if is_complex:
        new = _as_complex(new)
        for k in layout.tensors:
            setattr(s, k, _as_complex(getattr(s, k)))
    if hasattr(hyper, "found_inf"):
        skip = hyper.found_inf > 0
        new = jnp.where(skip, p, new)
        for k in state:
            setattr(s, k, jnp.where(skip, getattr(before, k), getattr(s, k)))
    return new, s


def _as_real(x: Any) -> Any:
    return jnp.stack([x.real, x.imag], -1)


def _as_complex(x: Any) -> Any:
    return x[..., 0] + 1j * x[..., 1]


# ----- Steps that are differentiable themselves -----

_differentiable_calls: dict[tuple, Call] = {}


def _differentiable_update(kernel: Callable, targets: list, sources: list, numbers: list, layout: Layout) -> None:
    """The same update as one node of the graph: parameters and state get histories, as in-place operations do."""
    flat = [*targets, *sources, *[scalar(n) for n in numbers]]
    avals = tuple([x._aval if isinstance(x, Variable) else x.aval for x in flat])
    key = (kernel, layout, len(targets), len(sources), *avals)
    call = _differentiable_calls.get(key)
    if call is None:
        call = _differentiable_call(kernel, layout, len(targets), len(sources), avals)
        if not call.eager:
            _differentiable_calls[key] = call
    results = tape.apply_call(call, flat)
    scalars = len(layout.scalars) and len(targets) - layout.params * (1 + len(layout.tensors))
    for i, (target, result) in enumerate(zip(targets, results if call.multi else (results,), strict=True)):
        if i >= len(targets) - scalars:
            inplace.write(target, value_of(result))  # step counts take part in no graph
        else:
            target.copy_(result)


def _differentiable_call(kernel: Callable, layout: Layout, targets: int, sources: int, avals: tuple) -> Call:
    def run(*flat: Any) -> Any:
        new = kernel(
            list(flat[:targets]), list(flat[targets : targets + sources]), list(flat[targets + sources :]), *layout
        )
        cast = [x.astype(a.dtype.numpy_dtype) for x, a in zip(new, avals[:targets], strict=True)]
        return tuple(cast) if targets > 1 else cast[0]

    outs = tuple(avals[:targets])
    return adhoc_call(kernel.__name__, run, avals, outs if targets > 1 else outs[0], GENERAL)
