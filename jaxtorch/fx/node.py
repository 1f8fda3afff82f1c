"""`torch.fx.node`: one operation of a graph, and the mapping of what its arguments hold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

from jaxtorch._aten.asserts import _assert
from jaxtorch._base.devices import device
from jaxtorch._base.dtypes import dtype
from jaxtorch._tensor.layouts import layout, memory_format
from jaxtorch._tensor.tensor import FUNCTIONS, Tensor
from jaxtorch.fx._names import _get_qualified_name as _get_qualified_name
from jaxtorch.fx._names import _pretty_target, _type_repr, root
from jaxtorch.fx.immutable_collections import immutable_dict, immutable_list
from jaxtorch.nn import functional

__all__ = ["Node", "has_side_effect", "map_aggregate", "map_arg"]

base_types = (str, int, float, bool, complex, dtype, Tensor, device, memory_format, layout)
BaseArgumentTypes = str | int | float | bool | complex | dtype | Tensor | device | memory_format | layout
Target = Callable[..., Any] | str
Argument = Any

_legal_ops = dict.fromkeys(["placeholder", "call_method", "call_module", "call_function", "get_attr", "output", "root"])
_SHORT = {
    "bfloat16": "bf16", "float64": "f64", "float32": "f32", "float16": "f16", "float8_e4m3fn": "f8e4m3fn",
    "float8_e5m2": "f8e5m2", "complex32": "c32", "complex64": "c64", "complex128": "c128", "int8": "i8",
    "int16": "i16", "int32": "i32", "int64": "i64", "bool": "b8", "uint8": "u8", "uint16": "u16", "uint32": "u32",
    "uint64": "u64",
}  # fmt: skip

# What dead code elimination keeps though nobody uses the result: effects, and draws of random numbers.
_side_effectful_functions: set[Callable[..., Any]] = {operator.setitem, _assert}
_RANDOM = frozenset(
    """
rand rand_like randn randn_like randint randint_like randperm normal multinomial bernoulli poisson dropout alpha_dropout
feature_dropout feature_alpha_dropout dropout1d dropout2d dropout3d
""".split()
)
_random_functions = frozenset(
    function for functions in (FUNCTIONS, vars(functional)) for name, function in functions.items() if name in _RANDOM
)


def has_side_effect(fn: Any) -> Any:
    """Keep calls of a function in graphs, though nobody uses their results."""
    _side_effectful_functions.add(fn)
    return fn


def short_dtype(kind: Any) -> str:
    """`f32` for `torch.float32`."""
    name = str(kind).removeprefix("torch.")
    return _SHORT.get(name, name)


def map_aggregate(a: Argument, fn: Callable[[Any], Any]) -> Argument:
    """`fn` of every leaf in tuples, lists, dicts and slices, in containers that cannot be changed."""
    if isinstance(a, tuple):
        mapped = [map_aggregate(x, fn) for x in a]
        return type(a)(*mapped) if hasattr(a, "_fields") else tuple(mapped)
    if isinstance(a, list):
        return immutable_list([map_aggregate(x, fn) for x in a])
    if isinstance(a, dict):
        return immutable_dict({key: map_aggregate(x, fn) for key, x in a.items()})
    if isinstance(a, slice):
        return slice(map_aggregate(a.start, fn), map_aggregate(a.stop, fn), map_aggregate(a.step, fn))
    return fn(a)


def map_arg(a: Argument, fn: Callable[[Node], Argument]) -> Argument:
    """`fn` of every Node in an argument."""
    if not callable(fn):
        raise AssertionError("torch.fx.map_arg(a, fn): fn must be a callable")
    return map_aggregate(a, lambda x: fn(x) if isinstance(x, Node) else x)


def _format_arg(arg: Any, max_list_len: float = float("inf")) -> str:
    if hasattr(arg, "_custom_fx_repr_fn"):
        return arg._custom_fx_repr_fn()
    if isinstance(arg, (list, tuple)):
        items = ", ".join(_format_arg(a) for i, a in enumerate(arg) if i < max_list_len)
        rest = "" if len(arg) < max_list_len + 1 else f", ...[total_len={len(arg)}]"
        if isinstance(arg, list):
            return f"[{items}{rest}]"
        return f"({items}{',' if len(arg) == 1 else ''}{rest})"
    if isinstance(arg, dict):
        return "{" + ", ".join(f"{key}: {_format_arg(value)}" for key, value in arg.items()) + "}"
    return f"%{arg}" if isinstance(arg, Node) else str(arg)


def _bracketed(numbers: Iterable) -> str:
    return f"[{', '.join(str(x) for x in numbers)}]"


class Node:
    """An operation of a graph.

    `op` is one of placeholder, get_attr, call_function, call_module, call_method and output; `target` what it calls or
    names; `args` and `kwargs` what it takes, among it the nodes whose values it uses.
    """

    _prev: Node
    _next: Node

    def __init__(
        self, graph: Any, name: str, op: str, target: Target, args: tuple, kwargs: dict, return_type: Any = None
    ) -> None:
        if op == "call_function":
            wanted = None if callable(target) else "a Callable"
        elif op not in _legal_ops:
            raise AssertionError(f"op '{op}' is not in _legal_ops")
        else:
            wanted = None if isinstance(target, str) else "a str"
        if wanted:
            kind = root().typename(target)
            raise ValueError(
                f"Node [graph = {graph}, name = '{name}'] target {target} has type {kind} but {wanted} is expected"
            )
        self.graph = graph
        self._name = name
        self.op = op
        self.target = target
        self.type = return_type
        self.meta: dict[str, Any] = {}
        self.users: dict[Node, None] = {}
        self._input_nodes: dict[Node, None] = {}
        self._erased = False
        self._repr_fn: Callable[[Node], str] | None = None
        self._prev = self._next = self
        self._update_args_kwargs(args, kwargs)

    # ----- The list of nodes -----

    @property
    def next(self) -> Node:
        """The node after this one."""
        return self._next

    @property
    def prev(self) -> Node:
        """The node before this one."""
        return self._prev

    def _remove_from_list(self) -> None:
        self._prev._next, self._next._prev = self._next, self._prev
        self.graph._order = None

    def prepend(self, x: Node) -> None:
        """Put `x`, of the same graph, before this node."""
        if self.graph != x.graph:
            raise AssertionError("Attempting to move a Node into a different Graph")
        if self is x:
            return
        x._remove_from_list()
        before = self._prev
        before._next, x._prev = x, before
        x._next, self._prev = self, x

    _prepend = prepend

    def append(self, x: Node) -> None:
        """Put `x`, of the same graph, after this node."""
        self._next.prepend(x)

    @property
    def _sort_key(self) -> tuple:
        return (self.graph._position(self),)

    def __lt__(self, other: Node) -> bool:
        return self._sort_key < other._sort_key

    def __gt__(self, other: Node) -> bool:
        return self._sort_key > other._sort_key

    def __le__(self, other: Node) -> bool:
        return self._sort_key <= other._sort_key

    def __ge__(self, other: Node) -> bool:
        return self._sort_key >= other._sort_key

    # ----- Its arguments -----

    def _update_args_kwargs(self, args: tuple, kwargs: dict) -> None:
        for node in self._input_nodes:
            node.users.pop(self, None)
        self._input_nodes = {}

        def use(node: Node) -> Node:
            self._input_nodes.setdefault(node)
            node.users.setdefault(self)
            return node

        self._args = map_arg(args, use)
        self._kwargs = map_arg(kwargs, use)

    @property
    def args(self) -> tuple:
        """The positional arguments; may be set."""
        return self._args

    @args.setter
    def args(self, a: tuple) -> None:
        self._update_args_kwargs(a, self._kwargs)

    @property
    def kwargs(self) -> dict:
        """The keyword arguments; may be set."""
        return self._kwargs

    @kwargs.setter
    def kwargs(self, k: dict) -> None:
        self._update_args_kwargs(self._args, k)

    @property
    def all_input_nodes(self) -> list[Node]:
        """The nodes whose values this one takes, in order."""
        return list(self._input_nodes)

    def update_arg(self, idx: int, arg: Argument) -> None:
        """Replace a positional argument."""
        args = list(self.args)
        args[idx] = arg
        self.args = tuple(args)

    def insert_arg(self, idx: int, arg: Argument) -> None:
        """Put a positional argument before another."""
        if not 0 <= idx <= len(self.args):
            raise AssertionError(f"insert_args index must be between 0 and len(self.args), got {idx}")
        self.args = (*self.args[:idx], arg, *self.args[idx:])

    def update_kwarg(self, key: str, arg: Argument) -> None:
        """Replace a keyword argument."""
        self.kwargs = {**self.kwargs, key: arg}

    # ----- Its name, and how it is shown -----

    @property
    def name(self) -> str:
        """The name of its value in generated code; may be set."""
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        for hook in self._replace_hooks():
            for user in self.users:
                hook(old=self, new=value, user=user)
        self._name = value

    def _rename(self, candidate: str) -> None:
        if candidate != self.name:
            self.name = self.graph._graph_namespace.create_name(candidate, None)
            self.graph._graph_namespace._rename_object(self, self.name)

    @property
    def stack_trace(self) -> str | None:
        """Where the operation was called, if the tracer recorded that."""
        return self.meta.get("stack_trace", None)

    @stack_trace.setter
    def stack_trace(self, trace: str | None) -> None:
        self.meta["stack_trace"] = trace

    def __repr__(self) -> str:
        return self._repr_fn(self) if self._repr_fn else self.name

    _pretty_print_target = staticmethod(_pretty_target)

    def format_node(
        self,
        placeholder_names: list[str] | None = None,
        maybe_return_typename: list[str] | None = None,
        *,
        include_tensor_metadata: bool = False,
    ) -> str | None:
        """A line that shows the node; placeholders are collected into `placeholder_names` if given."""
        kind = f"{_type_repr(self.type)} " if self.type is not None else ""
        uses = f"[num_users={len(self.users)}]"
        if self.op == "placeholder":
            if placeholder_names:
                target = str(self.target)
                placeholder_names.append(f"{target * 2}: {_type_repr(self.type)}" if self.type else target)
                return None
            default = f"(default={self.args[0]})" if self.args else ""
            return f"%{self.name} : {kind}{uses} = {self.op}[target={self.target}]{default}"
        if self.op == "get_attr":
            return f"%{self.name} : {kind}{uses} = {self.op}[target={_pretty_target(self.target)}]"
        if self.op == "output":
            if self.type and maybe_return_typename:
                maybe_return_typename[0] = f" -> {_type_repr(self.type)}"
            return f"return {self.args[0]}"
        value = self.meta.get("val", self.meta.get("tensor_meta", self.meta.get("example_value")))
        if include_tensor_metadata and isinstance(value, Tensor):
            shape, stride = _bracketed(value.shape), _bracketed(value.stride())
            kind = f'Tensor "{short_dtype(value.dtype)}{shape}{stride}{value.device}"'
        return (
            f"%{self.name} : {kind}{uses} = {self.op}[target={_pretty_target(self.target)}]"
            f"(args = {_format_arg(self.args)}, kwargs = {_format_arg(self.kwargs)})"
        )

    # ----- Its users -----

    def _replace_hooks(self) -> list:
        return getattr(self.graph.owning_module, "_replace_hooks", None) or []

    def _replace_input_with(self, old: Node, new: Node) -> None:
        def swap(node: Node) -> Node:
            return new if node is old else node

        self._update_args_kwargs(map_arg(self._args, swap), map_arg(self._kwargs, swap))

    def replace_all_uses_with(
        self,
        replace_with: Node,
        delete_user_cb: Callable[[Node], bool] | None = None,
        *,
        propagate_meta: bool = False,
    ) -> list[Node]:
        """Let the users of this node use another; those for which `delete_user_cb` is false keep it."""
        if propagate_meta:
            if replace_with.meta:
                raise AssertionError(
                    "Called node.replace_all_uses_with(replace_with, propagate_meta=True), "
                    "but replace_with already has .meta keys"
                )
            replace_with.meta.update(self.meta)
        changed = [user for user in self.users if delete_user_cb is None or delete_user_cb(user)]
        for user in changed:
            for hook in self._replace_hooks():
                hook(old=self, new=replace_with.name, user=user)
            user._replace_input_with(self, replace_with)
        return changed

    def replace_input_with(self, old_input: Node, new_input: Node) -> None:
        """Take another node's value wherever this one takes `old_input`'s."""
        for hook in self._replace_hooks():
            hook(old=old_input, new=new_input.name, user=self)
        self._replace_input_with(old_input, new_input)

    def is_impure(self, impure_random: bool = True) -> bool:
        """Whether the node does something beside making its value, so that it is no dead code."""
        if self.op in ("placeholder", "output"):
            return True
        if self.op == "call_module":
            if self.graph.owning_module is None:
                raise AssertionError("self.graph.owning_module not set for purity check")
            return getattr(self.graph.owning_module.get_submodule(self.target), "_is_impure", False)
        if self.op == "call_function":
            return self.target in _side_effectful_functions or self.target in _random_functions
        return False
