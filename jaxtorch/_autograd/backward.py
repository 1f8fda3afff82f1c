"""The backward walk: nodes in the reverse order of their making, cotangents summed where paths meet.

Cotangents are plain Values, recorded like everything else and compiled with the forward pass; with `create_graph` they
are Variables, so that the derivative is itself on the tape.
"""

from __future__ import annotations

import threading
from typing import Any

from jaxtorch._autograd import anomaly
from jaxtorch._autograd.layout import is_dense
from jaxtorch._autograd.node import LEAF, Node, apply_call, split
from jaxtorch._autograd.variable import Variable, meta_of, value_of, wrap
from jaxtorch._base.batching import batching, is_active
from jaxtorch._base.modes import modes
from jaxtorch._base.native import hot
from jaxtorch._engine.lifting import sum_call
from jaxtorch._engine.recorder import entering_backward, find_call, record
from jaxtorch._engine.value import Value
from jaxtorch._ops.table import TABLE

passes = 0  # how many backward passes there have been


class _Walk:
    """State of one backward pass. `wanted` restricts it to given inputs (`autograd.grad`, `backward(inputs=...)`)."""

    def __init__(self, graph: bool, wanted: list | None, hooks: bool = True) -> None:
        self.graph = graph
        self.hooks = hooks  # those of leaves
        self.buffers: dict[Any, list] = {}
        self.leaves: dict[int, list] = {}  # id -> [variable, gradient, contributions still to come]
        self.captured: dict[Any, Any] = {}
        self.wanted = None if wanted is None else {target_key(e) for e in wanted}

    def add(self, a: Any, b: Any) -> Any:
        if a is None:
            return b
        if self.graph or type(a) is not Value or type(b) is not Value:  # a sparse gradient is a Variable
            return _add_variables(_as_variable(a), _as_variable(b))
        args = (a, b)
        return record(find_call(TABLE["add"], (), None, args), args)

    def send(self, edge: Any, gradient: Any) -> None:
        """Add a gradient to what has arrived at an edge's end."""
        if gradient is None:
            return
        node, nr = split(edge)
        if batching.used:
            gradient = _over_finished_levels(gradient, node._aval if nr == LEAF else node.outputs()[nr])
        if nr == LEAF:
            entry = self.leaves[id(node)]
            entry[1] = self.add(entry[1], gradient)
            return
        if type(gradient) is not Value and gradient.is_sparse:  # sparse gradients are for leaves
            gradient = gradient.to_dense() if self.graph else value_of(gradient.to_dense())
        slots = self.buffers.get(node)
        if slots is None:
            slots = self.buffers[node] = [None] * len(node.outputs())
        slots[nr] = gradient if slots[nr] is None else self.add(slots[nr], gradient)


def _over_finished_levels(gradient: Any, target: Any) -> Any:
    """Sum a gradient over the examples of a `vmap` that is over, for a target that all of them shared."""
    as_value = isinstance(gradient, Value)
    a = gradient.aval if as_value else gradient._aval
    if not a.batch:
        return gradient
    own = {number for number, _ in target.batch}
    shared = tuple([number for number, _ in a.batch if number not in own and not is_active(number)])
    if not shared:
        return gradient
    call = sum_call(a, shared)
    return record(call, (gradient,)) if as_value else apply_call(call, [gradient])


_add_variables: Any = None


def set_add(function: Any) -> None:
    """Name the tensor layer's addition, used when the gradient itself is differentiable; once."""
    global _add_variables
    _add_variables = function


def target_key(edge: Any) -> Any:
    """What identifies the place a gradient goes to."""
    target, nr = split(edge)
    return id(target) if nr == LEAF else (target, nr)


def run(
    roots: list,
    gradients: list,
    keep: bool,
    graph: bool,
    wanted: list | None,
    accumulate: bool,
    hooks: bool = True,
) -> dict:
    """Walk from `roots` (edges) with their `gradients`; the captured gradients by target when `wanted` is given.

    Without `hooks` those of leaves are left to whoever takes the gradients there.
    """
    _state.running += 1
    try:
        captured = _run(_Walk(graph, wanted, hooks), roots, gradients, keep, accumulate)
        while _state.running == 1 and _state.callbacks:
            _state.callbacks.pop(0)()
        return captured
    finally:
        _state.running -= 1
        if not _state.running:
            _state.callbacks = []


def _run(walk: _Walk, roots: list, gradients: list, keep: bool, accumulate: bool) -> dict:
    global passes
    passes += 1
    graph = walk.graph
    nodes = _reachable(walk, roots) if hot is None else hot.reachable(walk.leaves, roots)
    needed = _leading_to_wanted(walk, nodes)
    for edge, gradient in zip(roots, gradients, strict=True):
        walk.send(edge, gradient)
        target, nr = split(edge)
        if nr == LEAF:
            walk.leaves[id(target)][2] -= 1
    for entry in list(walk.leaves.values()):
        if entry[2] == 0:
            _finish_leaf(walk, entry, accumulate)
    before = modes.grad
    modes.grad = graph
    _state.walks.append((walk, nodes, needed))
    try:
        if hot is None or graph or walk.wanted is not None or batching.used or modes.anomaly:
            for node in nodes:
                _visit(walk, node, needed, accumulate, keep)
        else:
            hot.walk(walk, walk.buffers, walk.leaves, nodes, accumulate, keep)
    finally:
        modes.grad = before
        _state.walks.pop()
    return walk.captured


def will_arrive(edge: Any) -> bool:
    """Whether the pass that is running gives the place that an edge leads to a gradient."""
    walk, nodes, needed = _state.walks[-1]
    target, nr = split(edge)
    if walk.wanted is not None:
        return target_key(edge) in walk.wanted or (nr != LEAF and target in needed)
    return id(target) in walk.leaves if nr == LEAF else any(node is target for node in nodes)


def _reachable(walk: _Walk, roots: list) -> list[Node]:
    """Every node below the roots, latest first; counts how many contributions each leaf waits for."""
    seen: set = set()
    stack = list(roots)
    leaves = walk.leaves
    while stack:
        node = stack.pop()
        if type(node) is tuple:
            node = node[0]  # a node's other output, or a leaf said to be one
        if isinstance(node, Node):
            if node not in seen:
                seen.add(node)
                for e in node.edges:
                    if e is not None:
                        stack.append(e)
        else:
            entry = leaves.get(id(node))
            if entry is None:
                leaves[id(node)] = [node, None, 1]
            else:
                entry[2] += 1
    return sorted(seen, key=_sequence_number, reverse=True)


def _sequence_number(node: Node) -> int:
    return node.seq


def _leading_to_wanted(walk: _Walk, nodes: list[Node]) -> set | None:
    wanted = walk.wanted
    if wanted is None:
        return None
    needed: set = set()
    for node in reversed(nodes):
        for e in node.edges:
            if e is not None and (target_key(e) in wanted or split(e)[0] in needed):
                needed.add(node)
                break
    return needed


def _visit(walk: _Walk, node: Node, needed: set | None, accumulate: bool, keep: bool) -> None:
    cotangents = walk.buffers.pop(node, None)
    edges = node.edges
    if cotangents is not None:
        if node.tensor_hooks or node.retains or node.pre_hooks or walk.wanted is not None:
            cotangents = _before_node(walk, node, cotangents, needed is None or node in needed, accumulate)
        if needed is None or node in needed:
            mask = tuple([e is not None for e in edges]) if needed is None else _needed_mask(walk, edges, needed)
            if True not in mask:
                gradients = [None] * len(mask)
            elif modes.anomaly:
                gradients = anomaly.pull(node, cotangents, mask, walk.graph)
            else:
                gradients = node.pull(cotangents, mask, walk.graph)
            if node.post_hooks:
                gradients = _after_node(walk, node, gradients, cotangents)
            for edge, gradient in zip(edges, gradients, strict=True):
                if gradient is not None and edge is not None:
                    walk.send(edge, gradient)
            if not keep:
                node.release()
    for edge in edges:
        if edge is not None and type(edge) is not Node:
            target, nr = split(edge)
            if nr == LEAF:
                entry = walk.leaves[id(target)]
                entry[2] -= 1
                if entry[2] == 0:
                    _finish_leaf(walk, entry, accumulate)


def _needed_mask(walk: _Walk, edges: tuple, needed: set) -> tuple[bool, ...]:
    wanted: Any = walk.wanted
    return tuple([e is not None and (target_key(e) in wanted or split(e)[0] in needed) for e in edges])


def _as_variable(gradient: Any) -> Any:
    return wrap(gradient) if isinstance(gradient, Value) else gradient


def _of_accumulator(hook: Any) -> bool:
    return getattr(hook, "of_accumulator", False)  # those of the node come after those of the tensor


def _run_hooks(walk: _Walk, hooks: dict, gradient: Any, accumulate: bool = True) -> Any:
    for hook in sorted(hooks.values(), key=_of_accumulator):
        if not accumulate and _of_accumulator(hook):
            continue
        changed = hook(_as_variable(gradient))
        if changed is not None:
            _check_replacement(hook, changed, gradient)
            gradient = changed if walk.graph else value_of(changed)
    return gradient


def _check_replacement(hook: Any, changed: Any, gradient: Any) -> None:
    if changed is None:
        return
    if not isinstance(changed, Variable):
        raise TypeError(f"expected Variable, but hook returned '{type(changed).__name__}'")
    if gradient is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    name = getattr(hook, "__name__", type(hook).__name__)
    old, new = gradient.aval if isinstance(gradient, Value) else gradient._aval, changed._aval
    if (old.dtype, old.device) != (new.dtype, new.device):
        was, got = _as_variable(gradient).type(), changed.type()
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {was} got {got})")
    if old.shape != new.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")


def _replacements(walk: _Walk, hook: Any, changed: Any, gradients: list) -> list:
    """What a node's hook returned in place of its gradients."""
    if not isinstance(changed, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(changed).__name__}'")
    if len(changed) != len(gradients):
        name = getattr(hook, "__name__", type(hook).__name__)
        raise RuntimeError(
            f"hook '{name}' has returned an incorrect number of values (got {len(changed)}, but expected "
            f"{len(gradients)})"
        )
    for new, old in zip(changed, gradients, strict=True):
        _check_replacement(hook, new, old)
    return [g if g is None or walk.graph else value_of(g) for g in changed]


def _before_node(walk: _Walk, node: Node, cotangents: list, leads_on: bool, accumulate: bool) -> list:
    """Tensor hooks, `retain_grad` and captures of the node's outputs, then the node's own pre-hooks.

    What `autograd.grad` captures is, as in PyTorch, what arrives before tensor hooks where the node is passed through,
    and after them where it is not; then its own hooks are not called.
    """
    arrived = list(cotangents)
    if node.tensor_hooks:
        for nr, hooks in node.tensor_hooks.items():
            if cotangents[nr] is not None:
                cotangents[nr] = _run_hooks(walk, hooks, cotangents[nr])
    if node.retains:
        for nr, reference in node.retains.items():
            variable = reference()
            if variable is not None and cotangents[nr] is not None:
                _accumulate(walk, variable, cotangents[nr])
    if walk.wanted is not None:
        for nr, gradient in enumerate(arrived if leads_on and not accumulate else cotangents):
            if (node, nr) in walk.wanted:
                walk.captured[(node, nr)] = gradient
    if node.pre_hooks and (leads_on or accumulate):
        for hook in list(node.pre_hooks.values()):
            changed = hook(tuple([None if c is None else _as_variable(c) for c in cotangents]))
            if changed is not None:
                cotangents = _replacements(walk, hook, changed, cotangents)
    return cotangents


def _after_node(walk: _Walk, node: Node, gradients: list, cotangents: list) -> list:
    for hook in list(node.post_hooks.values()):  # type: ignore[union-attr]
        inputs = tuple([None if g is None else _as_variable(g) for g in gradients])
        changed = hook(inputs, tuple([None if c is None else _as_variable(c) for c in cotangents]))
        if changed is not None:
            gradients = _replacements(walk, hook, changed, gradients)
    return gradients


def _finish_leaf(walk: _Walk, entry: list, accumulate: bool) -> None:
    variable, gradient, _ = entry
    if gradient is None:
        return
    if walk.wanted is not None and id(variable) not in walk.wanted:
        return
    meta = variable._meta
    if meta is not None and meta.hooks and walk.hooks:
        gradient = _run_hooks(walk, meta.hooks, gradient, accumulate)
    if walk.wanted is not None:
        walk.captured[id(variable)] = gradient
    if accumulate:
        _accumulate(walk, variable, gradient)
        if meta is not None and meta.post_hooks:
            for hook in sorted(meta.post_hooks.values(), key=_of_accumulator):
                if hook(variable) is not None:
                    raise RuntimeError("Tensor post accumulate grad hooks should return None.")


def _accumulate(walk: _Walk, variable: Variable, gradient: Any) -> None:
    meta = meta_of(variable)
    old = meta.grad
    if old is None:
        meta.grad = gradient if walk.graph else _as_variable(gradient)
        strides = variable._strides
        if strides is not None and type(gradient) is Value and is_dense(variable._aval.shape, strides):
            meta.grad._strides = meta.grad._storage.strides = strides  # a leaf's gradient has its memory order
    elif walk.graph or old.is_sparse or type(gradient) is not Value:
        meta.grad = _add_variables(old, _as_variable(gradient))
    elif old._view is None and old._strides == old._storage.strides:
        args = (old._storage.value, gradient)
        old._storage.value = record(find_call(TABLE["add"], (), None, args), args)
        old._storage.stamp += 1
        old._vc.version += 1
    else:
        meta.grad = wrap(walk.add(value_of(old), gradient))


def backward(roots: list, gradients: list, keep: bool, graph: bool, wanted: list | None, inputs: Any = ()) -> None:
    """`Tensor.backward` and `torch.autograd.backward`: gradients are added into `.grad`, also that of inputs which are
    no leaves."""
    entering_backward()
    captured = run(roots, gradients, keep, graph, wanted, True)
    for x in inputs:
        if isinstance(x, Variable) and x._node is not None:
            gradient = captured.get(target_key(x._node))
            if gradient is not None:
                _accumulate(_Walk(graph, None), x, gradient)


class _State(threading.local):
    """A thread's passes: how many run within each other, and what is to be called when the outermost one ends."""

    def __init__(self) -> None:
        self.running = 0
        self.callbacks: list = []
        self.walks: list = []  # (the walk, its nodes, those that lead to what is wanted), the innermost last


_state = _State()


def queue_callback(callback: Any) -> None:
    """Call something once the backward pass that is running has ended.

    Raises:
        RuntimeError: none is.
    """
    if not _state.running:
        raise RuntimeError("Final callbacks can only be installed during backward pass.")
    _state.callbacks.append(callback)


def current_pass() -> int:
    """The number of the pass that is running, or -1."""
    return passes if _state.running else -1


def detached(gradient: Any) -> Any:
    """A captured gradient as a tensor without history."""
    return wrap(gradient) if isinstance(gradient, Value) else gradient.detach()


if hot is not None:
    hot.configure(visit=_visit, finish_leaf=_finish_leaf)
