"""Registration of ops and their rules by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jaxtorch.library._custom_op import EARLY, OPS, CustomOpDef

_COMPOSITE = ("", "CompositeImplicitAutograd")
_DEVICES = {"CPU": "cpu", "CUDA": "cuda", "Meta": "meta", "CompositeExplicitAutograd": None, "default": None}


def _find(op: Any) -> CustomOpDef:
    if isinstance(op, CustomOpDef):
        return op
    name = getattr(op, "qualname", op)
    if not isinstance(name, str):
        raise ValueError(f"expected a custom op or its qualified name, got op: {type(op)}")
    if name not in OPS:
        raise RuntimeError(f"operator {name} does not exist")
    return OPS[name]


def _when_declared(op: Any, register: Callable[[CustomOpDef], Any]) -> None:
    if isinstance(op, str) and op not in OPS:
        EARLY.setdefault(op, []).append(register)
    else:
        register(_find(op))


def register_kernel(op: Any, device_types: Any, func: Callable | None = None, /, *, lib: Any = None) -> Any:
    """`CustomOpDef.register_kernel` of an op given by name."""
    return _find(op).register_kernel(device_types, func)


def register_fake(
    op: Any, func: Callable | None = None, /, *, lib: Any = None, _stacklevel: int = 1, allow_override: bool = True
) -> Any:
    """`CustomOpDef.register_fake` of an op given by name; a decorator without `func`.

    Differs from PyTorch: the op may be declared later, so that packages without their compiled ops can be imported.
    """

    def register(func: Callable) -> Callable:
        _when_declared(op, lambda found: found.register_fake(func))
        return func

    return register if func is None else register(func)


def register_autograd(
    op: Any, backward: Callable, /, *, setup_context: Callable | None = None, lib: Any = None
) -> None:
    """`CustomOpDef.register_autograd` of an op given by name."""
    _find(op).register_autograd(backward, setup_context=setup_context)


def register_vmap(op: Any, func: Callable | None = None, /, *, lib: Any = None) -> Any:
    """`CustomOpDef.register_vmap` of an op given by name."""
    return _find(op).register_vmap(func)


def define(qualname: str, schema: str, *, lib: Any = None, tags: Any = ()) -> None:
    """Declare an op by its schema; `impl` gives it what it does."""
    if not isinstance(qualname, str):
        raise ValueError(f"define(qualname, schema): expected qualname to be instance of str, got {type(qualname)}")
    namespace, name = qualname.split("::")
    CustomOpDef(namespace, name, schema, None)


def impl(qualname: Any, types: Any, func: Callable | None = None, *, lib: Any = None) -> Any:
    """Give an op its implementation for device types ("default": all); a decorator without `func`."""

    def register(func: Callable) -> Callable:
        for kind in [types] if isinstance(types, str) else types:
            _when_declared(qualname, functools.partial(_implement, key=kind, func=func))
        return func

    return register if func is None else register(func)


def _implement(op: CustomOpDef, key: str, func: Callable) -> None:
    if key in _COMPOSITE:
        op._composite = func
    elif key == "Meta":
        op.register_fake(func)
    elif key in ("Autograd", "AutogradCPU"):
        raise NotImplementedError('impl with the key "Autograd" is not supported by jaxtorch; use register_autograd')
    else:
        op.register_kernel(_DEVICES.get(key, key))(func)


class Library:
    """A namespace of ops: `define` and `impl` by name within it."""

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in ("IMPL", "DEF", "FRAGMENT"):
            raise ValueError("Unsupported kind: ", kind)
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self._own: list[str] = []

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Declare an op by a schema that begins with its name."""
        name = schema.partition("(")[0].strip()
        define(f"{self.ns}::{name}", schema[len(name) :].strip())
        self._own.append(f"{self.ns}::{name}")
        return name

    def impl(
        self,
        op_name: Any,
        fn: Callable,
        dispatch_key: str = "",
        *,
        with_keyset: bool = False,
        allow_override: bool = False,
    ) -> None:
        """Give an op of the namespace its implementation."""
        name = op_name if isinstance(op_name, str) else op_name.qualname
        key = dispatch_key or self.dispatch_key
        _when_declared(name if "::" in name else f"{self.ns}::{name}", lambda op: _implement(op, key, fn))

    def _destroy(self) -> None:
        for name in self._own:
            OPS.pop(name, None)


def fallthrough_kernel() -> None:
    """Not supported: there are no dispatch keys to fall through."""
    raise NotImplementedError("fallthrough_kernel() should never be called.")
