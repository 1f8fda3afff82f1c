"""The unpickler of `load(weights_only=True)`: an interpreter of pickle opcodes that cannot be made to run code.

A name in the file is looked up in a fixed list (and what the user added to it), never imported; only what is in the
list is called, instantiated or given state; containers are built only where they are plain ones.
"""

from __future__ import annotations

import pickle
import warnings
from _codecs import encode
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from struct import unpack
from typing import Any

from jaxtorch._serialization.names import WEIGHTS, torch_name
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.nn.parameter import Parameter

_BLOCKED = ("sys", "os", "posix", "nt")  # never, even if the user lists something from them

ALLOWED: dict[str, Any] = {
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "_codecs.encode": encode,
    "builtins.bytearray": bytearray,
    "builtins.set": set,
    "builtins.complex": complex,
    **WEIGHTS,
}

_added: set[Any] = set()


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let `load(weights_only=True)` use these classes and functions; an item may be (object, "path.in.the.file")."""
    _added.update(safe_globals)


def get_safe_globals() -> list[Any]:
    """What `add_safe_globals` added."""
    return list(_added)


def clear_safe_globals() -> None:
    """Forget what `add_safe_globals` added."""
    _added.clear()


class safe_globals:
    """`add_safe_globals` for a `with` block."""

    def __init__(self, safe_globals: list[Any]) -> None:
        self.safe_globals = safe_globals

    def __enter__(self) -> None:
        add_safe_globals(self.safe_globals)

    def __exit__(self, *exc: Any) -> None:
        _added.difference_update(self.safe_globals)


def user_globals() -> dict[str, Any]:
    """What the user added, by the path a file has for it."""
    found = {}
    for item in _added:
        if isinstance(item, tuple):
            if len(item) != 2:
                raise ValueError(
                    "Expected tuple of length 2 (global, str of callable full path), but got tuple of length: "
                    f"{len(item)}"
                )
            if type(item[1]) is not str:
                raise TypeError(
                    f"Expected second item in tuple to be str of callable full path, but got: {type(item[1])}"
                )
            found[item[1]] = item[0]
        else:
            found[".".join(torch_name(item))] = item
    return found


def _refusal(path: str) -> str:
    shown = path.removeprefix("builtins").removeprefix(".") if path.startswith("builtins") else path
    return (
        f"Unsupported global: GLOBAL {shown} was not an allowed global by default. Please use "
        f"`torch.serialization.add_safe_globals([{shown}])` or the `torch.serialization.safe_globals([{shown}])` "
        "context "
        "manager to allowlist this global if you trust this class/function."
    )


def _among(obj: Any, names: dict[str, Any]) -> bool:
    return any(obj is value for value in names.values())


HANDLERS: dict[int, Callable] = {}


def _on(*opcodes: bytes) -> Callable:
    def register(function: Callable) -> Callable:
        for opcode in opcodes:
            HANDLERS[opcode[0]] = function
        return function

    return register


class Unpickler:
    """Reads one object from a file of pickle opcodes; `persistent_load` makes its storages."""

    persistent_load: Callable

    def __init__(self, file: Any, *, encoding: str = "bytes") -> None:
        self.encoding = encoding
        self.read = file.read
        self.readline = file.readline
        self.memo: dict[int, Any] = {}
        self.user: dict[str, Any] = user_globals()

    def load(self) -> Any:
        """The object."""
        self.marks: list[list] = []
        self.stack: list[Any] = []
        while True:
            opcode = self.read(1)
            if not opcode:
                raise EOFError
            if opcode == pickle.STOP:
                return self.stack.pop()
            handler = HANDLERS.get(opcode[0])
            if handler is None:
                raise UnpicklingError(f"Unsupported operand {opcode[0]}")
            handler(self)

    def pop_mark(self) -> list:
        """What was pushed since the last MARK."""
        items, self.stack = self.stack, self.marks.pop()
        return items

    def allowed(self, obj: Any) -> bool:
        """Whether an object is on the list."""
        return _among(obj, ALLOWED) or _among(obj, self.user)


# ----- What could run code -----


def read_global(readline: Callable) -> tuple[str, str]:
    """The module and name of a GLOBAL instruction, with Python 2's names brought up to date."""
    module, name = [readline()[:-1].decode("utf-8") for _ in range(2)]
    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[(module, name)]
    return IMPORT_MAPPING.get(module, module), name


@_on(pickle.GLOBAL)
def _global(u: Unpickler) -> None:
    module, name = read_global(u.readline)
    path = f"{module}.{name}"
    if module in _BLOCKED:
        raise UnpicklingError(f"Trying to load unsupported GLOBAL {path} whose module {module} is blocked.")
    if path in ALLOWED:
        u.stack.append(ALLOWED[path])
    elif path in u.user:
        u.stack.append(u.user[path])
    else:
        raise UnpicklingError(_refusal(path))


@_on(pickle.NEWOBJ)
def _newobj(u: Unpickler) -> None:
    args, cls = u.stack.pop(), u.stack.pop()
    if cls is Parameter:
        u.stack.append(Parameter(*args))
    elif u.allowed(cls):
        u.stack.append(cls.__new__(cls, *args))
    else:
        raise UnpicklingError(
            f"Can only create new object for nn.Parameter or classes allowlisted via `add_safe_globals` but got {cls}"
        )


@_on(pickle.REDUCE)
def _reduce(u: Unpickler) -> None:
    args = u.stack.pop()
    function = u.stack[-1]
    if not u.allowed(function):
        owner = f" which belongs to {function.__self__}" if hasattr(function, "__self__") else ""
        raise UnpicklingError(f"Trying to call reduce for unrecognized function {function}{owner}")
    u.stack[-1] = function(*args)


@_on(pickle.BUILD)
def _build(u: Unpickler) -> None:
    state = u.stack.pop()
    made = u.stack[-1]
    kind = type(made)
    if kind is Tensor:
        made.set_(*state)  # files of long ago
    elif kind is OrderedDict:
        made.__dict__.update(state)
    elif u.allowed(kind):
        if hasattr(made, "__setstate__"):
            made.__setstate__(state)
            return
        attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
        made.__dict__.update(attributes or {})
        for name, value in (slots or {}).items():
            setattr(made, name, value)
    else:
        raise UnpicklingError(
            f"Can only build Tensor, Parameter, OrderedDict or types allowlisted via `add_safe_globals`, but got {kind}"
        )


@_on(pickle.BINPERSID)
def _persistent(u: Unpickler) -> None:
    pid = u.stack.pop()
    if type(pid) is not tuple and type(pid) is not int:
        raise UnpicklingError(f"persistent_load id must be tuple or int, but got {type(pid)}")
    if type(pid) is tuple and pid and pid[0] not in ("storage", b"storage"):
        raise UnpicklingError(f"Only persistent_load of storage is allowed, but got {type(pid[0])}")
    u.stack.append(u.persistent_load(pid))


# ----- Containers -----


def _list_on_top(u: Unpickler, verb: str) -> list:
    if type(u.stack[-1]) is not list:
        raise UnpicklingError(f"Can only {verb} lists, but got {type(u.stack[-1])}")
    return u.stack[-1]


@_on(pickle.APPEND)
def _append(u: Unpickler) -> None:
    item = u.stack.pop()
    _list_on_top(u, "append to").append(item)


@_on(pickle.APPENDS)
def _appends(u: Unpickler) -> None:
    items = u.pop_mark()
    _list_on_top(u, "extend").extend(items)


def _dict_on_top(u: Unpickler, opcode: str) -> dict:
    if type(u.stack[-1]) not in (dict, OrderedDict, Counter):
        raise UnpicklingError(
            f"Can only {opcode} for dict, collections.OrderedDict, collections.Counter, but got {type(u.stack[-1])}"
        )
    return u.stack[-1]


@_on(pickle.SETITEM)
def _setitem(u: Unpickler) -> None:
    value, key = u.stack.pop(), u.stack.pop()
    _dict_on_top(u, "SETITEM")[key] = value


@_on(pickle.SETITEMS)
def _setitems(u: Unpickler) -> None:
    items = u.pop_mark()
    target = _dict_on_top(u, "SETITEMS")
    for i in range(0, len(items), 2):
        target[items[i]] = items[i + 1]


@_on(pickle.MARK)
def _mark(u: Unpickler) -> None:
    u.marks.append(u.stack)
    u.stack = []


@_on(pickle.TUPLE)
def _tuple(u: Unpickler) -> None:
    items = u.pop_mark()
    u.stack.append(tuple(items))


def _short_tuple(opcode: bytes, n: int) -> None:
    @_on(opcode)
    def handler(u: Unpickler) -> None:
        u.stack[-n:] = [tuple(u.stack[-n:])]


def _constant(opcode: bytes, make: Callable[[], Any]) -> None:
    @_on(opcode)
    def handler(u: Unpickler) -> None:
        u.stack.append(make())


def _number(opcode: bytes, size: int, code: str) -> None:
    @_on(opcode)
    def handler(u: Unpickler) -> None:
        u.stack.append(unpack(code, u.read(size))[0])


for _opcode, _n in ((pickle.TUPLE1, 1), (pickle.TUPLE2, 2), (pickle.TUPLE3, 3)):
    _short_tuple(_opcode, _n)
for _opcode, _make in (
    (pickle.NONE, lambda: None),
    (pickle.NEWFALSE, lambda: False),
    (pickle.NEWTRUE, lambda: True),
    (pickle.EMPTY_TUPLE, tuple),
    (pickle.EMPTY_LIST, list),
    (pickle.EMPTY_DICT, dict),
    (pickle.EMPTY_SET, set),
):
    _constant(_opcode, _make)
for _opcode, _size, _code in (
    (pickle.BININT, 4, "<i"),
    (pickle.BININT1, 1, "<B"),
    (pickle.BININT2, 2, "<H"),
    (pickle.BINFLOAT, 8, ">d"),
):
    _number(_opcode, _size, _code)


@_on(pickle.LONG1)
def _long1(u: Unpickler) -> None:
    u.stack.append(pickle.decode_long(u.read(u.read(1)[0])))


@_on(pickle.BINUNICODE)
def _binunicode(u: Unpickler) -> None:
    u.stack.append(str(u.read(unpack("<I", u.read(4))[0]), "utf-8", "surrogatepass"))


@_on(pickle.SHORT_BINSTRING)
def _short_binstring(u: Unpickler) -> None:
    content = u.read(u.read(1)[0])
    u.stack.append(content if u.encoding == "bytes" else content.decode(u.encoding, "strict"))


# ----- The memo -----


@_on(pickle.BINGET)
def _binget(u: Unpickler) -> None:
    u.stack.append(u.memo[u.read(1)[0]])


@_on(pickle.LONG_BINGET)
def _long_binget(u: Unpickler) -> None:
    u.stack.append(u.memo[unpack("<I", u.read(4))[0]])


@_on(pickle.BINPUT)
def _binput(u: Unpickler) -> None:
    u.memo[u.read(1)[0]] = u.stack[-1]


@_on(pickle.LONG_BINPUT)
def _long_binput(u: Unpickler) -> None:
    u.memo[unpack("<I", u.read(4))[0]] = u.stack[-1]


@_on(pickle.PROTO)
def _proto(u: Unpickler) -> None:
    protocol = u.read(1)[0]
    if protocol != 2:
        warnings.warn(
            f"Detected pickle protocol {protocol} in the checkpoint, which was not the default pickle protocol used by "
            "`torch.load` (2). The weights_only Unpickler might not support all instructions implemented by this "
            "protocol, please file an issue for adding support if you encounter this.",
            stacklevel=2,
        )


def load(file: Any, *, encoding: str = "ASCII") -> Any:
    """One object, without persistent ids."""
    return Unpickler(file, encoding=encoding).load()
