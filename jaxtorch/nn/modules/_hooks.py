"""Hooks of modules: the registries common to all modules, the registration methods, and a call with hooks around it."""

from __future__ import annotations

import functools
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._tensor.removable import RemovableHandle
from jaxtorch.nn.modules._backward_hook import BackwardHook, warn_about_old_hook

_global_buffer_registration_hooks: dict[int, Callable] = OrderedDict()
_global_module_registration_hooks: dict[int, Callable] = OrderedDict()
_global_parameter_registration_hooks: dict[int, Callable] = OrderedDict()
_global_backward_pre_hooks: dict[int, Callable] = OrderedDict()
_global_backward_hooks: dict[int, Callable] = OrderedDict()
_global_forward_pre_hooks: dict[int, Callable] = OrderedDict()
_global_forward_hooks: dict[int, Callable] = OrderedDict()
_global_forward_hooks_always_called: dict[int, bool] = OrderedDict()
_global_forward_hooks_with_kwargs: dict[int, bool] = OrderedDict()
_global_is_full_backward_hook: bool | None = None

_MIXED = "Cannot use both regular backward hooks and full backward hooks {}. Please use only one of them."


class _WrappedHook:
    """A hook that gets its module as first argument, held weakly."""

    def __init__(self, hook: Callable, module: Any = None) -> None:
        self.hook = hook
        functools.update_wrapper(self, hook)
        self.with_module = module is not None
        if module is not None:
            self.module = weakref.ref(module)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.with_module:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self) -> dict:
        state = {"hook": self.hook, "with_module": self.with_module}
        if self.with_module:
            state["module"] = self.module()
        return state

    def __setstate__(self, state: dict) -> None:
        self.hook, self.with_module = state["hook"], state["with_module"]
        if self.with_module:
            if state["module"] is None:
                raise RuntimeError("You are trying to revive the hook of a dead Module!")
            self.module = weakref.ref(state["module"])


def _register(hooks: Any, hook: Callable, prepend: bool = False, marks: tuple = ()) -> RemovableHandle:
    """Add a hook; `marks` are (dictionary, whether) pairs that note a property of it."""
    handle = RemovableHandle(hooks, hook, extra_dict=[d for d, _ in marks])
    for d, wanted in marks:
        if wanted:
            d[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


# ----- Hooks of all modules -----


def register_module_buffer_registration_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, name, buffer)` whenever a buffer is registered; it may return another buffer."""
    return _register(_global_buffer_registration_hooks, hook)


def register_module_module_registration_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, name, submodule)` whenever a submodule is registered; it may return another one."""
    return _register(_global_module_registration_hooks, hook)


def register_module_parameter_registration_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, name, param)` whenever a parameter is registered; it may return another one."""
    return _register(_global_parameter_registration_hooks, hook)


def register_module_forward_pre_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, args)` before every module's forward; what it returns replaces the arguments."""
    return _register(_global_forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Callable, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after every module's forward; what it returns replaces the output."""
    return _register(
        _global_forward_hooks,
        hook,
        marks=((_global_forward_hooks_with_kwargs, with_kwargs), (_global_forward_hooks_always_called, always_call)),
    )


def _set_global_kind(full: bool) -> None:
    global _global_is_full_backward_hook
    if _global_is_full_backward_hook is (not full):
        raise RuntimeError(_MIXED.format("as a global Module hook"))
    _global_is_full_backward_hook = full


def register_module_backward_hook(hook: Callable) -> RemovableHandle:
    """Deprecated in PyTorch too: use `register_module_full_backward_hook`."""
    _set_global_kind(False)
    return _register(_global_backward_hooks, hook)


def register_module_full_backward_pre_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, grad_output)` before every module's backward; what it returns replaces `grad_output`."""
    return _register(_global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Callable) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` in every backward; what it returns replaces `grad_input`."""
    _set_global_kind(True)
    return _register(_global_backward_hooks, hook)


# ----- Hooks of one module -----


class HookMethods:
    """Registration methods of Module, and the call of `forward` with hooks."""

    _backward_pre_hooks: OrderedDict
    _backward_hooks: OrderedDict
    _is_full_backward_hook: bool | None
    _forward_hooks: OrderedDict
    _forward_hooks_with_kwargs: OrderedDict
    _forward_hooks_always_called: OrderedDict
    _forward_pre_hooks: OrderedDict
    _forward_pre_hooks_with_kwargs: OrderedDict
    forward: Callable

    def register_forward_pre_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns replaces the arguments.

        With `with_kwargs`, `hook(module, args, kwargs)` returns None or `(args, kwargs)`.
        """
        return _register(self._forward_pre_hooks, hook, prepend, ((self._forward_pre_hooks_with_kwargs, with_kwargs),))

    def register_forward_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after forward; what it returns replaces the output.

        With `with_kwargs`, `hook(module, args, kwargs, output)`; with `always_call` also when forward raised.
        """
        return _register(
            self._forward_hooks,
            hook,
            prepend,
            ((self._forward_hooks_with_kwargs, with_kwargs), (self._forward_hooks_always_called, always_call)),
        )

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` before the module's backward; what it returns replaces `grad_output`."""
        return _register(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` in backward; what it returns replaces `grad_input`."""
        self._set_backward_kind(True)
        return _register(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Callable) -> RemovableHandle:
        """Deprecated in PyTorch too: use `register_full_backward_hook`."""
        self._set_backward_kind(False)
        return _register(self._backward_hooks, hook)

    def _set_backward_kind(self, full: bool) -> None:
        if self._is_full_backward_hook is (not full):
            raise RuntimeError(_MIXED.format("on a single Module"))
        self._is_full_backward_hook = full

    def _get_backward_hooks(self) -> tuple[list, list]:
        """Full and non-full backward hooks, those of all modules first."""
        kinds: dict[bool, list] = {True: [], False: []}
        for full, hooks in (
            (_global_is_full_backward_hook, _global_backward_hooks),
            (self._is_full_backward_hook, self._backward_hooks),
        ):
            if full is not None:
                kinds[full] += hooks.values()
        return kinds[True], kinds[False]

    def _get_backward_pre_hooks(self) -> list:
        return [*_global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]

    def _has_hooks(self) -> Any:
        return (
            self._backward_hooks
            or self._backward_pre_hooks
            or self._forward_hooks
            or self._forward_pre_hooks
            or _global_backward_pre_hooks
            or _global_backward_hooks
            or _global_forward_hooks
            or _global_forward_pre_hooks
        )

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        if not self._has_hooks():
            return self.forward(*args, **kwargs)
        done: dict[str, Any] = {"result": None, "called": set()}
        try:
            return self._call_with_hooks(args, kwargs, done)
        except Exception:
            self._call_remaining(args, kwargs, done)
            raise

    def _call_with_hooks(self, args: tuple, kwargs: dict, done: dict) -> Any:
        full, old = self._get_backward_hooks()
        pre = self._get_backward_pre_hooks()
        args, kwargs = self._before_forward(args, kwargs)
        backward_hook = None
        if full or pre:
            backward_hook = BackwardHook(self, full, pre)
            args = backward_hook.setup_input_hook(args)
        result = done["result"] = self.forward(*args, **kwargs)
        for hook_id, hook in (*_global_forward_hooks.items(), *self._forward_hooks.items()):
            done["called"].add(hook_id)
            with_kwargs = hook_id in self._forward_hooks_with_kwargs or hook_id in _global_forward_hooks_with_kwargs
            changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            if changed is not None:
                result = done["result"] = changed
        if backward_hook is not None:
            if not isinstance(result, (Variable, tuple)):
                warnings.warn(
                    f"For backward hooks to be called, module output should be a Tensor or a tuple of "
                    f"Tensors but received {type(result)}",
                    stacklevel=5,
                )
            result = backward_hook.setup_output_hook(result)
        if old:
            self._register_old_hooks(old, args, result)
        return result

    def _before_forward(self, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        for hook_id, hook in (*_global_forward_pre_hooks.items(), *self._forward_pre_hooks.items()):
            if hook_id in self._forward_pre_hooks_with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                            f"but got {changed}."
                        )
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        return args, kwargs

    def _register_old_hooks(self, hooks: list, args: tuple, result: Any) -> None:
        found = result
        while not isinstance(found, Variable):
            if isinstance(found, dict):
                found = next(v for v in found.values() if isinstance(v, Variable))
            else:
                found = found[0]
        grad_fn = found.grad_fn
        if grad_fn is not None:
            for hook in hooks:
                grad_fn.register_hook(_WrappedHook(hook, self))
            warn_about_old_hook(args, result, grad_fn)

    def _call_remaining(self, args: tuple, kwargs: dict, done: dict) -> None:
        """Call the `always_call` hooks that an exception kept from being called."""
        for hooks, always, with_kwargs, what in (
            (_global_forward_hooks, _global_forward_hooks_always_called, {}, "global module"),
            (self._forward_hooks, self._forward_hooks_always_called, self._forward_hooks_with_kwargs, "module"),
        ):
            for hook_id, hook in hooks.items():
                if hook_id not in always or hook_id in done["called"]:
                    continue
                try:
                    result = done["result"]
                    changed = hook(self, args, kwargs, result) if hook_id in with_kwargs else hook(self, args, result)
                    if changed is not None:
                        done["result"] = changed
                except Exception as e:
                    warnings.warn(
                        f"{what} forward hook with ``always_call=True`` raised an exception that was "
                        f"silenced as another error was raised in forward: {e!s}",
                        stacklevel=3,
                    )
