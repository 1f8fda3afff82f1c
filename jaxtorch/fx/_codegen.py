"""Graphs written as Python: the code that a GraphModule runs, and that `print_readable` shows.

A value is set to None after its last use, so that generated code keeps no tensor alive longer than it is needed.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtorch._base.devices import device
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.fx._names import _get_qualified_name, _is_from_torch, _type_repr
from jaxtorch.fx._namespace import _custom_builtins, _Namespace
from jaxtorch.fx._operators import inplace_methods, magic_methods
from jaxtorch.fx._wrap import wrap
from jaxtorch.fx.node import Node, _bracketed, short_dtype
from jaxtorch.fx.tensor_type import TensorType
from jaxtorch.utils import _pytree as pytree

_COUNTER = re.compile(r"# COUNTER: (\d+)")
_FRAME = re.compile(r'^File "(.+)", line (\d+), in (.+)$')
_COLORS = {"blue": "\033[34m", "red": "\033[31m", "dim": "\033[2m", "dim_blue": "\033[2m\033[34m",
           "dim_green": "\033[2m\033[32m"}  # fmt: skip
_TYPING = {list: typing.List, dict: typing.Dict, set: typing.Set, frozenset: typing.FrozenSet, tuple: typing.Tuple}  # noqa: UP006


@dataclasses.dataclass
class PythonCode:
    """A graph as Python: its source, and the global names that the source uses."""

    src: str
    globals: dict[str, Any]
    _lineno_map: dict[int, int | None] | None = None
    _prologue_start: int = 0


class _PyTreeInfo(NamedTuple):
    """How the arguments and the result of a function are nested."""

    orig_args: list[str]
    in_spec: Any
    out_spec: Any


class Style(NamedTuple):
    """What generated code shows beside the code."""

    verbose: bool = False
    include_stride: bool = False
    include_device: bool = False
    colored: bool = False
    expanded_def: bool = False

    def color(self, name: str, text: str) -> str:
        return f"{_COLORS[name]}{text}\033[0m" if self.colored else text


def _format_target(base: str, target: str) -> str:
    for part in target.split("."):
        base = f"{base}.{part}" if part.isidentifier() else f'getattr({base}, "{part}")'
    return base


def _origin(trace: str | None) -> str:
    """The line of a stack trace that the user wrote, for a comment."""
    lines = (trace or "").strip().split("\n")
    for place in range(len(lines) - 2, -1, -1):
        if found := _FRAME.match(lines[place].strip()):
            return f"File: {found[1]}:{found[2]} in {found[3]}, code: {lines[place + 1].strip()}"
    return "No stacktrace found for following nodes"


def _last_uses(nodes: Any) -> dict[Node, list[Node]]:
    """For each node the values that nobody needs after it."""
    last: dict[Node, Node] = {}
    found: dict[Node, list[Node]] = {}
    for user in reversed(nodes):
        for node in user._input_nodes:
            if node not in last:
                last[node] = user
                found.setdefault(user, []).append(node)
    return found


class _Writer:
    """The state of writing one graph: what is said so far, and the names that are used."""

    def __init__(self, codegen: CodeGen, nodes: Any, root: str, namespace: _Namespace, style: Style) -> None:
        self.codegen, self.nodes, self.root, self.namespace, self.style = codegen, nodes, root, namespace, style
        self.free_vars: list[str] = []
        self.body: list[str] = []
        self.globals: dict[str, Any] = {}
        self.wrapped: dict[str, None] = {}
        self.returns = ""
        self.last_uses = _last_uses(nodes)
        self._origin_shown: str | None = None
        for name, builtin in _custom_builtins.items():
            self.add_global(name, builtin.obj)

    def add_global(self, hint: str, obj: Any) -> str:
        if _is_from_torch(obj) and obj is not device:
            return _get_qualified_name(obj)
        name = self.namespace.create_name(hint, obj)
        self.globals.setdefault(name, obj)
        return name

    # ----- Types and values -----

    def type_repr(self, o: Any) -> str:
        if o == ():
            return "()"
        name = _type_repr(o)
        if isinstance(o, types.UnionType):
            return "|".join(self.type_repr(a) for a in typing.get_args(o))
        origin: Any = getattr(o, "__origin__", None)
        if origin is None:
            return self.add_global(name, o)
        if isinstance(o, typing._GenericAlias):  # type: ignore[attr-defined]
            origin = _TYPING.get(origin, origin)
        origin_name = self.add_global(_type_repr(origin), origin)
        args = o.dims if isinstance(o, TensorType) else typing.get_args(o)
        return f"{origin_name}[{','.join(self.type_repr(a) for a in args)}]" if args else origin_name

    def value(self, arg: Any) -> str:
        if isinstance(arg, Node):
            return repr(arg)
        if isinstance(arg, tuple) and hasattr(arg, "_fields"):
            name = self.add_global(_get_qualified_name(type(arg)), type(arg))
            return f"{name}{tuple(arg)!r}"
        if isinstance(arg, enum.Enum):
            return f"{self.add_global(type(arg).__name__, type(arg))}.{arg.name}"
        if isinstance(arg, Tensor):
            return f"torch.Tensor(size={list(arg.size())}, dtype={str(arg.dtype).split('.')[-1]})"
        if isinstance(arg, tuple):
            return f"({self.value(arg[0])},)" if len(arg) == 1 else f"({', '.join(self.value(a) for a in arg)})"
        if isinstance(arg, list):
            return f"[{', '.join(self.value(a) for a in arg)}]"
        if isinstance(arg, slice):
            return f"slice({self.value(arg.start)}, {self.value(arg.stop)}, {self.value(arg.step)})"
        return self.style.color("blue", repr(arg))

    def values(self, args: tuple, kwargs: dict) -> str:
        return ", ".join([*map(self.value, args), *[f"{k} = {self.value(v)}" for k, v in kwargs.items()]])

    def annotation(self, node: Node) -> str:
        value: Any = node.meta.get("val", node.meta.get("tensor_meta", node.meta.get("example_value")))
        if self.style.verbose and isinstance(value, Tensor):
            style = self.style
            text = style.color("red", short_dtype(value.dtype)) + style.color("blue", _bracketed(value.shape))
            text += style.color("dim_blue", _bracketed(value.stride()) if style.include_stride else "")
            text += style.color("dim_green", str(value.device) if style.include_device else "")
            return f': "{text}"' if type(value) is Tensor else f': "{type(value).__name__}({text})"'
        if self.style.verbose and hasattr(value, "shape") and hasattr(value, "qparams"):
            return f': "{short_dtype(value.dtype)}{_bracketed(value.shape)}"'
        return "" if node.type is None else f" : {self.type_repr(node.type)}"

    # ----- One node -----

    def emit(self, node: Node) -> None:
        left = f"{node!r}{self.annotation(node)}"
        target: Any = node.target
        if node.op == "placeholder":
            default = f" = {self.value(node.args[0])}" if node.args else ""
            self.free_vars.append(f"{target}{self.annotation(node)}{default}")
            raw = target.replace("*", "")
            if raw != repr(node):
                self.body.append(f"{node!r} = {raw}\n")
        elif node.op == "get_attr":
            self.body.append(f"{left} = {_format_target(self.root, target)}")
        elif node.op == "call_module":
            self.body.append(f"{left} = {_format_target(self.root, target)}({self.values(node.args, node.kwargs)})")
        elif node.op == "call_method":
            method = _format_target(self.value(node.args[0]), target)
            self.body.append(f"{left} = {method}({self.values(node.args[1:], node.kwargs)})")
        elif node.op == "call_function":
            self.body.append(self._call(node, left, target))
        elif node.op == "output":
            if node.type is not None:
                self.returns = f" -> {self.type_repr(node.type)}"
            self.body.append(self.codegen._output(node.args[0], self.value))
        else:
            raise NotImplementedError(f"node: {node.op} {node.target}")

    def _call(self, node: Node, left: str, target: Any) -> str:
        if getattr(target, "__module__", "") == "_operator":
            operands = [self.value(a) for a in node.args]
            if target.__name__ in magic_methods:
                return f"{left} = {magic_methods[target.__name__].format(*operands)}"
            if target.__name__ in inplace_methods:
                return f"{inplace_methods[target.__name__].format(*operands)};  {left} = {operands[0]}"
        name = self.add_global(_get_qualified_name(target), target)
        args = node.args
        if name == "getattr" and len(args) == 2 and isinstance(args[1], str) and args[1].isidentifier():
            return f"{left} = {_format_target(self.value(args[0]), args[1])}"
        if node.meta.get("is_wrapped", False):
            self.wrapped.setdefault(name)
        return f"{left} = {name}({self.values(args, node.kwargs)})"

    def forget_unused(self, node: Node) -> None:
        if node.op == "placeholder":
            return
        dead = [] if node.op == "output" else list(self.last_uses.get(node, ()))
        if node.op != "output" and not node.users:
            dead.append(node)
        gone = " = ".join([*map(repr, dead), "None"])
        self.body.append(f";  {self.style.color('dim', gone)}\n" if dead else "\n")

    def show_origin(self, node: Node) -> None:
        if node.op in ("placeholder", "output"):
            return
        text = f"\n{self.style.color('dim', f'# {_origin(node.stack_trace)}')}\n"
        if text != self._origin_shown:
            self._origin_shown = text
            self.body.append(text)

    # ----- The whole -----

    def write(self) -> PythonCode:
        for i, node in enumerate(self.nodes):
            if self.style.verbose:
                self.show_origin(node)
            self.body.append(f"# COUNTER: {i}\n")
            self.emit(node)
            self.forget_unused(node)
        body = self.body or ["pass\n"]
        wraps = ""
        if self.wrapped:
            wrapper = self.add_global("wrap", wrap)
            wraps = "\n".join(f'{wrapper}("{name}")' for name in self.wrapped)
        if self.codegen._body_transformer:
            body = self.codegen._body_transformer(body)
        for name, value in self.codegen.additional_globals():
            self.add_global(name, value)
        head = self.codegen._definition(self.free_vars, self.returns, self.style.expanded_def)
        lines, places = _numbered("".join(body), head.count("\n") + 1)
        code = "\n".join(f"    {line}" for line in "\n".join(lines).lstrip("\n").split("\n"))
        source = f"\n{wraps}\n\n{head}\n{code}"
        return PythonCode(source, self.globals, places, wraps.count("\n") + 4)


def _numbered(text: str, start: int) -> tuple[list[str], dict[int, int | None]]:
    """The lines of a body without its marks, and which node each belongs to."""
    lines: list[str] = []
    places: dict[int, int | None] = {}
    current = None
    for line in text.split("\n"):
        if found := _COUNTER.search(line):
            current = int(found[1])
        else:
            places[len(lines) + start] = current
            lines.append(line)
    return lines, places


class CodeGen:
    """How a graph becomes a function; subclasses write it differently.

    Override `gen_fn_def`, `generate_output`, `process_inputs`, `process_outputs` and `additional_globals`.
    """

    def __init__(self) -> None:
        self._body_transformer: Callable[[list[str]], list[str]] | None = None
        self._func_name = "forward"

    def gen_fn_def(self, free_vars: list[str], maybe_return_annotation: str, *, expanded_def: bool = False) -> str:
        """The head of the function: `def forward(self, ...):`."""
        if not free_vars or free_vars[0] != "self":
            free_vars.insert(0, "self")
        if expanded_def:
            args = "".join(f"    {arg},\n" for arg in free_vars)
            return f"def {self._func_name}(\n{args}){maybe_return_annotation}:"
        return f"def {self._func_name}({', '.join(free_vars)}){maybe_return_annotation}:"

    def generate_output(self, output_args: Any, *, descs: Any = None, repr_fn: Callable[[Any], str] = repr) -> str:
        """The `return` statement."""
        return f"return {repr_fn(output_args)}"

    def process_inputs(self, *args: Any) -> Any:
        """The values of the placeholders, from the function's arguments."""
        return args

    def process_outputs(self, outputs: Any) -> Any:
        """What the function returns, from the value of the output node."""
        return outputs

    def additional_globals(self) -> list[tuple[str, Any]]:
        """More names that the code uses, with what they are."""
        return []

    def _definition(self, free_vars: list[str], returns: str, expanded: bool) -> str:
        # Subclasses written for earlier versions of PyTorch do not know the option.
        return self.gen_fn_def(free_vars, returns, **({"expanded_def": True} if expanded else {}))

    def _output(self, output_args: Any, value: Callable[[Any], str]) -> str:
        takes = self.generate_output.__func__.__code__  # type: ignore[attr-defined]
        if "repr_fn" in takes.co_varnames[: takes.co_argcount + takes.co_kwonlyargcount]:
            return self.generate_output(output_args, repr_fn=value)
        return self.generate_output(output_args)

    def _gen_python_code(
        self, nodes: Any, root_module: str, namespace: _Namespace, *, verbose: bool = False,
        include_stride: bool = False, include_device: bool = False, colored: bool = False, expanded_def: bool = False,
        **options: Any,
    ) -> PythonCode:  # fmt: skip
        style = Style(verbose, include_stride, include_device, colored, expanded_def)
        return _Writer(self, nodes, root_module, namespace, style).write()


class _PyTreeCodeGen(CodeGen):
    """Code that takes nested arguments apart, and nests its result."""

    def __init__(self, pytree_info: _PyTreeInfo) -> None:
        super().__init__()
        self.pytree_info = pytree_info

    def process_inputs(self, *inputs: Any) -> Any:
        return pytree.tree_leaves(inputs)

    def process_outputs(self, outputs: Any) -> Any:
        if self.pytree_info is None or self.pytree_info.out_spec is None:
            return outputs
        leaves = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        return pytree.tree_unflatten(leaves, self.pytree_info.out_spec)

    def gen_fn_def(self, free_vars: list[str], maybe_return_annotation: str, *, expanded_def: bool = False) -> str:
        if self.pytree_info is None:
            return super().gen_fn_def(free_vars, maybe_return_annotation, expanded_def=expanded_def)
        args = self.pytree_info.orig_args
        if args and args[0] == "self":
            free_vars.insert(0, "self")
        head = super().gen_fn_def(args[:], maybe_return_annotation, expanded_def=expanded_def)
        return head + self.gen_var_bindings(args, free_vars, expanded_def) if free_vars else head

    def gen_var_bindings(self, fn_args: list[str], free_vars: list[str], expanded_def: bool) -> str:
        """What gives the placeholders their values."""
        spec = self.pytree_info.in_spec
        given = f"[{', '.join(fn_args)}], self._in_spec"
        if spec.type is tuple and spec.num_children == 2 and (spec.child(0).type, spec.child(1).type) == (tuple, dict):
            count = spec.child(0).num_children
            names = self.pytree_info.orig_args
            keywords = ", ".join(f"'{k}':{v}" for k, v in zip(spec.child(1).context, names[count:], strict=False))
            given = f"([{', '.join(names[:count])}], {{{keywords}}}), self._in_spec"
        bare = [x.split(":")[0].split("#")[0] for x in free_vars]
        annotated = [x for x in free_vars if ":" in x]
        bindings = ""
        if annotated:
            listed = "\n    ".join(annotated) if expanded_def else "".join(f"{x}; " for x in annotated) + "\n"
            bindings = f"\n    {listed}"
        return f"{bindings}\n    {', '.join(bare)}, = fx_pytree.tree_flatten_spec({given})"

    def generate_output(self, output_args: Any, *, descs: Any = None, repr_fn: Callable[[Any], str] = repr) -> str:
        if self.pytree_info and self.pytree_info.out_spec:
            return f"return pytree.tree_unflatten({repr_fn(output_args)}, self._out_spec)"
        return super().generate_output(output_args, repr_fn=repr_fn)
