"""`torch.fx.proxy`: the values that code is traced with; what is done with them becomes nodes of a graph."""

from __future__ import annotations

import collections
import copy
import dataclasses
import dis
import enum
import inspect
import operator
from collections.abc import Callable, Iterator
from typing import Any

from jaxtorch._tensor import overriding
from jaxtorch.fx._names import root
from jaxtorch.fx._namespace import _snake_case
from jaxtorch.fx._operators import magic_methods, reflectable_magic_methods
from jaxtorch.fx.node import Node, Target, base_types, map_aggregate, map_arg
from jaxtorch.overrides import resolve_name

__all__ = ["Attribute", "GraphAppendingTracer", "ParameterProxy", "Proxy", "Scope", "ScopeContextManager",
           "TraceError", "TracerBase"]  # fmt: skip


class TraceError(ValueError):
    """What cannot be traced, as a branch on a traced value."""


class Scope:
    """The module whose `forward` is being traced."""

    def __init__(self, module_path: str, module_type: Any) -> None:
        self.module_path, self.module_type = module_path, module_type


class ScopeContextManager:
    """Changes a scope for a while."""

    def __init__(self, scope: Scope, current_scope: Scope) -> None:
        self._before = copy.copy(scope)
        self._scope = scope
        vars(scope).update(vars(current_scope))

    def __enter__(self) -> Scope:
        return self._scope

    def __exit__(self, *error: Any) -> None:
        vars(self._scope).update(vars(self._before))


def _no_node_in_key(node: Node) -> Any:
    raise RuntimeError(f"Keys for dictionaries used as an argument cannot contain a Node. Got key: {node}")


class TracerBase:
    """What makes nodes and proxies of them; `Tracer` is the one that follows programs."""

    graph: Any
    record_stack_traces = False
    check_mutable_operations = False
    trace_asserts = False
    proxy_buffer_attributes = False
    traced_func_name = "forward"
    scope: Scope
    module_stack: collections.OrderedDict
    node_name_to_scope: dict[str, tuple[str, Any]]

    def create_node(
        self, kind: str, target: Target, args: tuple, kwargs: dict, name: str | None = None, type_expr: Any = None
    ) -> Node:
        """A node at the end of the graph; override it to see or change each."""
        node = self.graph.create_node(kind, target, args, kwargs, name, type_expr)
        self.node_name_to_scope[node.name] = (self.scope.module_path, self.scope.module_type)
        if self.module_stack:
            node.meta["nn_module_stack"] = copy.copy(self.module_stack)
        if self.record_stack_traces and not node.stack_trace:
            node.stack_trace = _user_trace()
        return node

    def proxy(self, node: Node) -> Proxy:
        """What stands for a node's value while tracing."""
        return Proxy(node, self)

    def create_proxy(
        self, kind: str, target: Target, args: tuple, kwargs: dict, name: str | None = None, type_expr: Any = None,
        proxy_factory_fn: Callable[[Node], Proxy] | None = None,
    ) -> Proxy:  # fmt: skip
        """A node, whose arguments may be proxies, and the proxy of its value."""
        args, kwargs = self.create_arg(args), self.create_arg(kwargs)
        node = self.create_node(kind, target, args, kwargs, name, type_expr)
        return proxy_factory_fn(node) if proxy_factory_fn else self.proxy(node)

    def create_arg(self, a: Any) -> Any:
        """A value as the argument of a node; override it for more types.

        Raises:
            NotImplementedError: graphs cannot hold a value of this type.
        """
        if isinstance(a, Proxy):
            return a.node
        if hasattr(a, "__fx_create_arg__"):
            return a.__fx_create_arg__(self)
        if isinstance(a, tuple):
            made = [self.create_arg(x) for x in a]
            return type(a)(*made) if hasattr(a, "_fields") else tuple(made)
        if isinstance(a, list):
            return [self.create_arg(x) for x in a]
        if isinstance(a, dict):
            return self._create_dict(a)
        if isinstance(a, (slice, range)):
            parts = (a.start, a.stop, a.step)
            return type(a)(*[self.create_arg(x) for x in parts])
        if isinstance(a, (*base_types, enum.Enum)) or a is None or a is ...:
            return a
        if dataclasses.is_dataclass(a) and not isinstance(a, type):
            fields = {f.name: self.create_arg(getattr(a, f.name)) for f in dataclasses.fields(a)}
            return self.create_node("call_function", type(a), (), fields)
        raise NotImplementedError(f"argument of type: {type(a)}")

    def _create_dict(self, a: dict) -> dict:
        made = {}
        for key, value in a.items():
            if not isinstance(key, str):
                key = self.create_arg(key)
                map_arg(key, _no_node_in_key)
            made[key] = self.create_arg(value)
        return made

    def to_bool(self, obj: Proxy) -> bool:
        """Called where a traced value decides a branch; override it to decide.

        Raises:
            TraceError: always, here.
        """
        raise TraceError("symbolically traced variables cannot be used as inputs to control flow")

    def iter(self, obj: Proxy) -> Iterator:
        """Called where a traced value is iterated over; override it to say over what.

        Raises:
            TraceError: always, here.
        """
        raise TraceError(
            "Proxy object cannot be iterated. This can be attempted when the Proxy is used in a loop or as a *args or "
            "**kwargs function argument. See the torch.fx docs on pytorch.org for a more detailed explanation of what "
            "types of control flow can be traced, and check out the Proxy docstring for help troubleshooting Proxy "
            "iteration errors"
        )

    def keys(self, obj: Proxy) -> Any:
        """Called where `**x` or `x.keys()` asks a traced value for its keys."""
        return Attribute(obj, "keys")()


def _user_trace() -> str | None:
    frames = [f for f in inspect.stack(context=1)[1:] if "/fx/" not in f.filename]
    frames = frames[: next((i + 1 for i, f in enumerate(frames) if f.function == "forward"), len(frames))]
    lines = []
    for f in reversed(frames):
        lines += [f'File "{f.filename}", line {f.lineno}, in {f.function}']
        lines += [f"    {f.code_context[0].strip()}"] if f.code_context else []
    return "\n".join(lines) or None


class GraphAppendingTracer(TracerBase):
    """Appends to a graph what is done with proxies of its nodes."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.scope = Scope("", None)
        self.module_stack = collections.OrderedDict()
        self.node_name_to_scope = {}


def assert_fn(x: Any) -> None:
    """What a traced `assert` becomes."""
    if not x:
        raise AssertionError("Assertion failed")


def _instruction(frame: Any) -> tuple[list, int]:
    """The instructions of a frame's code and which of them runs."""
    instructions = list(dis.get_instructions(frame.f_code))
    return instructions, next(i for i, x in enumerate(instructions) if x.offset == frame.f_lasti)


class Proxy:
    """Stands for a value while tracing: attributes, methods, operators and torch functions become nodes.

    What needs the value itself cannot be traced: `if x`, `len(x)`, `for y in x`.
    """

    def __init__(self, node: Node, tracer: Any = None) -> None:
        overriding.activate()  # a proxy has every attribute: no function would notice by itself that it is no tensor
        self.tracer = GraphAppendingTracer(node.graph) if tracer is None else tracer
        self.node = node

    def __repr__(self) -> str:
        return f"Proxy({self.node.name})"

    def __getattr__(self, k: str) -> Any:
        if k in ("node", "tracer"):  # not there yet, as while it is copied
            raise AttributeError(k)
        return Attribute(self, k)

    def __getstate__(self) -> dict:
        return self.__dict__

    def __setstate__(self, d: dict) -> None:
        self.__dict__ = d

    def __deepcopy__(self, memo: dict) -> Proxy:
        made = Proxy.__new__(Proxy)
        for key, value in self.__dict__.items():
            try:
                made.__dict__[key] = copy.deepcopy(value, memo)
            except Exception:  # whatever cannot be copied is shared, as in PyTorch
                made.__dict__[key] = copy.copy(value)
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def __iter__(self) -> Iterator:
        frame: Any = inspect.currentframe()
        instructions, at = _instruction(frame.f_back)
        if instructions[at].opname == "UNPACK_SEQUENCE":
            return (self[i] for i in range(instructions[at].argval))  # type: ignore[index]
        return self.tracer.iter(self)

    def __abs__(self) -> Any:
        return self.tracer.create_proxy("call_function", operator.abs, (self,), {})

    def __bool__(self) -> bool:
        if self.tracer.trace_asserts:
            frame: Any = inspect.currentframe()
            instructions, at = _instruction(frame.f_back)
            if instructions[at].opname.startswith("POP_JUMP") and "IF_TRUE" in instructions[at].opname:
                following = instructions[at + 1 :]
                first = next((x for x in following if x.opname not in ("NOT_TAKEN", "CACHE")), None)
                if first is not None and (first.opname == "LOAD_ASSERTION_ERROR" or first.argval == "AssertionError"):
                    self.tracer.create_proxy("call_function", assert_fn, (self,), {})
                    return True
        return self.tracer.to_bool(self)

    def keys(self) -> Any:
        """The keys, where the value is a mapping."""
        return self.tracer.keys(self)

    def __len__(self) -> int:
        raise RuntimeError(
            "'len' is not supported in symbolic tracing by default. If you want this call to be recorded, please call "
            "torch.fx.wrap('len') at module scope"
        )

    @classmethod
    def __torch_function__(cls, orig_method: Any, types: Any, args: Any = None, kwargs: Any = None) -> Any:
        args, kwargs = args or (), kwargs or {}
        tracers: dict[Any, None] = {}

        def find(x: Any) -> None:
            if isinstance(x, Proxy):
                tracers[x.tracer] = None

        map_aggregate((args, kwargs), find)
        if len(tracers) > 1:
            raise RuntimeError(
                f"Found multiple different tracers {list(tracers)} while trying to trace operations {orig_method}"
            )
        tracer = next(iter(tracers))
        name = resolve_name(orig_method) or ""
        if name.startswith("torch.Tensor."):
            method = "__get__" if name.endswith("__get__") else name.rpartition(".")[2]
            return tracer.create_proxy("call_method", method, args, kwargs)
        shown = _snake_case(orig_method.__name__)
        return tracer.create_proxy("call_function", orig_method, args, kwargs, name=shown)


class Attribute(Proxy):
    """An attribute of a traced value; it becomes a node only if it is no method that is called at once."""

    def __init__(self, root: Proxy, attr: str) -> None:
        self.root, self.attr, self.tracer = root, attr, root.tracer
        self._node: Node | None = None

    @property
    def node(self) -> Node:  # type: ignore[override]
        """The node of the attribute, made when it is first asked for."""
        if self._node is None:
            self._node = self.tracer.create_proxy("call_function", getattr, (self.root, self.attr), {}).node
        return self._node

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


class ParameterProxy(Proxy):
    """A parameter whose shape is known while tracing (`Tracer(param_shapes_constant=True)`)."""

    def __init__(self, tracer: Any, node: Node, name: str, param: Any) -> None:
        super().__init__(node, tracer)
        if not isinstance(param, root().nn.Parameter):
            raise AssertionError(f"Expected Parameter, got {type(param)}")
        self.param, self.name = param, name

    def __repr__(self) -> str:
        return f"ParameterProxy({self.name})"

    @property
    def shape(self) -> Any:
        """The shape itself."""
        return self.param.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.param.ndim

    def size(self) -> Any:
        """The shape itself."""
        return self.param.size()

    def dim(self) -> int:
        """The number of dimensions."""
        return self.param.dim()

    def numel(self) -> int:
        """The number of elements."""
        return self.param.numel()

    nelement = numel


def _define_operators() -> None:
    def forward(name: str) -> Any:
        def impl(*args: Any, **kwargs: Any) -> Any:
            return args[0].tracer.create_proxy("call_function", getattr(operator, name), args, kwargs)

        return impl

    def reflected(name: str) -> Any:
        def impl(self: Proxy, rhs: Any) -> Any:
            return self.tracer.create_proxy("call_function", getattr(operator, name), (rhs, self), {})

        return impl

    for name in magic_methods:
        setattr(Proxy, f"__{name.strip('_')}__", forward(name))
    for name in reflectable_magic_methods:
        setattr(Proxy, f"__r{name.strip('_')}__", reflected(name))
    Proxy.__hash__ = object.__hash__  # type: ignore[method-assign]  # __eq__ would take it away


_define_operators()
