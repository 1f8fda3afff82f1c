"""`backward`, hooks and the rest of autograd on Tensor."""

from __future__ import annotations

import collections
import weakref
from typing import Any

from jaxtorch._autograd import backward as walk
from jaxtorch._autograd import function, saved, tape
from jaxtorch._autograd.node import LEAF, SECOND_TIME, Node, split
from jaxtorch._autograd.underived import NotImplementedNode
from jaxtorch._autograd.variable import Variable, meta_of, value_of
from jaxtorch._ops.table import TABLE
from jaxtorch._tensor.removable import RemovableHandle
from jaxtorch._tensor.sparse_inputs import SparseInput, handled
from jaxtorch._tensor.variants import cast


def edge_of(x: Any) -> Any:
    """Where a gradient of `x` goes."""
    return x._node or x


def _aval_of(root: Any) -> Any:
    """The type of a tensor, or of what a `GradientEdge` stands for."""
    if isinstance(root, Variable):
        return root._aval
    target, nr = split(input_edge(root))
    return target._aval if nr == LEAF else target.outputs()[nr]


def initial_gradient(root: Any, gradient: Any, graph: bool) -> Any:
    """The gradient a backward pass starts with, checked."""
    aval = _aval_of(root)
    if gradient is None:
        if aval.numel != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if aval.dtype.is_complex:
            raise RuntimeError(
                f"grad can be implicitly created only for real scalar outputs but got torch.{aval.dtype.name}"
            )
        gradient = tape.apply(TABLE["_ones"], [], (tuple(aval.shape), aval.dtype))
    elif not isinstance(gradient, Variable):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    elif gradient._aval.shape != aval.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {gradient._aval.shape} and output[0] has a shape "
            f"of {aval.shape}."
        )
    gradient = cast(gradient, aval.dtype)
    return gradient if graph else value_of(gradient)


def check_root(root: Any, index: int) -> None:
    """A root of a backward pass must require grad."""
    if not root._rg:
        raise RuntimeError(f"element {index} of tensors does not require grad and does not have a grad_fn")


def input_edge(x: Any) -> Any:
    """The edge of an input that gradients are wanted of: a tensor, or a `GradientEdge`."""
    if not isinstance(x, Variable):
        leaf = getattr(x.node, "variable", None)
        return leaf if isinstance(leaf, Variable) else (x.node, x.output_nr)
    if x._view is not None:
        value_of(x)
    return edge_of(x)


class AutogradMethods:
    """Autograd methods of Tensor."""

    __slots__ = ()

    @property
    def grad_fn(self: Any) -> Any:
        """The node that made this tensor."""
        if self._view is not None:
            value_of(self)
        if self._node is None:
            return None
        node, nr = split(self._node)
        return AccumulateGrad(node) if nr == LEAF else named(node)

    def backward(
        self: Any,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradients of this tensor with respect to the leaves (or `inputs`) into their `.grad`."""
        if self._view is not None:
            value_of(self)
        check_root(self, 0)
        if gradient is not None and not isinstance(gradient, Variable):  # as torch.autograd.backward takes it: a list
            gradients = list(gradient)
            if not gradients:
                raise RuntimeError("got 1 tensors and 0 gradients")
            gradient = gradients[0]
        first = initial_gradient(self, gradient, create_graph)
        keep = create_graph if retain_graph is None else retain_graph
        wanted, given = None, []
        if inputs is not None:
            given = [inputs] if isinstance(inputs, Variable) else list(inputs)
            if not given:
                raise RuntimeError("'inputs' argument to backward cannot be empty.")
            wanted = [input_edge(x) for x in given]
        walk.backward([edge_of(self)], [first], keep, create_graph, wanted, given)

    def register_hook(self: Any, hook: Any) -> RemovableHandle:
        """Call `hook(grad)` when this tensor's gradient is computed; what it returns replaces the gradient."""
        if not self._rg:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self._node
        if node is None:
            meta = meta_of(self)
            if meta.hooks is None:
                meta.hooks = collections.OrderedDict()
            return RemovableHandle(meta.hooks, hook)
        node, nr = split(node)
        if node.tensor_hooks is None:
            node.tensor_hooks = {}
        return RemovableHandle(node.tensor_hooks.setdefault(nr, collections.OrderedDict()), hook)

    def register_post_accumulate_grad_hook(self: Any, hook: Any) -> RemovableHandle:
        """Call `hook(tensor)` after a leaf's gradient has been accumulated."""
        if not self._rg:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._node is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        meta = meta_of(self)
        if meta.post_hooks is None:
            meta.post_hooks = collections.OrderedDict()
        return RemovableHandle(meta.post_hooks, hook)

    def retain_grad(self: Any) -> None:
        """Keep the gradient of a non-leaf in `.grad`."""
        if not self._rg:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        node = self._node
        meta = meta_of(self)
        if node is None or meta.retains:
            return
        meta.retains = True
        node, nr = split(node)
        if node.retains is None:
            node.retains = {}
        node.retains[nr] = weakref.ref(self)


class _AccumulatorHook:
    of_accumulator = True

    def __init__(self, hook: Any) -> None:
        self._hook = hook

    def __call__(self, gradient: Any) -> Any:
        changed = self._hook((gradient,))
        return changed[0] if isinstance(changed, tuple) else None


class _AfterAccumulation:
    of_accumulator = True

    def __init__(self, hook: Any, taken: list) -> None:
        self._hook, self._taken = hook, taken

    def __call__(self, _: Any) -> None:
        gradients = self._taken.pop()
        self._taken.clear()
        self._hook((), gradients)


class AccumulateGrad:
    """What `next_functions` shows for a leaf."""

    def __init__(self, variable: Any) -> None:
        self.variable = variable
        self.next_functions: tuple = ()

    @property
    def metadata(self) -> dict:
        """What anomaly mode and users keep beside the node."""
        return self.variable.__dict__.setdefault("_accumulator_metadata", {})

    def name(self) -> str:
        """PyTorch's name of the node."""
        return "torch::autograd::AccumulateGrad"

    def register_prehook(self, hook: Any) -> RemovableHandle:
        """Call `hook((gradient,))` before the gradient is accumulated, after the tensor's own hooks."""
        return self.variable.register_hook(_AccumulatorHook(hook))

    def register_hook(self, hook: Any) -> RemovableHandle:
        """Call `hook((), (gradient,))` after the gradient has been accumulated."""
        taken: list = []
        before = self.variable.register_hook(_AccumulatorHook(lambda gradients: taken.append(gradients)))
        after = self.variable.register_post_accumulate_grad_hook(_AfterAccumulation(hook, taken))
        after.extra_dict_ref = (before.hooks_dict_ref,)
        before.hooks_dict_ref()[after.id] = before.hooks_dict_ref().pop(before.id)
        return after

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {hex(id(self))}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self) -> int:
        return hash((AccumulateGrad, id(self.variable)))


_UNNAMED = (Node, saved.PackedNode, saved.PackedResidualNode, NotImplementedNode)
_node_classes: dict[tuple, type] = {}


def named(node: Any) -> Any:
    """A node whose class carries PyTorch's name, as `type(x.grad_fn).__name__` shows; done when a user first sees
    it."""
    kind = type(node)
    if kind in _UNNAMED:
        name = node.name()
        made = _node_classes.get((kind, name))
        if made is None:
            made = _node_classes[(kind, name)] = type(name, (kind,), {"__module__": "builtins", "__slots__": ()})
        node.__class__ = made
    return node


def _shown(edge: Any) -> tuple:
    if edge is None:
        return (None, 0)
    target, nr = split(edge)
    return (AccumulateGrad(target), 0) if nr == LEAF else (named(target), nr)


class TBackward0:
    """The transposition between a linear layer and its weight, which here is part of the layer's derivative."""

    def __init__(self, edge: Any) -> None:
        self.next_functions = (_shown(edge),)

    def name(self) -> str:
        """PyTorch's name of the node."""
        return "TBackward0"

    def __repr__(self) -> str:
        return f"<TBackward0 object at {hex(id(self))}>"


_WITH_NUMBERS = {"add", "sub", "mul", "div", "where"}  # turn a Python number into a tensor, which has an edge
_THREE = {f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)} | {"layer_norm", "group_norm"}


def _has_edge(edge: Any, aval: Any, position: int, name: str) -> bool:
    if edge is not None:
        return True
    if aval.weak:
        return name in _WITH_NUMBERS and position < 2
    return aval.dtype.differentiable


def _next_functions(node: Node) -> tuple:
    edges = node.edges
    if isinstance(node, function.FunctionNode):  # arguments that are no tensors have none
        return tuple([_shown(e) for e, a in zip(edges, node.input_avals, strict=True) if a is not None])
    call = getattr(node, "call", None)
    if call is None or call.op is None or len(call.avals) != len(edges):
        return tuple([_shown(e) for e in edges])
    name = call.op.name.rpartition(".")[2]
    found = [_shown(e) for i, (e, a) in enumerate(zip(edges, call.avals, strict=True)) if _has_edge(e, a, i, name)]
    if name in _THREE:
        found += [(None, 0)] * (3 - len(found))
    if name == "linear" and len(found) == 3 and call.avals[0].ndim == 2:  # addmm(bias, input, weight.t())
        of_weight = (None, 0) if edges[1] is None else (TBackward0(edges[1]), 0)
        found = [found[2], found[0], of_weight]
    return tuple(found)


def _register_hook(node: Node, hook: Any) -> RemovableHandle:
    if node.post_hooks is None:
        node.post_hooks = collections.OrderedDict()
    return RemovableHandle(node.post_hooks, hook)


def _register_prehook(node: Node, hook: Any) -> RemovableHandle:
    if node.pre_hooks is None:
        node.pre_hooks = collections.OrderedDict()
    return RemovableHandle(node.pre_hooks, hook)


def _metadata(node: Node) -> dict:
    if node.metadata_ is None:
        node.metadata_ = {}
    return node.metadata_


class SavedTensor:
    """`grad_fn._raw_saved_x`: a place where a node keeps a tensor, to register hooks on."""

    def __init__(self, node: Any = None, position: int | None = None) -> None:
        if node is None:
            raise RuntimeError(
                "Trying to create a SavedTensor object from Python is forbidden. Please refer to the documentation."
            )
        self._node, self._position = node, position or 0

    @property
    def data(self) -> Any:
        """The tensor."""
        return saved.saved_tensor(self._node, self._position)

    def register_hooks(self, pack_hook: Any, unpack_hook: Any) -> None:
        """Keep what `pack_hook` makes of the tensor, and `unpack_hook` a tensor from."""
        if self._node.saved is None:
            raise RuntimeError(SECOND_TIME)
        saved.pack(self._node, self._position, pack_hook, unpack_hook)


_RENAMED = {"input": "self"}


def _saved(node: Node, name: str) -> Any:
    raw = name.startswith("_raw_saved_")
    wanted = name.removeprefix("_raw_saved_" if raw else "_saved_")
    call = getattr(node, "call", None)
    if wanted != name and call is not None and call.op is not None:
        positions = {_RENAMED.get(p.name, p.name): i for i, p in enumerate(call.op.arrays)}
        if call.saves_result:
            positions["result"] = saved.RESULT
        position = positions.get(wanted)
        if position is not None and _is_saved(node, position):
            return SavedTensor(node, position) if raw else saved.saved_tensor(node, position)
        number = node.saved[position] if node.saved and position is not None and position >= 0 else None
        if number is not None and number.aval.weak:
            return number.data
        if not raw and wanted in (call.statics or ()):
            return call.statics[wanted]
    raise AttributeError(f"'{node.name()}' object has no attribute '{name}'")


def _is_saved(node: Any, position: int) -> bool:
    packed = isinstance(node, saved.PackedNode | saved.PackedResidualNode) and position in node.region
    return packed or node.saved is None or position in saved.saved_positions(node)


Node.__getattr__ = _saved  # type: ignore[attr-defined]
Node.next_functions = property(_next_functions)  # type: ignore[attr-defined]
Node.metadata = property(_metadata)  # type: ignore[attr-defined]
Node.register_hook = _register_hook  # type: ignore[attr-defined]
Node.register_prehook = _register_prehook  # type: ignore[attr-defined]
setattr(Node, "__repr__", lambda self: f"<{self.name()} object at {hex(id(self))}>")  # noqa: B010  as above


def _sum_of_gradients(a: Any, b: Any) -> Any:
    try:
        return tape.binary(TABLE["add"], a, b)
    except SparseInput as error:
        return handled("_add_gradients", error, (a, b), {})


walk.set_add(_sum_of_gradients)
function.set_cast(cast)
