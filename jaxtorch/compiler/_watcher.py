"""What Python code a call runs: which functions, which names they read, and whether they do what no tensor shows.

A compiled function is replayed without running its Python code, so everything the code went by has to be known. The
interpreter's profile hook tells of each Python function entered and each C function called. Names are taken from the
code of what was entered: a name that occurs nowhere in it was not read.
"""

from __future__ import annotations

import contextvars
import gc
import sys
import types
from typing import Any

from jaxtorch._engine.breaks import GraphBreak

HEAP_TYPE = 1 << 9  # the flag of classes written in Python, Py_TPFLAGS_HEAPTYPE
_SEEN_TO = ("jaxtorch", "jax", "jaxlib", "numpy", "ml_dtypes", "scipy", "opt_einsum", "torch")
# C functions of these modules look at their arguments alone.
_PURE = frozenset(
    "builtins math cmath _operator operator itertools _functools functools _collections collections _abc _weakref "
    "_heapq _bisect _sre _struct copyreg _typing _stat".split()
)
_IMPURE_BUILTINS = frozenset("print open input eval exec compile globals locals breakpoint id hash".split())
_OUTPUT = frozenset("print open input exec eval breakpoint".split())
# Modules in C that reach out of the program, or draw numbers.
_OUTSIDE = frozenset(
    "time posix nt _io io _random select _socket _ssl _signal signal fcntl mmap _multiprocessing".split()
)
_TITLES = ("Failed to trace builtin operator", "Attempted to call function marked as skipped")  # PyTorch's words
# With names that no code need hold.
_BY_NAME = frozenset("getattr hasattr setattr delattr vars dir __dict__ attrgetter __getattribute__".split())
_PURE_RECEIVERS = (
    BaseException,
    *(
        str,
        bytes,
        bytearray,
        int,
        float,
        complex,
        bool,
        list,
        tuple,
        dict,
        set,
        frozenset,
        slice,
        range,
        type,
        property,
    ),
    *(contextvars.ContextVar, contextvars.Token),
    *(types.MappingProxyType, types.FunctionType, types.MethodType, types.CodeType, types.SimpleNamespace),
)
_PURE_RECEIVER_MODULES = frozenset("collections itertools re functools weakref types _thread contextvars".split())


def root_of(module: Any) -> str:
    """The package a module's name begins with."""
    return module.partition(".")[0] if isinstance(module, str) else ""


def is_inner(module: Any) -> bool:
    """Whether a module is one whose state shows in records, modes and draws alone."""
    root = root_of(module)
    if root in ("jaxtorch", "torch"):  # the launcher lets classes say that they are torch's
        return module.removeprefix(root).startswith(("._", ".compiler"))
    return root in _SEEN_TO


def is_library(module: Any) -> bool:
    """Whether a module's globals do not change while a program runs."""
    root = root_of(module)
    return root in _SEEN_TO or root in sys.stdlib_module_names


class Watcher:
    """The functions that one call entered; used as a context.

    `codes` maps each code entered to the globals it ran with; `names` are the names and strings in them; `refused`
    says what keeps the call from being replayed; `by_name` that attributes were read by computed names.
    """

    def __init__(self) -> None:
        self.codes: dict[types.CodeType, dict[str, Any]] = {}
        self.names: set[str] = set()
        self.refused: str | None = None
        self.by_name = False
        self._inner: dict[types.CodeType, bool] = {}

    def __enter__(self) -> Watcher:
        self._before = sys.getprofile()
        if self._before is not None:
            self.refused = "a profiler is running"
        else:
            # The collector's callbacks, which others put there, are no part of the call.
            self._collecting = gc.isenabled()
            gc.disable()
            sys.setprofile(self._event)
        return self

    def __exit__(self, *_: Any) -> None:
        if self._before is None:
            sys.setprofile(None)
            if self._collecting:
                gc.enable()

    def _event(self, frame: types.FrameType, event: str, arg: Any) -> None:
        if event == "call":
            self._enter(frame)
        elif event == "c_call" and self.refused is None:
            code = frame.f_code
            inner = self._inner.get(code)
            if inner is None:
                inner = self._inner[code] = root_of(frame.f_globals.get("__name__")) in _SEEN_TO
            if not inner and not _serves_inner(frame):
                self._judge(arg, frame)

    def _enter(self, frame: types.FrameType) -> None:
        code = frame.f_code
        if code in self._inner:
            return
        if _imports(frame):  # what a first call does alone
            return
        module = frame.f_globals.get("__name__")
        self._inner[code] = root_of(module) in _SEEN_TO
        if is_inner(module):
            return
        self.codes[code] = frame.f_globals
        self.names.update(code.co_names, code.co_freevars)
        for constant in code.co_consts:
            if isinstance(constant, str):
                self.names.update(constant.split("."))  # as `attrgetter` takes them
        if not self._inner[code] and not _BY_NAME.isdisjoint(code.co_names):
            self.by_name = True  # called, or handed to what calls it

    def _judge(self, function: Any, frame: types.FrameType) -> None:
        receiver = getattr(function, "__self__", None)
        name = getattr(function, "__name__", "?")
        of_module = receiver is None or isinstance(receiver, types.ModuleType)
        home: Any
        if not of_module:
            home = type(receiver).__module__
        else:
            home = getattr(function, "__module__", None) if receiver is None else receiver.__name__
        if home == "builtins" and name in _BY_NAME and of_module:
            self.by_name = True
        if is_pure_root(home):
            return
        if is_library(frame.f_globals.get("__name__")):  # the standard library's own ways are not looked at
            pure = root_of(home) not in _OUTSIDE and not (of_module and home == "builtins" and name in _OUTPUT)
        elif of_module:
            pure = home in _PURE and not (home == "builtins" and name in _IMPURE_BUILTINS)
        else:
            pure = _is_pure_receiver(receiver, name)
        if not pure:
            if _imports(frame):
                return
            called = f"{home}.{name}" if of_module else f"{type(receiver).__qualname__}.{name}"
            self.refused = f"{called} was called in {frame.f_code.co_qualname}"
            if of_module and not is_library(frame.f_globals.get("__name__")) and (home == "time" or name in _OUTPUT):
                self.refused = GraphBreak(self.refused, _TITLES[home == "time"])


def _is_pure_receiver(receiver: Any, name: str) -> bool:
    kind = type(receiver)
    if isinstance(receiver, type) and receiver.__module__ == "datetime":  # which tell the time
        return False
    if isinstance(receiver, _PURE_RECEIVERS) or kind.__module__ in _PURE_RECEIVER_MODULES:
        return True
    # What every object has, of a class written in Python.
    return name.startswith("__") and bool(kind.__flags__ & HEAP_TYPE)


def _serves_inner(frame: types.FrameType) -> bool:
    """Whether a function of the standard library was called by what is not looked at."""
    caller: types.FrameType | None = frame
    while caller is not None and is_library(caller.f_globals.get("__name__")):
        if root_of(caller.f_globals.get("__name__")) in _SEEN_TO:
            return True
        caller = caller.f_back
    return False


def _imports(frame: types.FrameType) -> bool:
    """Whether a module is being imported."""
    caller: types.FrameType | None = frame
    while caller is not None and caller.f_globals.get("__name__") != "importlib._bootstrap":
        caller = caller.f_back
    return caller is not None


def is_pure_root(module: Any) -> bool:
    """Whether C functions of a module are pure but for what is seen elsewhere: arrays' own functions, never draws."""
    return root_of(module) in _SEEN_TO and "random" not in str(module)
