"""What tracing changes for its time: `wrap`ped functions in the modules that call them, and methods of classes."""

from __future__ import annotations

import builtins
import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from jaxtorch.fx._wrap import _wrapped_fns_to_patch
from jaxtorch.fx.node import map_aggregate
from jaxtorch.fx.proxy import Proxy

_wrapped_methods_to_patch: list[tuple[type, str]] = []
_ABSENT = object()


def _find_proxy(*values: Any) -> Proxy | None:
    found: list[Proxy] = []
    map_aggregate(values, lambda x: found.append(x) if isinstance(x, Proxy) else None)
    return found[-1] if found else None


def _create_wrapped_func(orig_fn: Callable) -> Callable:
    @functools.wraps(orig_fn)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        proxy = _find_proxy(args, kwargs)
        if proxy is None:
            return orig_fn(*args, **kwargs)
        made = proxy.tracer.create_proxy("call_function", orig_fn, args, kwargs)
        made.node.meta["is_wrapped"] = True
        return made

    return wrapped


def _create_wrapped_method(cls: type, name: str) -> Callable:
    orig_fn = getattr(cls, name)

    @functools.wraps(orig_fn)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        proxy = _find_proxy(args, kwargs)
        if proxy is None:
            return orig_fn(*args, **kwargs)
        return proxy.tracer.create_proxy("call_method", name, args, kwargs)

    return wrapped


class _Patcher:
    """Replaced names of modules and attributes of classes, which can be put back."""

    def __init__(self) -> None:
        self._made: list[tuple[Callable, Callable]] = []  # how to apply, how to undo
        self._visited: set[int] = set()

    def _apply(self, apply: Callable, undo: Callable) -> None:
        apply()
        self._made.append((apply, undo))

    def patch(self, frame_dict: dict, name: str, new_fn: Any, deduplicate: bool = True) -> None:
        """Replace a global name of a module, a builtin's too."""
        new_fn.__fx_already_patched = deduplicate
        before = frame_dict.get(name, _ABSENT)
        if getattr(before, "__fx_already_patched", False):
            return
        if before is _ABSENT:
            self._apply(lambda: frame_dict.__setitem__(name, new_fn), lambda: frame_dict.__delitem__(name))
        else:
            self._apply(lambda: frame_dict.__setitem__(name, new_fn), lambda: frame_dict.__setitem__(name, before))

    def patch_method(self, cls: type, name: str, new_fn: Any, deduplicate: bool = True) -> None:
        """Replace a method of a class."""
        new_fn.__fx_already_patched = deduplicate
        before = getattr(cls, name)
        if not getattr(before, "__fx_already_patched", False):
            self._apply(lambda: setattr(cls, name, new_fn), lambda: setattr(cls, name, before))

    def visit_once(self, thing: Any) -> bool:
        """Whether a module is seen for the first time."""
        new = id(thing) not in self._visited
        self._visited.add(id(thing))
        return new

    def revert_all_patches(self) -> None:
        for _, undo in reversed(self._made):
            undo()

    def reapply_all_patches(self) -> None:
        for apply, _ in self._made:
            apply()


CURRENT_PATCHER: _Patcher | None = None


@contextlib.contextmanager
def _new_patcher() -> Iterator[_Patcher]:
    global CURRENT_PATCHER
    before, CURRENT_PATCHER = CURRENT_PATCHER, _Patcher()
    patcher = CURRENT_PATCHER
    try:
        yield patcher
    finally:
        patcher.revert_all_patches()
        CURRENT_PATCHER = before


@contextlib.contextmanager
def _maybe_revert_all_patches() -> Iterator[None]:
    current = CURRENT_PATCHER
    if current is not None:
        current.revert_all_patches()
    try:
        yield
    finally:
        if current is not None:
            current.reapply_all_patches()


def _patch_wrapped_functions(patcher: _Patcher) -> None:
    for (_, name), frame_dict in _wrapped_fns_to_patch.copy().items():
        original = frame_dict[name] if name in frame_dict else getattr(builtins, name)
        patcher.patch(frame_dict, name, _create_wrapped_func(original))
    for cls, name in _wrapped_methods_to_patch:
        patcher.patch_method(cls, name, _create_wrapped_method(cls, name))


def _autowrap_check(patcher: _Patcher, frame_dict: dict, function_ids: set[int]) -> None:
    """Replace the functions in a module that are always leaves."""
    if not patcher.visit_once(frame_dict):
        return
    for name, value in list(frame_dict.items()):
        if not name.startswith("_") and callable(value) and id(value) in function_ids:
            patcher.patch(frame_dict, name, _create_wrapped_func(value))
