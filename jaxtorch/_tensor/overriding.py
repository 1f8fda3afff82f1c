"""`__torch_function__`: public functions that hand a call on to the classes of their arguments, once there are such.

Programs without such classes pay nothing: the public functions are as they are. The first tensor subclass, override
mode or foreign argument *activates* overriding: the code of every public function and method is replaced, in place, by
a dispatcher's, so that every reference to it dispatches, wherever it was taken. What the function did before is kept in
a twin, which the dispatcher calls when nobody overrides. Autocast acts at the same place (`autocasting`).
"""

from __future__ import annotations

import functools
import threading
import types
from collections.abc import Callable, Iterable
from typing import Any


class _State(threading.local):
    subclasses = True  # whether classes of arguments are asked
    modes: tuple = ()  # the innermost last; handed down by `overrides`
    cast: Any = None  # calls a function with its arguments cast, while autocast is on
    autocast: dict = {}  # replaced, not written to: what each device type casts to where it is on
    autocast_dtypes: dict = {}  # and what it would cast to
    autocast_nesting = 0
    autocast_cache = True


state = _State()
_activated = False
_surface: Callable[[], Iterable[tuple[Any, Any, bool]]] | None = None
_plain: set[type] = set()  # types of arguments that override nothing


class Overridden(TypeError):
    """An argument of a type that a function does not take, but which overrides it."""


def set_surface(listing: Callable[[], Iterable[tuple[Any, Any, bool]]]) -> None:
    """Name what lists the public functions: what to replace, what overrides are told, whether arguments may override.

    Once, by `overrides`.
    """
    global _surface
    _surface = listing


def disabled(*_: Any, **__: Any) -> Any:
    """The `__torch_function__` of classes that override nothing."""
    return NotImplemented


def is_foreign(x: Any) -> bool:
    """Whether an argument is no tensor but may override functions."""
    return hasattr(type(x), "__torch_function__") and not isinstance(x, _base)


def overrides(x: Any) -> bool:
    """Whether an argument's class overrides functions."""
    kind = type(x)
    if kind in _plain:
        return False
    found = getattr(kind, "__torch_function__", None)
    if found is None or found is disabled:
        _plain.add(kind)
        return False
    return True


def overloaded(args: Iterable) -> list:
    """The arguments that override, one of a class, subclasses before their bases, else in order."""
    found: list = []
    kinds: list[type] = []
    for x in args:
        kind = type(x)
        if kind in _plain or kind in kinds or not overrides(x):
            continue
        place = next((i for i, other in enumerate(kinds) if issubclass(kind, other)), len(kinds))
        kinds.insert(place, kind)
        found.insert(place, x)
    return found


def relevant(args: tuple, kwargs: dict) -> Iterable:
    """The arguments that may override: those of a call, and the elements of its lists."""
    for x in (*args, *kwargs.values()) if kwargs else args:
        if type(x) is list or type(x) is tuple:
            yield from x
        else:
            yield x


def call_overrides(public: Any, overriders: list, args: tuple, kwargs: dict) -> Any:
    """Ask the innermost mode, then the arguments, for their version of a call."""
    kinds = tuple([type(x) for x in overriders])
    modes = state.modes
    if modes:
        state.modes = modes[:-1]
        try:
            result = modes[-1].__torch_function__(public, kinds, args, kwargs)
        finally:
            state.modes = modes
        if result is not NotImplemented:
            return result
    for x in overriders:
        result = x.__torch_function__(public, kinds, args, kwargs)
        if result is not NotImplemented:
            return result
    raise _nobody(public, kinds, modes)


class _NotImplementedByAny(TypeError):
    """All that were asked gave NotImplemented."""


_NotImplementedByAny.__name__ = _NotImplementedByAny.__qualname__ = "TypeError"
_NotImplementedByAny.__module__ = "builtins"
_BINARY = {
    f"__{prefix}{name}__"
    for name in "add and div floordiv lshift matmul mod mul or pow rshift sub truediv xor".split()
    for prefix in ("", "i", "r")
} | {f"__{name}__" for name in "eq ne lt le gt ge".split()}


def _is_generated(public: Any) -> bool:
    """Whether a function comes from the operation table, as PyTorch's built-in ones do from C++."""
    return public.__code__.co_filename.startswith("<") if isinstance(public, types.FunctionType) else False


def _nobody(public: Any, kinds: tuple, modes: tuple) -> TypeError:
    module, name = str(getattr(public, "__module__", "")), getattr(public, "__name__", public)
    if module.startswith("jaxtorch.") and _is_generated(public):
        module = "torch"
    if module.startswith("jaxtorch.") and not module.startswith(("jaxtorch.nn.", "jaxtorch._")):
        module = module.replace("jaxtorch", "torch", 1)
    elif module.startswith("jaxtorch"):
        module = "torch.nn.functional" if module.startswith("jaxtorch.nn.functional") else "torch"
    if not module.startswith("torch") or module == "torch.nn.functional":  # functions written in Python
        message = f"no implementation found for '{module}.{name}' on types that implement __torch_function__: "
        message += f"{list(kinds)}"
        return _NotImplementedByAny(
            message + (f" nor was it found on the currently active mode {modes[-1]}" if modes else "")
        )
    lines = [f"  - mode object {modes[-1]}"] if modes else []
    lines += [f"  - tensor subclass {kind}" for kind in kinds]
    return _NotImplementedByAny(
        f"Multiple dispatch failed for '{module}.{name}'; all __torch_function__ handlers returned NotImplemented:\n\n"
        + "\n".join(lines)
        + "\n\nFor more information, try re-running with TORCH_LOGS=not_implemented"
    )


def dispatch(twin: Any, args: tuple, kwargs: dict) -> Any:
    """A call of a public function after activation."""
    if not state.modes and (not state.subclasses or twin.modes_only):
        return twin(*args, **kwargs) if state.cast is None else state.cast(twin, args, kwargs)
    found = [] if twin.modes_only or not state.subclasses else overloaded(relevant(args, kwargs))
    if found or state.modes:
        try:
            told = twin.told(*args) if twin.told and not state.modes else args
            return call_overrides(twin.public, found, told, kwargs)
        except _NotImplementedByAny:
            if twin.__name__ in _BINARY:  # the other operand's class may know
                return NotImplemented
            raise
    return twin(*args, **kwargs) if state.cast is None else state.cast(twin, args, kwargs)


# ----- Activation -----


@functools.cache
def _dispatcher_code(free: int) -> types.CodeType:
    """The dispatcher's code with as many free variables as the function it is put into has."""
    cells = [f"_cell{i}" for i in range(free)]
    lines = [
        "def outer():",
        *[f"    {c} = None" for c in cells],
        "    def dispatcher(*args, _twin, _dispatch, **kwargs):",
        f"        if 0: {', '.join(cells) or 'None'}",
        "        return _dispatch(_twin, args, kwargs)",
        "    return dispatcher",
    ]
    scope: dict[str, Any] = {}
    exec("\n".join(lines), scope)
    return scope["outer"]().__code__


def _replace(function: types.FunctionType, public: Any, modes_only: bool) -> None:
    if "_twin" in (function.__kwdefaults__ or {}):
        return
    code = function.__code__
    twin: Any = types.FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__qualname__, twin.__module__, twin.__doc__ = function.__qualname__, function.__module__, function.__doc__
    twin.public, twin.modes_only = public, modes_only
    twin.told = getattr(function, "told", None)  # orders a call's arguments as overrides get to see them
    if hasattr(function, "__wrapped__"):
        twin.__wrapped__ = function.__wrapped__
    function.__wrapped__ = twin  # type: ignore[attr-defined]  # its signature
    function.__defaults__ = None
    function.__kwdefaults__ = {"_twin": twin, "_dispatch": dispatch}
    function.__code__ = _dispatcher_code(len(code.co_freevars)).replace(
        co_name=code.co_name, co_filename=code.co_filename, co_firstlineno=code.co_firstlineno
    )


def activate() -> None:
    """Let every public function ask its arguments' classes and the modes; nothing happens the second time."""
    global _activated
    if _activated or _surface is None:
        return
    _activated = True
    for member, public, by_arguments in list(_surface()):
        if isinstance(member, types.FunctionType):
            _replace(member, public, not by_arguments)
        elif isinstance(member, property):
            if isinstance(member.fget, types.FunctionType):
                _replace(member.fget, member.__get__, False)
            if isinstance(member.fset, types.FunctionType):
                _replace(member.fset, member.__set__, False)


def again(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function once more that met an argument of an unknown type: NotImplemented unless it overrides."""
    if not overloaded(relevant(args, kwargs)):
        return NotImplemented
    activate()
    return function(*args, **kwargs)


_GUARDED_ALREADY = frozenset(("again", "_again"))  # what generated functions call when an argument is not theirs


@functools.cache
def guarded(function: Any) -> Any:
    """A public function that, when it fails, asks whether an argument of another class overrides it.

    Only for functions written by hand that do not ask by themselves; methods stay as they are.
    """
    if not isinstance(function, types.FunctionType) or not _GUARDED_ALREADY.isdisjoint(function.__code__.co_names):
        return function

    @functools.wraps(function)
    def guard(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (AttributeError, TypeError):
            found = NotImplemented if _activated else again(guard, *args, **kwargs)
            if found is NotImplemented:
                raise
            return found

    return guard


class Overrides:
    """What makes subclasses of Tensor keep their class."""

    __slots__ = ()
    _prints_plain = True  # subclasses print under their own name

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__module__.startswith("jaxtorch."):
            cls._prints_plain = False
        if not cls.__module__.startswith("jaxtorch.") and cls.__torch_function__ is not disabled:
            activate()

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run `func`, and give tensors in its result this class.

        Override it, as a classmethod, to see every call of a function with an instance among its arguments.
        """
        if not all(issubclass(cls, t) for t in types):
            return NotImplemented
        before, state.subclasses = state.subclasses, False
        try:
            result = func(*args, **(kwargs or {}))
        finally:
            state.subclasses = before
        return result if _keeps_class(func) else _converted(result, cls)


def _keeps_class(func: Any) -> bool:
    owner = getattr(func, "__self__", None)
    return isinstance(owner, property) and getattr(owner.fget, "__name__", "") in ("grad", "_grad", "_base")


_as_subclass: Any = None
_base: Any = None


def set_tensor(base: type, as_subclass: Any) -> None:
    """Name the Tensor class and what makes a subclass of a tensor; once, by `tensor`."""
    global _as_subclass, _base
    _base, _as_subclass = base, as_subclass
    _plain.update((base, int, float, bool, str, type(None), complex))


def _converted(x: Any, cls: type) -> Any:
    if cls is _base:
        return x
    if isinstance(x, _base):
        return x if isinstance(x, cls) else _as_subclass(x, cls)
    if type(x) in (tuple, list):
        return type(x)([_converted(i, cls) for i in x])
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*[_converted(i, cls) for i in x])
    return x
