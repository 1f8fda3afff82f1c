"""`torch.jit.trace`: what a function does with example inputs, recorded as a graph that runs again.

The graph is one of `torch.fx`: what PyTorch's tracer keeps as TorchScript is kept as Python here.
"""

from __future__ import annotations

import operator
import warnings
from typing import Any

from jaxtorch._autograd.grad_mode import no_grad
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.fx._operators import reflectable_magic_methods
from jaxtorch.fx.graph import Graph
from jaxtorch.fx.graph_module import GraphModule, _forward_from_src
from jaxtorch.fx.node import Node, map_aggregate
from jaxtorch.jit._script import ScriptModule
from jaxtorch.nn.modules.module import Module
from jaxtorch.overrides import TorchFunctionMode, resolve_name
from jaxtorch.testing import assert_close


class TracerWarning(Warning):
    """A trace that may not hold for other inputs."""


class TracingCheckError(Exception):
    """A trace that computes something else than the function."""


_READS = {
    "__bool__": "a Python boolean",
    "__float__": "a Python float",
    "__int__": "a Python integer",
    "__index__": "a Python index",
    "item": "a Python number",
    "tolist": "a Python list",
    "numpy": "a NumPy array",
}
_depth = 0


def is_tracing() -> bool:
    """Whether `torch.jit.trace` is running a function."""
    return _depth > 0


class _TracedInt(int):
    """A size of a traced tensor: arithmetic on it is recorded, so that the trace holds for other sizes."""

    recorder: Any
    source: tuple

    @staticmethod
    def of(recorder: _Recorder, value: int, *source: Any) -> _TracedInt:
        made = _TracedInt(value)
        made.recorder, made.source = recorder, source
        return made

    def node(self) -> Node:
        function, *args = self.source
        if not args:
            return function
        node = self.recorder.graph.call_function(function, tuple(self.recorder.argument(a) for a in args))
        self.source = (node,)
        return node


def _define_arithmetic() -> None:
    def forward(name: str) -> Any:
        function = getattr(operator, name)

        def impl(self: Any, other: Any) -> Any:
            if not isinstance(other, int):
                return getattr(int, f"__{name}__")(self, other)
            return _TracedInt.of(self.recorder, function(int(self), int(other)), function, self, other)

        def reflected(self: Any, other: Any) -> Any:
            if not isinstance(other, int):
                return NotImplemented
            return _TracedInt.of(self.recorder, function(int(other), int(self)), function, other, self)

        return impl, reflected

    for name in ("add", "sub", "mul", "floordiv", "mod"):
        assert name in reflectable_magic_methods
        impl, reflected = forward(name)
        setattr(_TracedInt, f"__{name}__", impl)
        setattr(_TracedInt, f"__r{name}__", reflected)


_define_arithmetic()


class _Recorder(TorchFunctionMode):
    """Runs functions and keeps each as a node."""

    def __init__(self, named: dict[str, Any]) -> None:
        self.graph = Graph()
        self.nodes: dict[int, Any] = {}
        self.alive: list[Any] = []  # a tensor that is gone could leave its id to another
        self.attributes: dict[str, Any] = {}
        self.names = {id(t): name for name, t in named.items()}

    def know(self, tensor: Any, node: Node) -> None:
        self.nodes[id(tensor)] = node
        self.alive.append(tensor)

    def argument(self, a: Any) -> Any:
        if isinstance(a, _TracedInt):
            return a.node()
        if not isinstance(a, Tensor):
            return a
        if id(a) not in self.nodes:
            name = self.names.get(id(a)) or f"_tensor_constant{len(self.attributes)}"
            self.attributes[name] = a
            self.know(a, self.graph.get_attr(name))
        return self.nodes[id(a)]

    def _results(self, result: Any, node: Node) -> Any:
        if isinstance(result, Tensor):
            self.know(result, node)
        elif isinstance(result, (tuple, list)):
            for i, part in enumerate(result):
                if isinstance(part, (Tensor, tuple, list)):
                    self._results(part, self.graph.call_function(operator.getitem, (node, i)))

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = resolve_name(func) or ""
        short = name.removesuffix(".__get__").rpartition(".")[2]
        if short in _READS:
            warnings.warn(
                f"Converting a tensor to {_READS[short]} might cause the trace to be incorrect. We can't record the "
                "data flow of Python values, so this value will be treated as a constant in the future. This means "
                "that the trace might not generalize to other inputs!",
                TracerWarning,
                stacklevel=3,
            )
        plain = map_aggregate((args, kwargs), lambda a: int(a) if isinstance(a, _TracedInt) else a)
        result = func(*[_thawed(a) for a in plain[0]], **{k: _thawed(v) for k, v in plain[1].items()})
        if short in ("shape", "size") and args and id(args[0]) in self.nodes:
            return self._sizes(result, args, kwargs)
        if not (result is None or _has_tensor(result)) or name.endswith(("requires_grad.__get__", "grad_fn.__get__")):
            return result
        if result is None and short != "__setitem__":
            return result
        self._results(result, self._record(func, name, short, args, kwargs))
        return result

    def _record(self, func: Any, name: str, short: str, args: Any, kwargs: Any) -> Node:
        given = map_aggregate(tuple(args), self.argument)
        named = dict(map_aggregate(kwargs, self.argument))
        if name.endswith(".__get__"):
            return self.graph.call_function(getattr, (given[0], short))
        if name.startswith("torch.Tensor.") or (name.count(".") == 1 and short.endswith("_")):
            return self.graph.call_method(short, given, named)
        return self.graph.call_function(func, given, named)

    def _sizes(self, result: Any, args: Any, kwargs: Any) -> Any:
        owner = args[0]
        if isinstance(result, int):
            dim = args[1] if len(args) > 1 else kwargs["dim"]
            return _TracedInt.of(self, result, _size_of, owner, int(dim))
        return type(result)([_TracedInt.of(self, n, _size_of, owner, i) for i, n in enumerate(result)])


def _size_of(x: Any, dim: int) -> int:
    """A size of a tensor, in traced programs."""
    return x.size(dim)


def _thawed(a: Any) -> Any:
    """Arguments as they were given: mapping made lists and dicts that cannot be changed."""
    if isinstance(a, list):
        return [_thawed(x) for x in a]
    return {k: _thawed(v) for k, v in a.items()} if isinstance(a, dict) else a


def _has_tensor(x: Any) -> bool:
    return isinstance(x, Tensor) or (isinstance(x, (tuple, list)) and any(_has_tensor(y) for y in x))


class TopLevelTracedModule(GraphModule, ScriptModule):
    """A traced module: `graph` and `code` show what it does, `save` keeps it in a file."""

    def __reduce__(self) -> Any:
        _, (body, imports) = super().__reduce__()
        kept = {name: value for name, value in body.items() if not name.startswith("_tracer")}
        return _load_traced, (kept, imports)


class ScriptFunction(TopLevelTracedModule):
    """A traced function."""


class RecursiveScriptModule(ScriptModule):
    """A traced module from a file: its code, which runs as it is; there is no graph."""

    _code: str
    _imports: str

    def __reduce__(self) -> Any:
        body = {name: value for name, value in vars(self).items() if name != "_imports"}
        return _load_traced, (body, self._imports)

    @property
    def code(self) -> str:
        """The Python code of `forward`."""
        return self._code


def _load_traced(body: dict[str, Any], imports: str) -> Any:
    # A class of its own holds its `forward`.
    forward = _forward_from_src(imports + body["_code"], {})
    kind = type("RecursiveScriptModule", (RecursiveScriptModule,), {"forward": forward, "__module__": __name__})
    made = kind()
    vars(made).update(body, _imports=imports)
    return made


def _recorded(func: Any, inputs: tuple, kwargs: dict, named: dict[str, Any]) -> tuple[_Recorder, Any]:
    global _depth
    recorder = _Recorder(named)
    code = getattr(func, "__code__", None)
    names, count = (code.co_varnames, code.co_argcount) if code is not None else ((), 0)
    offset = 1 if names[:1] == ("self",) else 0
    for i, value in enumerate(inputs):
        name = names[i + offset] if i + offset < count else f"input_{i}"
        _place(recorder, recorder.graph.placeholder(name), value)
    for name, value in kwargs.items():
        _place(recorder, recorder.graph.placeholder(name), value)
    _depth += 1
    try:
        with recorder:
            result = func(*inputs, **kwargs)
    finally:
        _depth -= 1
    recorder.graph.output(map_aggregate(result, recorder.argument))
    return recorder, result


def _place(recorder: _Recorder, node: Node, value: Any) -> None:
    if isinstance(value, (tuple, list)):
        for i, part in enumerate(value):
            _place(recorder, recorder.graph.call_function(operator.getitem, (node, i)), part)
    elif isinstance(value, dict):
        for key, part in value.items():
            _place(recorder, recorder.graph.call_function(operator.getitem, (node, key)), part)
    elif isinstance(value, Tensor):
        recorder.know(value, node)


def trace(
    func: Any, example_inputs: Any = None, optimize: Any = None, check_trace: bool = True, check_inputs: Any = None,
    check_tolerance: float = 1e-5, strict: bool = True, _force_outplace: bool = False, _module_class: Any = None,
    _compilation_unit: Any = None, example_kwarg_inputs: dict | None = None, _store_inputs: bool = True,
) -> Any:  # fmt: skip
    """A module or function as what it does with `example_inputs`: branches and loops are as they went there.

    Differs from PyTorch: the result holds a `torch.fx` graph, whose `code` is Python; sizes stay variable where they
    are used in whole-number arithmetic.

    Example:
        >>> traced = torch.jit.trace(lambda x: torch.relu(x) + 1, torch.ones(2))
        >>> traced(torch.tensor([-1.0, 2.0]))
        tensor([1., 3.])
    """
    if isinstance(func, ScriptModule):
        return func
    is_module = isinstance(func, Module)
    kwargs = example_kwarg_inputs or {}
    inputs = example_inputs if isinstance(example_inputs, tuple) else (example_inputs,)
    if isinstance(example_inputs, list):
        inputs = tuple(example_inputs)
    if example_inputs is None:
        inputs = ()
        if example_kwarg_inputs is None:
            raise RuntimeError("example_kwarg_inputs should be a dict")
    named = {}
    if is_module:
        named = {**dict(func.named_parameters()), **dict(func.named_buffers())}
    called = func.forward if is_module else func
    recorder, _ = _recorded(called, inputs, kwargs, named)
    attributes = {**named, **recorder.attributes}
    made: Any = TopLevelTracedModule if is_module else ScriptFunction
    traced = made(attributes, recorder.graph, type(func).__name__ if is_module else called.__name__)
    for name, value in named.items():  # also those that the trace does not use
        if name not in recorder.attributes:
            _keep(traced, name, value)
    if is_module:
        traced.train(func.training)
    if check_trace:
        _check(called, traced, inputs, kwargs, check_tolerance)
    return traced


def _keep(module: Any, name: str, value: Any) -> None:
    *prefix, last = name.split(".")
    for part in prefix:
        if not hasattr(module, part):
            setattr(module, part, Module())
        module = getattr(module, part)
    if name and isinstance(value, Tensor) and type(value) is Tensor:
        module.register_buffer(last, value)
    else:
        setattr(module, last, value)


def _check(func: Any, traced: Any, inputs: tuple, kwargs: dict, tolerance: float) -> None:
    with no_grad():
        expected, found = func(*inputs, **kwargs), traced(*inputs, **kwargs)
    try:
        assert_close(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    except (AssertionError, TypeError) as error:
        warnings.warn(
            f"Output of the traced function does not match the corresponding output of the Python function.\n{error}",
            TracerWarning,
            stacklevel=3,
        )


def trace_module(mod: Any, inputs: dict[str, Any], *args: Any, **options: Any) -> Any:
    """`trace` of a module's `forward`, by name: `trace_module(m, {"forward": x})`.

    Raises:
        NotImplementedError: another method than `forward`.
    """
    if list(inputs) != ["forward"]:
        raise NotImplementedError(
            "torch.jit.trace_module of other methods than forward is not supported by jaxtorch; trace them one by one, "
            "as functions, with torch.jit.trace"
        )
    return trace(mod, inputs["forward"], *args, **options)
