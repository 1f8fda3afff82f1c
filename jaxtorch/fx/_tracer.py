"""`torch.fx.Tracer`: runs a module's `forward`, or a function, with proxies and keeps what it did as a graph."""

from __future__ import annotations

import collections
import contextlib
import copy
import functools
import inspect
import math
import types
import warnings
from collections.abc import Iterator
from typing import Any

from jaxtorch._aten.asserts import _assert
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.fx._patching import _autowrap_check, _new_patcher, _patch_wrapped_functions
from jaxtorch.fx._wrap import wrap
from jaxtorch.fx.graph import Graph, _PyTreeCodeGen, _PyTreeInfo
from jaxtorch.fx.node import base_types, map_aggregate
from jaxtorch.fx.proxy import ParameterProxy, Proxy, Scope, ScopeContextManager, TracerBase
from jaxtorch.nn.modules.container import Sequential
from jaxtorch.nn.modules.module import Module
from jaxtorch.nn.parameter import Parameter
from jaxtorch.utils import _pytree as pytree

HAS_VARSTUFF = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_proxyable_classes: dict[type, None] = {}
_orig_module_call: Any = Module.__call__
_orig_module_getattr: Any = Module.__getattr__
_is_fx_tracing_flag = False


def is_fx_tracing() -> bool:
    """Whether a program is being traced."""
    return _is_fx_tracing_flag


is_fx_symbolic_tracing = is_fx_tracing


@contextlib.contextmanager
def _tracing() -> Iterator[None]:
    global _is_fx_tracing_flag
    before, _is_fx_tracing_flag = _is_fx_tracing_flag, True
    try:
        yield
    finally:
        _is_fx_tracing_flag = before


class ProxyableClassMeta(type):
    """The metaclass of classes whose construction from traced values is recorded."""

    def __init__(cls, name: str, bases: tuple, attrs: dict) -> None:
        _proxyable_classes.setdefault(cls)
        super().__init__(name, bases, attrs)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        found: list[Proxy] = []
        if is_fx_tracing():
            map_aggregate((args, kwargs), lambda x: found.append(x) if isinstance(x, Proxy) else None)
        if found:
            return found[0].tracer.create_proxy("call_function", cls, args, kwargs)
        return super().__call__(*args, **kwargs)


class PHBase:
    """The argument that stays an input, in `concrete_args`."""

    def __repr__(self) -> str:
        return "PH"


PH = PHBase()


class PHWithMeta(PHBase):
    """Like `PH`; its attributes go to the placeholder."""

    def __init__(self, ph_key: str | None = None) -> None:
        self.ph_key = ph_key


def _transfer_attrs(fr: Any, to: Any) -> None:
    for name in dir(fr):
        value = getattr(fr, name)
        if not callable(value) and not name.startswith("__") and not hasattr(to, name):
            setattr(to, name, value)


def _patch_function(fn: types.FunctionType, nargs: int) -> types.FunctionType:
    """The function with `*args` and `**kwargs` as ordinary parameters, so that a proxy can be given for each."""
    code = fn.__code__.replace(
        co_argcount=nargs, co_posonlyargcount=0, co_kwonlyargcount=0, co_flags=fn.__code__.co_flags & ~HAS_VARSTUFF
    )
    return types.FunctionType(code, fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__)


def _annotation(fn: Any, name: str) -> Any:
    """The type of a parameter. Those of the library's own code are texts, which generated code could not name."""
    found = getattr(fn, "__annotations__", {}).get(name)
    return None if isinstance(found, str) and fn.__module__.startswith(("jaxtorch.", "torch.")) else found


@wrap
def _assert_is_none(value: Any, msg: str) -> None:
    assert value is None, msg


class Tracer(TracerBase):
    """Makes a graph of a program; override `is_leaf_module`, `call_module`, `create_arg`, ... to trace differently."""

    root: Module
    tensor_attrs: dict[Any, str]
    _qualname_counter: dict[str, int] = collections.defaultdict(int)

    def __init__(
        self, autowrap_modules: tuple = (math,), autowrap_functions: tuple = (), param_shapes_constant: bool = False
    ) -> None:
        functions = [f for m in autowrap_modules for n, f in vars(m).items() if not n.startswith("_") and callable(f)]
        self._autowrap_function_ids = {id(f) for f in (*functions, *autowrap_functions)}
        self._autowrap_search = list(autowrap_modules)
        self.param_shapes_constant = param_shapes_constant
        self.submodule_paths: dict[Module, str] | None = None
        self.root_module_name = ""
        self.scope = Scope("", None)
        self.module_stack = collections.OrderedDict()
        self.num_calls: dict[str, int] = {}
        self.node_name_to_scope = {}

    def get_fresh_qualname(self, prefix: str) -> str:
        """A name with a number that the root has no attribute of."""
        i = 0 if not hasattr(self.root, f"{prefix}0") else self._qualname_counter[prefix]
        while hasattr(self.root, f"{prefix}{i}"):
            i += 1
        self._qualname_counter[prefix] = i + 1 if i else 0
        return f"{prefix}{i}"

    def _constant(self, prefix: str, a: Any) -> Any:
        name = self.get_fresh_qualname(prefix)
        setattr(self.root, name, a)
        return name

    def create_arg(self, a: Any) -> Any:
        """A value as the argument of a node: tensors become attributes of the root."""
        listings: Any = ()
        if isinstance(a, Parameter):
            listings = self.root.named_parameters()
        elif isinstance(a, Tensor):
            listings = self.root.named_buffers()
        elif isinstance(a, Module):
            listings = self.root.named_modules()
        for name, member in listings:
            if a is member:
                return self.create_node("get_attr", name, (), {})
        if isinstance(a, Parameter):
            raise NameError("parameter is not a member of this module")
        if isinstance(a, tuple) and hasattr(a, "_fields"):
            return self.create_node("call_function", type(a), tuple(self.create_arg(x) for x in a), {})
        if isinstance(a, (Tensor, pytree.TreeSpec)):
            if a not in self.tensor_attrs:
                prefix = "_tensor_constant" if isinstance(a, Tensor) else "_tree_spec_constant"
                self.tensor_attrs[a] = self._constant(prefix, a)
            return self.create_node("get_attr", self.tensor_attrs[a], (), {})
        if type(a) in _proxyable_classes:
            return self.create_node("get_attr", self._constant(f"_{type(a).__name__}_constant_", a), (), {})
        return super().create_arg(a)

    def is_leaf_module(self, m: Module, module_qualified_name: str) -> bool:
        """Whether a module is kept as one call: those of `torch.nn` are, but for Sequential."""
        return m.__module__.startswith(("torch.nn", "jaxtorch.nn")) and not isinstance(m, Sequential)

    def path_of_module(self, mod: Module) -> str:
        """The name of a module below the root.

        Raises:
            NameError: it is not there.
        """
        paths = self.submodule_paths or {m: name for name, m in self.root.named_modules()}
        if mod not in paths:
            raise NameError("module is not installed as a submodule")
        return paths[mod]

    def call_module(self, m: Module, forward: Any, args: tuple, kwargs: dict) -> Any:
        """Called for each call of a module: records a leaf, and traces `forward` of others."""
        path = self.path_of_module(m)
        with ScopeContextManager(self.scope, Scope(path, type(m))) as scope:
            calls = self.num_calls.get(path, 0)
            self.num_calls[path] = calls + 1
            key = f"{path}@{calls}" if calls else path
            self.module_stack[key] = (path, scope.module_type)
            if self.is_leaf_module(m, path):
                result = self.create_proxy("call_module", path, args, kwargs)
            else:
                result = forward(*args, **kwargs)
            self.module_stack.popitem(last=True)
        return result

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Proxy]) -> Any:
        """Called for each attribute that modules look up: parameters become proxies."""
        listing: Any = ()
        if isinstance(attr_val, Parameter):
            listing = self.root.named_parameters()
        elif self.proxy_buffer_attributes and isinstance(attr_val, Tensor):
            listing = self.root.named_buffers()
        for name, member in listing:
            if member is attr_val:
                if name not in parameter_proxy_cache:
                    options: dict[str, Any] = {}
                    if self.param_shapes_constant:
                        options["proxy_factory_fn"] = functools.partial(self._parameter_proxy, name, attr_val)
                    parameter_proxy_cache[name] = self.create_proxy("get_attr", name, (), {}, **options)
                return parameter_proxy_cache[name]
        return attr_val

    def _parameter_proxy(self, name: str, param: Any, node: Any) -> Proxy:
        return ParameterProxy(self, node, name, param)

    def create_args_for_root(self, root_fn: Any, is_module: bool, concrete_args: Any = None) -> tuple[Any, list]:
        """The function to call and its arguments: proxies of placeholders, and what `concrete_args` fixes."""
        analysed = inspect.unwrap(root_fn)
        code = analysed.__code__
        total = code.co_argcount + code.co_kwonlyargcount
        names = iter(code.co_varnames)
        args: list[Any] = []
        if is_module:
            if total == 0:
                raise RuntimeError("``self`` argument cannot be part of *args expansion!")
            next(names)
            args.append(self.root)
        if isinstance(concrete_args, tuple) and concrete_args and code.co_flags & HAS_VARSTUFF and total == 1:
            for i, given in enumerate(concrete_args):
                made = self.create_proxy("placeholder", f"input_{i}", (), {})
                if isinstance(given, PHBase) and given is not PH:
                    _transfer_attrs(given, made.node)
                args.append(made)
            return root_fn, args
        arg_names = [next(names) for _ in range(total - is_module)]
        if isinstance(concrete_args, tuple):
            if len(arg_names) != len(concrete_args):
                raise RuntimeError(
                    f"Tracing expected {len(arg_names)} arguments but got {len(concrete_args)} concrete arguments"
                )
            concrete_args = dict(zip(arg_names, concrete_args, strict=True))
        sig = inspect.signature(analysed)
        args += [self._proxy_placeholder(name, concrete_args, sig, analysed) for name in arg_names]
        if code.co_kwonlyargcount or code.co_flags & HAS_VARSTUFF:
            if code.co_flags & inspect.CO_VARARGS:
                args.append(self._proxy_placeholder(f"*{next(names)}", concrete_args, sig, analysed))
            if code.co_flags & inspect.CO_VARKEYWORDS:
                args.append(self._proxy_placeholder(f"**{next(names)}", concrete_args, sig, analysed))
            root_fn = _patch_function(root_fn, len(args))
        flat_args, in_spec = pytree.tree_flatten(tuple(args))
        if all(child.is_leaf() for child in in_spec.children()):
            return root_fn, args
        return self._flattened(root_fn, list(code.co_varnames[:total]), in_spec), flat_args

    def _flattened(self, root_fn: Any, names: list[str], in_spec: Any) -> Any:
        codegen = self.graph._codegen = _PyTreeCodeGen(_PyTreeInfo(names, in_spec, None))

        def flatten_fn(*args):
            leaves, out_spec = pytree.tree_flatten(root_fn(*pytree.tree_unflatten(list(args), in_spec)))
            codegen.pytree_info = codegen.pytree_info._replace(out_spec=out_spec)
            return leaves

        return flatten_fn

    def _proxy_placeholder(self, name: str, concrete_args: Any, sig: inspect.Signature, analysed: Any) -> Any:
        parameter = sig.parameters.get(name)
        default = () if parameter is None or parameter.default is inspect.Parameter.empty else (parameter.default,)
        if concrete_args is None or name not in concrete_args:
            kind = _annotation(analysed, name)
            return self.create_proxy("placeholder", name, default, {}, type_expr=kind)
        count = 0

        def place(x: Any) -> Any:
            nonlocal count
            count += 1
            made = self.create_proxy("placeholder", f"{name}_{count}", default, {})
            if isinstance(x, PHBase):
                if x is not PH:
                    _transfer_attrs(x, made.node)
                return made
            other = "but got another value"
            if type(x) in base_types and type(x) is not Tensor:
                _assert(made == x, f"{name} has been specialized to have value {x} {other}")
            elif x is None:
                message = f"{name} has been specialized to have value None {other}"
                self.create_proxy("call_function", _assert_is_none, (made, message), {})
            else:
                warnings.warn(
                    f"Was not able to add assertion to guarantee correct input {name} to specialized function. It is "
                    "up to the user to make sure that your inputs match the inputs you specialized the function with.",
                    stacklevel=2,
                )
            return x

        return pytree.tree_map(place, concrete_args[name])

    def trace(self, root: Any, concrete_args: Any = None) -> Graph:
        """The graph of a module's `forward`, or of a function."""
        is_module = isinstance(root, Module)
        if is_module:
            self.root = root
            fn = getattr(type(root), self.traced_func_name, None)
            if fn is None:
                raise AssertionError(f"traced_func_name={self.traced_func_name} doesn't exist in {type(root).__name__}")
            self.root_module_name = root._get_name()
            self.submodule_paths = {module: name for name, module in root.named_modules()}
        else:
            self.root, fn = Module(), root
        self.graph = Graph(tracer_cls=type(self))
        if hasattr(fn, "__code__"):
            code = fn.__code__
            fields = ("co_name", "co_filename", "co_firstlineno")
            self.graph._co_fields = {field: getattr(code, field) for field in fields}
        self.tensor_attrs = {}
        self._collect_tensors(self.root, "")
        if not isinstance(fn, types.FunctionType):
            raise AssertionError(f"Expected FunctionType, got {type(fn)}")
        with _tracing():
            called, args = self.create_args_for_root(fn, is_module, concrete_args)
            with self._patched(fn.__globals__):
                result = self.create_arg(called(*args))
                returned = _annotation(inspect.unwrap(called), "return")
                self.create_node("output", "output", (result,), {}, type_expr=returned)
        self.submodule_paths = None
        return self.graph

    def _collect_tensors(self, module: Module, prefix: str) -> None:
        for name, value in vars(module).items():
            if isinstance(value, (Tensor, pytree.TreeSpec)):
                self.tensor_attrs[value] = prefix + name
        for name, child in module.named_children():
            self._collect_tensors(child, f"{prefix}{name}.")

    @contextlib.contextmanager
    def _patched(self, fn_globals: dict) -> Iterator[None]:
        cache: dict[str, Proxy] = {}

        @functools.wraps(_orig_module_getattr)
        def module_getattr(mod: Module, attr: str) -> Any:
            return self.getattr(attr, _orig_module_getattr(mod, attr), cache)

        @functools.wraps(_orig_module_call)
        def module_call(mod: Module, *args: Any, **kwargs: Any) -> Any:
            called = getattr(getattr(mod, "forward", mod), "__globals__", {})
            _autowrap_check(patcher, called, self._autowrap_function_ids)
            return self.call_module(mod, functools.partial(_orig_module_call, mod), args, kwargs)

        with _new_patcher() as patcher:
            patcher.patch_method(Module, "__getattr__", module_getattr, deduplicate=False)
            patcher.patch_method(Module, "__call__", module_call, deduplicate=False)
            _patch_wrapped_functions(patcher)
            for namespace in (fn_globals, *[vars(m) for m in self._autowrap_search]):
                _autowrap_check(patcher, namespace, self._autowrap_function_ids)
            yield

    def __deepcopy__(self, memo: dict) -> Tracer:
        made = Tracer.__new__(Tracer)
        for name, value in vars(self).items():
            shared = name == "_autowrap_search"  # modules cannot be copied
            vars(made)[name] = copy.copy(value) if shared else copy.deepcopy(value, memo)
        return made
