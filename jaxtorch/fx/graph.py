"""`torch.fx.graph`: a program as a list of nodes, and the Python code of it."""

from __future__ import annotations

import contextlib
import copy
import inspect
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from jaxtorch.fx._codegen import CodeGen as CodeGen
from jaxtorch.fx._codegen import PythonCode as PythonCode
from jaxtorch.fx._codegen import _format_target as _format_target
from jaxtorch.fx._codegen import _PyTreeCodeGen as _PyTreeCodeGen
from jaxtorch.fx._codegen import _PyTreeInfo as _PyTreeInfo
from jaxtorch.fx._names import _is_from_torch as _is_from_torch
from jaxtorch.fx._names import root
from jaxtorch.fx._namespace import _custom_builtins as _custom_builtins
from jaxtorch.fx._namespace import _is_magic, _Namespace, _snake_case
from jaxtorch.fx._namespace import _register_custom_builtin as _register_custom_builtin
from jaxtorch.fx._operators import inplace_methods as inplace_methods
from jaxtorch.fx._operators import magic_methods as magic_methods
from jaxtorch.fx._operators import reflectable_magic_methods as reflectable_magic_methods
from jaxtorch.fx.node import Argument, Node, Target, map_arg
from jaxtorch.nn.modules.module import Module
from jaxtorch.nn.parameter import Parameter

__all__ = ["CodeGen", "Graph", "PythonCode"]

_legal_ops = ("call_function", "call_method", "get_attr", "call_module", "placeholder", "output")


class _InsertPoint:
    """Where nodes are put meanwhile."""

    def __init__(self, graph: Graph, new_insert: Callable[[Node], None]) -> None:
        self.graph = graph
        self.before, graph._insert = graph._insert, new_insert

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        self.graph._insert = self.before


class _node_list:
    """The nodes in order; nodes may be added and erased while it is walked."""

    def __init__(self, graph: Graph, direction: str = "_next") -> None:
        self.graph, self.direction = graph, direction

    def __len__(self) -> int:
        return self.graph._len

    def __iter__(self) -> Iterator[Node]:
        end = self.graph._root
        at = getattr(end, self.direction)
        while at is not end:
            if not at._erased:
                yield at
            at = getattr(at, self.direction)

    def __reversed__(self) -> _node_list:
        return _node_list(self.graph, "_prev" if self.direction == "_next" else "_next")


def _has_reference(module: Any, qualified_name: str) -> bool:
    path, _, name = qualified_name.rpartition(".")
    try:
        owner = module.get_submodule(path)
    except AttributeError:
        warnings.warn(f"Failed to fetch module {path}!", stacklevel=3)
        return False
    found = getattr(owner, name, None)
    return isinstance(found, (Module, Parameter)) or (found is not None and name in owner._buffers)


class Graph:
    """A program: placeholders, calls and an output, each a `Node`.

    Example:
        >>> graph = torch.fx.Graph()
        >>> x = graph.placeholder("x")
        >>> _ = graph.output(graph.call_function(torch.relu, (x,)))
        >>> gm = torch.fx.GraphModule({}, graph)
    """

    def __init__(self, owning_module: Any = None, tracer_cls: Any = None, tracer_extras: dict | None = None) -> None:
        self._order: dict[Node, int] | None = None
        self._root = Node(self, "", "root", "", (), {})
        self._insert: Callable[[Node], None] = self._root.prepend
        self._len = 0
        self._graph_namespace = _Namespace()
        self.owning_module = owning_module
        self._tracer_cls, self._tracer_extras = tracer_cls, tracer_extras
        self._codegen = CodeGen()
        self._co_fields: dict[str, Any] = {}

    # ----- Its nodes -----

    @property
    def nodes(self) -> _node_list:
        """The nodes in order."""
        return _node_list(self)

    def _position(self, node: Node) -> int:
        order = self._order
        if order is None or node not in order:
            order = self._order = {n: i for i, n in enumerate(self.nodes)}
        return order.get(node, -1)

    def output_node(self) -> Node:
        """The output."""
        last = next(iter(reversed(self.nodes)))
        if last.op != "output":
            raise AssertionError(f"Expected output node, got op={last.op}")
        return last

    def find_nodes(self, *, op: str, target: Target | None = None, sort: bool = True) -> list[Node]:
        """The nodes of a kind, with a target if one is given."""
        if op == "call_function" and target is None:
            raise AssertionError("target must not be None for call_function op")
        return [n for n in self.nodes if n.op == op and (target is None or n.target == target)]

    def create_node(
        self, op: str, target: Target, args: tuple | None = None, kwargs: dict | None = None, name: str | None = None,
        type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """A node where nodes are inserted: at the end, or as `inserting_before` and `inserting_after` say."""
        args, kwargs = args or (), kwargs or {}
        if not isinstance(args, tuple):
            raise AssertionError(f"args must be a tuple, got {type(args)}")
        if not isinstance(kwargs, dict):
            raise AssertionError(f"kwargs must be a dict, got {type(kwargs)}")
        candidate = name if name is not None else self._target_to_str(target)
        unique = self._graph_namespace.create_name(candidate, None)
        node = Node(self, unique, op, target, args, kwargs, type_expr)
        for hook in getattr(self.owning_module, "_create_node_hooks", None) or []:
            hook(node)
        self._graph_namespace.associate_name_with_obj(unique, node)
        self._insert(node)
        self._order = None
        self._len += 1
        return node

    def erase_node(self, to_erase: Node) -> None:
        """Take a node out.

        Raises:
            RuntimeError: it is used, or of another graph.
        """
        if to_erase.users:
            raise RuntimeError(
                f"Tried to erase Node {to_erase} but it still had {len(to_erase.users)} users in the graph: "
                f"{to_erase.users}!"
            )
        if to_erase.graph is not self:
            raise RuntimeError(f"Attempting to remove {to_erase} from wrong graph!")
        if to_erase._erased:
            warnings.warn(f"erase_node({to_erase}) on an already erased node", stacklevel=2)
            return
        for hook in getattr(self.owning_module, "_erase_node_hooks", None) or []:
            hook(to_erase)
        to_erase._remove_from_list()
        to_erase._erased = True
        self._len -= 1
        to_erase._update_args_kwargs(map_arg(to_erase._args, lambda n: None), map_arg(to_erase._kwargs, lambda n: None))

    def inserting_before(self, n: Node | None = None) -> _InsertPoint:
        """A context in which nodes are put before `n`, by default at the beginning."""
        if n is None:
            return self.inserting_after(self._root)
        if n.graph is not self:
            raise AssertionError("Node to insert before is not in graph.")
        return _InsertPoint(self, n.prepend)

    def inserting_after(self, n: Node | None = None) -> _InsertPoint:
        """A context in which nodes are put after `n`, by default at the end."""
        if n is None:
            return self.inserting_before(self._root)
        if n.graph is not self:
            raise AssertionError("Node to insert after is not in graph.")
        return _InsertPoint(self, n.append)

    def placeholder(self, name: str, type_expr: Any = None, default_value: Any = inspect.Signature.empty) -> Node:
        """An input."""
        args = () if default_value is inspect.Signature.empty else (default_value,)
        return self.create_node("placeholder", name, args=args, type_expr=type_expr)

    def get_attr(self, qualified_name: str, type_expr: Any = None) -> Node:
        """A parameter, buffer or submodule of the module."""
        if self.owning_module is not None and not _has_reference(self.owning_module, qualified_name):
            warnings.warn(
                "Attempted to insert a get_attr Node with no underlying reference in the owning GraphModule! Call "
                "GraphModule.add_submodule to add the necessary submodule, GraphModule.add_parameter to add the "
                "necessary Parameter, or nn.Module.register_buffer to add the necessary buffer",
                stacklevel=2,
            )
        return self.create_node("get_attr", qualified_name, type_expr=type_expr)

    def call_module(
        self, module_name: str, args: tuple | None = None, kwargs: dict | None = None, type_expr: Any = None
    ) -> Node:
        """A call of a submodule."""
        if self.owning_module is not None and self.owning_module.get_submodule(module_name) is None:
            warnings.warn(
                "Attempted to insert a call_module Node with no underlying reference in the owning GraphModule! Call "
                "GraphModule.add_submodule to add the necessary submodule",
                stacklevel=2,
            )
        return self.create_node("call_module", module_name, args, kwargs, type_expr=type_expr)

    def call_method(
        self, method_name: str, args: tuple | None = None, kwargs: dict | None = None, type_expr: Any = None
    ) -> Node:
        """A call of a method of the first argument."""
        return self.create_node("call_method", method_name, args, kwargs, type_expr=type_expr)

    def call_function(
        self, the_function: Callable, args: tuple | None = None, kwargs: dict | None = None, type_expr: Any = None,
        name: str | None = None,
    ) -> Node:  # fmt: skip
        """A call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, name=name, type_expr=type_expr)

    def output(self, result: Argument, type_expr: Any = None) -> Node:
        """What the program returns."""
        return self.create_node("output", "output", args=(result,), type_expr=type_expr)

    # ----- Copies -----

    def node_copy(self, node: Node, arg_transform: Callable[[Node], Argument] = lambda x: x) -> Node:
        """A node like one of another graph; `arg_transform` gives this graph's nodes for the other's."""
        args, kwargs = map_arg(node.args, arg_transform), map_arg(node.kwargs, arg_transform)
        made = self.create_node(node.op, node.target, args, kwargs, node.name, node.type)
        made.meta = copy.copy(node.meta)
        return made

    def graph_copy(self, g: Graph, val_map: dict[Node, Node], return_output_node: bool = False) -> Any:
        """Copies of the nodes of another graph, which `val_map` does not have yet; gives what it would return."""
        for node in g.nodes:
            if node in val_map:
                continue
            if node.op == "output":
                value = map_arg(node.args[0], lambda n: val_map[n])
                return (value, node) if return_output_node else value
            val_map[node] = self.node_copy(node, lambda n: val_map[n])
        return None

    def __deepcopy__(self, memo: dict | None = None) -> Graph:
        g = Graph(tracer_cls=self._tracer_cls)
        found = g.graph_copy(self, val_map=memo if memo else {}, return_output_node=True)
        g._codegen = copy.deepcopy(self._codegen)
        if found is not None:
            value, old = found
            g.output(value, type_expr=old.type).meta = copy.copy(old.meta)
        return g

    # ----- Its code -----

    def _target_to_str(self, target: Any) -> str:
        name = target.__name__ if callable(target) else target
        return _snake_case(name[2:-2] if not callable(target) and _is_magic(name) else name)

    def python_code(self, root_module: str, **style: Any) -> PythonCode:
        """The graph as a function `forward`; `root_module` names the module in it: "self"."""
        namespace = _Namespace()
        before = {node: node._repr_fn for node in self.nodes}
        try:
            for node in self.nodes:
                node._repr_fn = lambda n: namespace.create_name(n.name, n)
            return self._codegen._gen_python_code(self.nodes, root_module, namespace, **style)
        finally:
            for node, repr_fn in before.items():
                node._repr_fn = repr_fn

    def process_inputs(self, *args: Any) -> Any:
        """The values of the placeholders for a call."""
        return self._codegen.process_inputs(*args)

    def process_outputs(self, out: Any) -> Any:
        """What a call returns for the output's value."""
        return self._codegen.process_outputs(out)

    def set_codegen(self, codegen: CodeGen) -> None:
        """Write code in another way."""
        self._codegen = codegen

    def on_generate_code(self, make_transformer: Callable) -> Any:
        """Change the lines of generated code, from now on or in a `with` block."""
        before = self._codegen._body_transformer
        self._codegen._body_transformer = make_transformer(before)

        @contextlib.contextmanager
        def until_left() -> Iterator[None]:
            try:
                yield
            finally:
                self._codegen._body_transformer = before

        return until_left()

    def __str__(self) -> str:
        return "\n    ".join(["graph():", *[line for node in self.nodes if (line := node.format_node([]))]])

    def print_tabular(self) -> None:
        """Print the nodes as a table; needs the package `tabulate`."""
        try:
            tabulate = __import__("tabulate").tabulate
        except ImportError:
            print(
                "`print_tabular` relies on the library `tabulate`, which could not be found on this machine. Run `pip "
                "install tabulate` to install the library."
            )
            raise
        rows = [[n.op, n.name, n.target, n.args, n.kwargs] for n in self.nodes]
        print(tabulate(rows, headers=["opcode", "name", "target", "args", "kwargs"]))

    # ----- Checks -----

    def lint(self) -> None:
        """Check that the graph is well formed: order, owners, names, and targets in the module.

        Raises:
            RuntimeError: it is not.
        """
        names: set[str] = set()
        seen: set[Node] = set()
        for node in self.nodes:
            if node.op not in _legal_ops:
                raise RuntimeError(f"Node {node} had unknown opcode {node.op}!")
            if node.graph is not self:
                raise RuntimeError(f"Node '{node}' does not belong to this Graph!")
            for arg in node._input_nodes:
                self._check_argument(arg, node, seen)
            seen.add(node)
            if node.name in names:
                raise RuntimeError(f"Node redefined name {node.name}!")
            names.add(node.name)
        if self.owning_module is not None:
            for node in self.nodes:
                self._check_target(node)

    def _check_argument(self, arg: Node, node: Node, seen: set[Node]) -> None:
        if arg.graph is not self:
            raise RuntimeError(
                f"Argument '{arg}' of Node '{node}' does not belong to this Graph, but was used as an argument! If you "
                f"are copying nodes from another graph, make sure to use ``arg_transform`` on node_copy() to remap "
                f"values\n{self}"
            )
        if arg not in seen:
            raise RuntimeError(
                f"Argument '{arg}' of Node '{node}' was used before it has been defined! Please check that Nodes in "
                f"the graph are topologically ordered\n{self}"
            )

    def _check_target(self, node: Node) -> None:
        target: Any = node.target
        wanted = "Callable" if node.op == "call_function" else "str"
        if not (callable(target) if wanted == "Callable" else isinstance(target, str)):
            kind = root().typename(target)
            raise ValueError(f"Node {node} target {target} has type {kind} but a {wanted} is expected")
        if node.op not in ("get_attr", "call_module"):
            return
        at: Any = self.owning_module
        atoms = target.split(".")
        for i, atom in enumerate(atoms):
            at, above = getattr(at, atom, None), ".".join(atoms[:i])
            if at is None:
                raise RuntimeError(f"Node {node} target {target} references nonexistent attribute {atom} of {above}")
        if node.op == "call_module" and not isinstance(at, Module):
            raise RuntimeError(f"Node {node} target {target} {atom} of {above} does not reference an nn.Module")

    def eliminate_dead_code(self, is_impure_node: Callable[[Node], bool] | None = None) -> bool:
        """Erase what nobody uses and that does nothing else; gives whether anything was erased."""
        self.lint()
        changed = False
        for node in reversed(self.nodes):
            impure = is_impure_node(node) if is_impure_node is not None else node.is_impure()
            if not impure and not node.users:
                self.erase_node(node)
                changed = True
        return changed
