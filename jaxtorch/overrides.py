"""`torch.overrides`: classes that bring their own version of PyTorch's functions.

Differs from PyTorch: a function and the method of the same name are one object here (`torch.add is torch.Tensor.add`).
"""

from __future__ import annotations

import contextlib
import enum
import functools
import inspect
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jaxtorch import fft, linalg, special
from jaxtorch._tensor import overriding
from jaxtorch._tensor.namespaces import functions_of
from jaxtorch._tensor.tensor import FUNCTIONS, Tensor
from jaxtorch.nn import functional

__all__ = [
    "get_ignored_functions",
    "get_overridable_functions",
    "get_testing_overrides",
    "handle_torch_function",
    "has_torch_function",
    "resolve_name",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "wrap_torch_function",
    "enable_reentrant_dispatch",
]

# Which take no tensors, or make new ones: they ask modes alone.
_IGNORED = """
arange are_deterministic_algorithms_enabled as_strided as_tensor asarray bartlett_window blackman_window
broadcast_shapes can_cast empty empty_permuted empty_strided eye fill from_jax from_numpy frombuffer full
get_default_device get_default_dtype get_float32_matmul_precision get_num_threads get_printoptions get_rng_state
hamming_window hann_window initial_seed is_grad_enabled is_tensor kaiser_window linspace logspace manual_seed normal
ones promote_types rand rand_like randint randint_like randn randn_like randperm range result_type scalar_tensor seed
set_default_device set_default_dtype set_default_tensor_type set_float32_matmul_precision set_num_threads
set_printoptions set_rng_state tensor tril_indices triu_indices typename use_deterministic_algorithms vander zeros
""".split()
_IGNORED_METHODS = """
as_subclass jax new new_empty new_empty_strided new_full new_ones new_tensor new_zeros stride to_padded_tensor unflatten
""".split()
# PyTorch lists the others with those that are not tested, and lets them be overridden all the same.
_NEVER = ("as_subclass", "jax")
_OPERATORS = """
add and array array_wrap bool complex contains deepcopy dlpack dlpack_device eq float floordiv format ge getitem gt iadd
iand ifloordiv ilshift imod imul index int invert ior ipow irshift isub itruediv ixor le len lshift lt matmul mod mul ne
neg or pos pow radd rand reversed rfloordiv rlshift rmatmul rmod rmul ror rpow rrshift rshift rsub rtruediv rxor setitem
sub truediv xor abs repr reduce_ex setstate
""".split()


# ----- What can be overridden -----


def _root() -> dict[str, Any]:
    return {name: f for name, f in functions_of("").items() if isinstance(f, types.FunctionType)}


def _functions(module: Any) -> dict[str, Any]:
    public = {name: f for name, f in vars(module).items() if not name.startswith("_")}
    return {name: f for name, f in public.items() if isinstance(f, types.FunctionType)}


@functools.cache
def _members() -> dict[str, Any]:
    """Public methods, operators and properties of Tensor."""
    wanted = {f"__{name}__" for name in _OPERATORS}
    found: dict[str, Any] = {}
    for cls in reversed(Tensor.__mro__[:-1]):
        found.update(vars(cls))
    return {
        name: member
        for name, member in found.items()
        if (name in wanted or not name.startswith("_"))
        and name not in _NEVER
        and isinstance(member, (types.FunctionType, property))
    }


# What overrides are told an operator is.
_METHOD_OF = {
    **{f"__{name}__": name for name in "add sub mul pow lt le gt ge ne matmul neg abs".split()},
    **{f"__i{name}__": f"{name}_" for name in "add sub mul pow".split()},
    **{f"__r{name}__": name for name in "add mul".split()},
    **{f"__r{name}__": f"bitwise_{name}" for name in "and or xor".split()},
    "__truediv__": "div",
    "__itruediv__": "div_",
    "__mod__": "remainder",
    "__imod__": "remainder_",
    "__ifloordiv__": "floor_divide_",
}


def _listing() -> Iterator[tuple[Any, Any, bool]]:
    members = _members()
    # Functions of another name may be the same object: the one that goes by its own name is what overrides are told.
    for name, function in sorted(_root().items(), key=lambda item: FUNCTIONS[item[0]].__name__ != item[0]):
        yield function, function, name not in _IGNORED
        if FUNCTIONS[name] is not members.get(name):  # what the library itself calls; as a method it is told as one
            yield FUNCTIONS[name], function, name not in _IGNORED
    for module in (functional, linalg, fft, special):
        yield from ((function, function, True) for function in _functions(module).values())
    # Every definition of a member along the MRO: what `super()` reaches dispatches too, as in PyTorch.
    for cls in Tensor.__mro__[:-1]:
        for name, member in vars(cls).items():
            if name in members:
                if name.startswith("__"):
                    member.__name__ = name
                yield member, getattr(Tensor, _METHOD_OF.get(name, name)), True


overriding.set_surface(_listing)


@functools.cache
def get_ignored_functions() -> set:
    """Functions that classes of arguments cannot override."""
    root = functions_of("")
    return {root[name] for name in _IGNORED if name in root} | {
        getattr(Tensor, name) for name in _IGNORED_METHODS if hasattr(Tensor, name)
    }


def get_overridable_functions() -> dict[Any, list]:
    """The functions that can be overridden, by namespace (PyTorch's key for the root is the module itself)."""
    ignored = get_ignored_functions()
    found: dict[Any, list] = {
        "torch": [f for f in _root().values() if f not in ignored],
        functional: list(_functions(functional).values()),
        Tensor: [
            m.__get__ if isinstance(m, property) else m for n, m in _members().items() if n not in _IGNORED_METHODS
        ],
    }
    for module in (linalg, fft, special):
        found[module] = list(_functions(module).values())
    return found


def get_testing_overrides() -> dict[Any, Callable]:
    """For each function that can be overridden, one of the same signature that gives -1."""

    def dummy(function: Any) -> Callable:
        def constant(*args: Any, **kwargs: Any) -> int:
            return -1

        with contextlib.suppress(TypeError, ValueError):
            constant.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        return constant

    return {f: dummy(f) for group in get_overridable_functions().values() for f in group}


def get_default_nowrap_functions() -> set:
    """Functions whose results `Tensor.__torch_function__` does not give the subclass."""
    members = _members()
    return {members[name].__get__ for name in ("grad", "_grad", "_base") if name in members}


@functools.cache
def _names() -> dict[Any, str]:
    found: dict[Any, str] = {}
    for name, member in _members().items():
        if isinstance(member, property):
            found[member] = f"torch.Tensor.{name}.__get__"
        else:
            found[member] = f"torch.Tensor.{name}"
    for module in (special, fft, linalg, functional):
        found |= {f: f"{module.__name__.replace('jaxtorch', 'torch')}.{n}" for n, f in _functions(module).items()}
    return found | {f: f"torch.{name}" for name, f in _root().items()}


def resolve_name(f: Any) -> str | None:
    """The name of a function as code would write it; None for others."""
    owner = getattr(f, "__self__", None)
    try:
        return _names().get(owner if isinstance(owner, property) else f)
    except TypeError:
        return None


def is_tensor_method_or_property(func: Any) -> bool:
    """Whether a function is a method, operator or property of Tensor."""
    owner = getattr(func, "__self__", None)
    members = _members().values()
    return any(m is owner or m is func for m in members)


# ----- For functions written in Python -----


def is_tensor_like(inp: Any) -> bool:
    """Whether an object is a tensor or overrides functions."""
    return type(inp) is Tensor or hasattr(inp, "__torch_function__")


def has_torch_function(relevant_args: Iterable) -> bool:
    """Whether an argument's class, or a mode, overrides functions at the moment."""
    overriding.activate()
    if not isinstance(relevant_args, Iterable):
        raise TypeError("expected a sequence")
    if overriding.state.modes:
        return True
    return overriding.state.subclasses and bool(overriding.overloaded(relevant_args))


def has_torch_function_unary(x: Any) -> bool:
    """`has_torch_function` of one argument."""
    return has_torch_function((x,))


def has_torch_function_variadic(*args: Any) -> bool:
    """`has_torch_function` of several arguments."""
    return has_torch_function(args)


def handle_torch_function(public_api: Any, relevant_args: Iterable, *args: Any, **kwargs: Any) -> Any:
    """Hand a call of `public_api` on to the classes of the relevant arguments.

    Raises:
        TypeError: none of them has a version of it.
    """
    found = overriding.overloaded(relevant_args) if overriding.state.subclasses else []
    return overriding.call_overrides(public_api, found, args, kwargs)


def wrap_torch_function(dispatcher: Callable) -> Callable[[Callable], Callable]:
    """A decorator that makes a function overridable; `dispatcher` takes its arguments and gives the relevant ones."""

    def decorate(func: Callable) -> Callable:
        @functools.wraps(func)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return func(*args, **kwargs)

        return wrapped

    return decorate


# ----- Modes -----


class TorchFunctionMode:
    """A context in which `__torch_function__(self, func, types, args, kwargs)` sees every call of a function."""

    inner: Any = None

    def __init__(self) -> None:
        pass

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """A subclass's version of a call; calls of functions in it go past this mode."""
        raise NotImplementedError

    def __enter__(self) -> Any:
        _push_mode(self)
        return self

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        _pop_mode()

    @classmethod
    def push(cls, *args: Any, **kwargs: Any) -> Any:
        """A new mode; deprecated, make one with the class itself."""
        return cls(*args, **kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that changes nothing."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def _push_mode(mode: Any) -> None:
    overriding.activate()
    overriding.state.modes = (*overriding.state.modes, mode)


def _pop_mode() -> Any:
    *rest, last = overriding.state.modes
    overriding.state.modes = tuple(rest)
    return last


def _get_current_function_mode() -> Any:
    modes = overriding.state.modes
    return modes[-1] if modes else None


def _get_current_function_mode_stack() -> list:
    return list(overriding.state.modes)


class _FunctionState(enum.Enum):
    """Who is asked: arguments' classes and modes, modes alone, nobody."""

    ENABLED = 0
    SUBCLASSES_DISABLED = 1
    ALL_DISABLED = 2


def _get_function_state() -> _FunctionState:
    return _FunctionState.ENABLED if overriding.state.subclasses else _FunctionState.SUBCLASSES_DISABLED


def _set_function_state(state: _FunctionState) -> None:
    overriding.state.subclasses = state is _FunctionState.ENABLED
    if state is _FunctionState.ALL_DISABLED:
        overriding.state.modes = ()


@contextlib.contextmanager
def enable_reentrant_dispatch() -> Iterator[None]:
    """Nothing has to be enabled: calls inside an override dispatch anyhow."""
    yield


class DisableTorchFunctionSubclass:
    """A context in which classes of arguments are not asked; modes are."""

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(overriding.state.subclasses)
        overriding.state.subclasses = False

    def __exit__(self, *exception: Any) -> None:
        overriding.state.subclasses = self._before.pop()


class DisableTorchFunction(DisableTorchFunctionSubclass):
    """A context in which neither classes of arguments nor modes are asked."""

    def __enter__(self) -> None:
        super().__enter__()
        self._modes, overriding.state.modes = overriding.state.modes, ()

    def __exit__(self, *exception: Any) -> None:
        overriding.state.modes = self._modes
        super().__exit__(*exception)
