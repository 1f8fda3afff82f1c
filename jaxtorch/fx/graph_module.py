"""`torch.fx.graph_module`: a module whose `forward` is the code of a graph."""

from __future__ import annotations

import copy
import itertools
import linecache
import sys
import traceback
from collections.abc import Callable
from typing import Any

from jaxtorch._tensor.tensor import Tensor
from jaxtorch.fx._names import _is_from_torch, import_here
from jaxtorch.fx._tracer import Tracer
from jaxtorch.fx.graph import Graph, PythonCode, _custom_builtins, _PyTreeCodeGen
from jaxtorch.nn.modules.module import Module, _addindent
from jaxtorch.nn.parameter import Parameter

__all__ = ["GraphModule", "reduce_graph_module"]

_counter = itertools.count()
_HOOKS = ("_replace_hooks", "_create_node_hooks", "_erase_node_hooks", "_deepcopy_hooks")
_sources: dict[str, str] = {}
_USER_PRESERVED_ATTRIBUTES_KEY = "_user_preserved_attributes"  # of `meta`: what a pass wants kept


class _Loader:
    """Gives tracebacks and `inspect` the lines of generated code."""

    def get_source(self, module_name: str) -> str | None:
        return _sources.get(module_name)


def _forward_from_src(src: str, globals: dict[str, Any], co_fields: dict[str, Any] | None = None) -> Callable:
    key = f"<eval_with_key>.{next(_counter)}"
    if co_fields:
        key += f" from {co_fields['co_filename']}:{co_fields['co_firstlineno']} in {co_fields['co_name']}"
    _sources[key] = src
    scope = globals.copy()
    linecache.lazycache(key, {**scope, "__name__": key, "__file__": key, "__loader__": _Loader()})
    exec(compile(src, key, "exec", dont_inherit=True), scope)
    return scope.pop("forward")


def _import_statement(name: str, obj: Any) -> str:
    if name in _custom_builtins:
        return import_here(_custom_builtins[name].import_str)
    if _is_from_torch(obj):
        return import_here("import torch")
    return f"from {obj.__module__} import {obj.__qualname__} as {name}"


def _import_block(names: dict[str, Any]) -> str:
    return "\n".join(sorted({_import_statement(name, obj) for name, obj in names.items()}))


class _CodeOnlyModule(Module):
    """A module from which a graph is traced again when it is loaded."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__()
        self.__dict__ = body


def reduce_graph_module(body: dict[str, Any], import_block: str) -> Module:
    """Make a GraphModule from what pickle kept of it: its attributes and its code."""
    forward = _forward_from_src(import_block + (body.get("_code") or body["code"]), {})
    owner = type("_CodeOnlyModule", (_CodeOnlyModule,), {"forward": forward})
    tracer_cls: Any = body.get("_tracer_cls") or Tracer

    class KeepModules(tracer_cls):
        def is_leaf_module(self, m: Module, module_qualified_name: str) -> bool:
            return True

    module = owner(body)
    graph = KeepModules().trace(module, **body.get("_tracer_extras", {}))
    graph._tracer_cls = tracer_cls
    made = GraphModule(module, graph, class_name=body.get("_graphmodule_cls_name", "GraphModule"))
    for name, value in body.items():
        if not hasattr(made, name):
            setattr(made, name, value)
    return made


def _set_member(module: Module, name: str, value: Any) -> None:
    if isinstance(value, Tensor) and not isinstance(value, Parameter):
        module.register_buffer(name, value)
    else:
        setattr(module, name, value)


def _copy_attr(from_module: Module, to_module: Module, target: str) -> None:
    *prefix, field = target.split(".")
    for item in prefix:
        theirs, ours = getattr(from_module, item), getattr(to_module, item, None)
        if theirs is ours:
            return
        if ours is None:
            ours = Module()
            setattr(to_module, item, ours)
        from_module, to_module = theirs, ours
    _set_member(to_module, field, getattr(from_module, field))


def _assign_attr(from_obj: Any, to_module: Module, target: str) -> None:
    *prefix, field = target.split(".")
    for item in prefix:
        below = getattr(to_module, item, None)
        if below is None:
            below = Module()
            setattr(to_module, item, below)
        to_module = below
    _set_member(to_module, field, from_obj)


def _get_attr(model: Module, attr_name: str) -> Any:
    found: Any = model
    for part in attr_name.split("."):
        found = getattr(found, part)
    return found


class _WrappedCall:
    """Calls a generated `forward`; an error in it shows the generated line."""

    def __init__(self, cls: Any, cls_call: Callable | None) -> None:
        self.cls, self.cls_call = cls, cls_call

    @staticmethod
    def _generate_error_message(frame_summary: traceback.FrameSummary) -> str:
        number, line = frame_summary.lineno or 0, frame_summary.line or ""
        lines = linecache.getlines(frame_summary.filename)
        head = f"Call using an FX-traced Module, line {number} of the traced Module's generated forward function:"
        before, after = "".join(lines[number - 2 : number]), "\n".join(lines[number : number + 2])
        return "\n".join([traceback.format_exc(), head, before, "~" * len(line) + "~~~ <--- HERE", after])

    def __call__(self, obj: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            if self.cls_call is not None:
                return self.cls_call(obj, *args, **kwargs)
            above: Any = super(self.cls, obj)
            return above.__call__(*args, **kwargs)
        except Exception as error:
            last = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__))[-1]
            if "eval_with_key" not in last.filename:
                raise
            print(self._generate_error_message(last), file=sys.stderr)
            raise error.with_traceback(None) from None


class GraphModule(Module):
    """A module made of a graph: `forward` is its code, generated again by `recompile` and when `graph` is set.

    `root` gives the submodules, parameters and buffers that the graph names: a module, or a dict by qualified name.
    """

    _graph: Graph
    _code: str

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        # Each has a class of its own, to hold its `forward`.
        base = next((t for t in cls.__mro__ if t.__qualname__.split(".")[-1] != "GraphModuleImpl"), cls)
        return super().__new__(type("GraphModuleImpl", (base,), {"__module__": GraphModule.__module__}))

    def __init__(self, root: Any, graph: Graph, class_name: str = "GraphModule") -> None:
        super().__init__()
        type(self).__name__ = class_name
        named: list[Any] = [node.target for node in graph.nodes if node.op in ("get_attr", "call_module")]
        if isinstance(root, Module):
            self.training = getattr(root, "training", True)
            if isinstance(root, _CodeOnlyModule):
                for listing in (root.named_children(), root.named_buffers(), root.named_parameters()):
                    for name, _ in listing:
                        _copy_attr(root, self, name)
            for target in named:
                _copy_attr(root, self, target)
        elif isinstance(root, dict):
            for node in graph.nodes:
                if node.op in ("get_attr", "call_module") and node.target not in root:
                    raise RuntimeError(
                        f"Node {node} referenced target {node.target} but that target was not provided in ``root``!"
                    )
            for target in sorted(named, key=lambda t: t.count(".")):
                _assign_attr(root[target], self, target)
        else:
            raise RuntimeError(f"Unsupported type {root} passed for root!")
        self.graph = graph
        tracer_cls = graph._tracer_cls
        self._tracer_cls = tracer_cls if tracer_cls and "<locals>" not in tracer_cls.__qualname__ else None
        self._tracer_extras = graph._tracer_extras or {}
        self.meta: dict[str, Any] = {}
        for hooks in _HOOKS:
            setattr(self, hooks, [])

    @property
    def graph(self) -> Graph:
        """The graph; setting it recompiles."""
        return self._graph

    @graph.setter
    def graph(self, g: Graph) -> None:
        if not isinstance(g, Graph):
            raise AssertionError(f"Expected a Graph instance, but got {type(g)}")
        self._graph = g
        g.owning_module = self
        self.recompile()

    @property
    def code(self) -> str:
        """The Python code of `forward`."""
        return self._code

    def recompile(self) -> PythonCode:
        """Generate `forward` again, after the graph was changed."""
        codegen = self._graph._codegen
        if isinstance(codegen, _PyTreeCodeGen):
            self._in_spec, self._out_spec = codegen.pytree_info.in_spec, codegen.pytree_info.out_spec
        code = self._graph.python_code(root_module="self")
        self._code, self._lineno_map, self._prologue_start = code.src, code._lineno_map, code._prologue_start
        cls: Any = type(self)
        cls.forward = _forward_from_src(code.src, code.globals, self._graph._co_fields)
        cls_call = cls.__call__ if "__call__" in vars(cls) else None
        if "_wrapped_call" not in vars(cls):
            cls._wrapped_call = _WrappedCall(cls, cls_call)
        for child in self.children():
            if isinstance(child, GraphModule):
                child.recompile()

        def call_wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
            return self._wrapped_call(self, *args, **kwargs)

        cls.__call__ = call_wrapped
        return code

    # ----- Its submodules -----

    def add_submodule(self, target: str, m: Module) -> bool:
        """Put a module under a qualified name; False where something else is in the way."""
        *prefix, field = target.split(".")
        at: Any = self
        for item in prefix:
            below = getattr(at, item, None)
            if below is None:
                below = Module()
                setattr(at, item, below)
            if not isinstance(below, Module):
                return False
            at = below
        at.add_module(field, m)
        return True

    def delete_submodule(self, target: str) -> bool:
        """Take a module away; False where there is none."""
        *prefix, field = target.split(".")
        at: Any = self
        for item in prefix:
            at = getattr(at, item, None)
            if not isinstance(at, Module):
                return False
        if not isinstance(getattr(at, field, None), Module):
            return False
        delattr(at, field)
        return True

    def delete_all_unused_submodules(self) -> None:
        """Take away the modules that the graph does not name, nor hold what it names."""
        used: set[str] = set()
        for node in self.graph.nodes:
            if node.op not in ("call_module", "get_attr"):
                continue
            target: Any = node.target
            used.update(itertools.accumulate(target.split("."), lambda x, y: f"{x}.{y}"))
            if node.op == "call_module":
                called = dict(self.named_modules()).get(target)
                used.update(f"{target}.{name}" for name, _ in called.named_modules() if name) if called else None
        for name in [name for name, _ in self.named_modules() if name not in used]:
            self.delete_submodule(name)

    # ----- Copies -----

    def __reduce__(self) -> Any:
        body = self.__dict__.copy()
        names = self.recompile().globals
        del body["_graph"]
        return reduce_graph_module, (body, _import_block(names))

    def __deepcopy__(self, memo: dict) -> GraphModule:
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        source = _CodeOnlyModule(copy.deepcopy(self.__dict__, memo))
        GraphModule.__init__(made, source, source.__dict__["_graph"], type(self).__name__)
        for name in ("_state_dict_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks", *_HOOKS):
            if name in source.__dict__:
                setattr(made, name, source.__dict__[name])
        made.meta = copy.deepcopy(getattr(self, "meta", {}), memo)
        for hook in made._deepcopy_hooks:
            hook(made)
        return made

    def __copy__(self) -> GraphModule:
        made = GraphModule(self, self.graph)
        made.meta = getattr(self, "meta", {})
        return made

    def _replicate_for_data_parallel(self) -> GraphModule:
        made = self.__copy__()
        object.__setattr__(made, "_is_replica", True)
        return made

    # ----- Showing -----

    def print_readable(
        self, print_output: bool = True, include_stride: bool = False, include_device: bool = False,
        colored: bool = False, *, fast_sympy_print: bool = False, expanded_def: bool = False,
        additional_meta: list[str] | None = None,
    ) -> str:  # fmt: skip
        """The code as a class, with shapes where they are known; printed too unless `print_output=False`."""
        style = {"include_stride": include_stride, "include_device": include_device, "colored": colored}
        text = self._readable(self._get_name(), expanded_def=expanded_def, **style)
        if print_output:
            print(text)
        return text

    def _readable(self, name: str, **style: Any) -> str:
        code = self.graph.python_code(root_module="self", verbose=True, **style).src.lstrip("\n")
        parts = [_addindent(f"class {name}(torch.nn.Module):\n{code}", 4)]
        below = [""] + [m._readable(n, **style) for n, m in self.named_children() if isinstance(m, GraphModule)]
        return parts[0] + _addindent("\n".join(below), 4)

    def __str__(self) -> str:
        hint = "# To see more debug info, please use `graph_module.print_readable()`"
        return "\n".join([super().__str__(), self._code, hint])


def _define_hooks() -> None:
    def register(hooks: str) -> Any:
        def method(self: Any, f: Callable) -> None:
            if not callable(f):
                raise AssertionError("create_node hook must be a callable.")
            getattr(self, hooks).append(f)

        return method

    def unregister(hooks: str) -> Any:
        def method(self: Any, f: Callable) -> None:
            getattr(self, hooks).remove(f)

        return method

    for hooks, name in zip(_HOOKS, ("replace_node", "create_node", "erase_node", "deepcopy"), strict=True):
        setattr(GraphModule, f"_register_{name}_hook", register(hooks))
        setattr(GraphModule, f"_unregister_{name}_hook", unregister(hooks))


_define_hooks()
