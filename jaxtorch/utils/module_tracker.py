"""`torch.utils.module_tracker`: which modules are running."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.backward import current_pass, queue_callback
from jaxtorch._autograd.variable import Variable
from jaxtorch.autograd.graph import register_multi_grad_hook
from jaxtorch.nn.modules._hooks import register_module_forward_hook, register_module_forward_pre_hook
from jaxtorch.utils._pytree import tree_leaves

__all__ = ["ModuleTracker"]

logger = logging.getLogger(__name__)


class ModuleTracker:
    """Within it, `parents` are the dotted names of the modules that run, forward or backward, and "Global".

    with ModuleTracker() as tracker:
        model(x)  # tracker.parents in a module's forward: {"Global", "Net", "Net.layer"}
    """

    parents: set[str]

    def __init__(self) -> None:
        self.parents = {"Global"}
        self._known_modules: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
        self._seen_modules: weakref.WeakSet = weakref.WeakSet()
        self._has_callback = False
        self._hooks: list[Any] = []

    @property
    def is_bw(self) -> bool:
        """Whether a backward pass is running."""
        return current_pass() != -1

    def _reset_after_backward(self) -> None:
        if self._has_callback:
            return

        def reset() -> None:
            self.parents = {"Global"}
            self._has_callback = False

        queue_callback(reset)
        self._has_callback = True

    def _get_mod_name(self, mod: Any) -> str:
        name = self._known_modules.setdefault(mod, type(mod).__name__)
        if mod not in self._seen_modules:
            for child_name, child in mod.named_children():
                self._known_modules[child] = f"{name}.{child_name}"
                self._get_mod_name(child)
            self._seen_modules.add(mod)
        return name

    def _entered(self, name: str, backward: bool) -> Callable:
        def enter(*gradients: Any) -> None:
            if backward:
                self._reset_after_backward()
            if name in self.parents:
                logger.info("The module hierarchy tracking seems to be broken: %s was already entered", name)
            self.parents.add(name)

        return enter

    def _left(self, name: str) -> Callable:
        def leave(*gradients: Any) -> None:
            if name not in self.parents:
                logger.info("The module hierarchy tracking is confused: %s was never entered", name)
            self.parents.discard(name)

        return leave

    def _on_gradients(self, values: Any, hook: Callable) -> None:
        tensors = [x for x in tree_leaves(values) if isinstance(x, Variable) and x._rg]
        if tensors:
            self._hooks.append(register_multi_grad_hook(tensors, hook))

    def _before(self, mod: Any, inputs: Any) -> None:
        name = self._get_mod_name(mod)
        self._entered(name, False)()
        self._on_gradients(inputs, self._left(name))

    def _after(self, mod: Any, inputs: Any, outputs: Any) -> None:
        name = self._get_mod_name(mod)
        self._left(name)()
        self._on_gradients(outputs, self._entered(name, True))

    def __enter__(self) -> ModuleTracker:
        self._handles = [
            register_module_forward_pre_hook(self._before),
            register_module_forward_hook(self._after),
        ]
        return self

    def __exit__(self, *error: Any) -> None:
        for handle in (*self._handles, *self._hooks):
            handle.remove()
        self._hooks.clear()
