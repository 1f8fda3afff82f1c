"""Modules as functions of their parameters, as functorch had them before `torch.func.functional_call`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jaxtorch._root import torch
from jaxtorch.func import functional_call
from jaxtorch.nn.modules.module import Module
from jaxtorch.nn.parameter import Parameter


def _extract(module: Module, members: str, made: Callable) -> dict[str, Any]:
    """The members by name, each once; tensors without data take their places."""
    found = dict(getattr(module, f"named_{members}")())
    blanks: dict[int, Any] = {}
    for name, tensor in dict(getattr(module, f"named_{members}")(remove_duplicate=False)).items():
        owner, _, last = name.rpartition(".")
        blank = blanks.setdefault(id(tensor), made(torch.empty_like(tensor, device="meta")))
        getattr(module.get_submodule(owner), f"_{members}")[last] = blank
    return found


class FunctionalModule(Module):
    """What `make_functional` gives: called with the parameters before the module's own arguments."""

    def __init__(self, stateless_model: Module, param_names: tuple[str, ...]) -> None:
        super().__init__()
        self.stateless_model = stateless_model
        self.param_names = param_names

    def forward(self, params: Iterable, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Call the module with these parameters."""
        return functional_call(self.stateless_model, dict(zip(self.param_names, params, strict=False)), args, kwargs)


class FunctionalModuleWithBuffers(Module):
    """What `make_functional_with_buffers` gives: called with parameters and buffers before the module's arguments."""

    def __init__(self, stateless_model: Module, param_names: tuple[str, ...], buffer_names: tuple[str, ...]) -> None:
        super().__init__()
        self.stateless_model = stateless_model
        self.param_names = param_names
        self.buffer_names = buffer_names

    def forward(  # type: ignore[override]
        self, params: Iterable, buffers: Iterable, *args: Any, **kwargs: Any
    ) -> Any:
        """Call the module with these parameters and buffers."""
        names, values = (*self.param_names, *self.buffer_names), (*params, *buffers)
        return functional_call(self.stateless_model, dict(zip(names, values, strict=False)), args, kwargs)


def make_functional_with_buffers(model: Module, disable_autograd_tracking: bool = False) -> tuple:
    """A module as a function, its parameters, and its buffers."""
    model = copy.deepcopy(model)
    params, buffers = _extract(model, "parameters", Parameter), _extract(model, "buffers", lambda t: t)
    if disable_autograd_tracking:
        for p in params.values():
            p.requires_grad_(False)
    function = FunctionalModuleWithBuffers(model, tuple(params), tuple(buffers))
    return function, tuple(params.values()), tuple(buffers.values())


def make_functional(model: Module, disable_autograd_tracking: bool = False) -> tuple:
    """A module as a function, and its parameters. RuntimeError for one with buffers."""
    if list(model.buffers()):
        raise RuntimeError(
            "make_functional(model): `model` has buffers. Please use make_functional_with_buffers(model) instead."
        )
    function, params, _ = make_functional_with_buffers(model, disable_autograd_tracking)
    return FunctionalModule(function.stateless_model, function.param_names), params


def combine_state_for_ensemble(models: Sequence[Module]) -> tuple:
    """The function of equal modules, and their parameters and buffers stacked, for `vmap` over them."""
    if len(models) == 0:
        raise RuntimeError("combine_state_for_ensemble: Expected at least one model, got 0.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("combine_state_for_ensemble: Expected all models to have the same training/eval mode.")
    if not all(type(m) is type(models[0]) for m in models):
        raise RuntimeError("combine_state_for_ensemble: Expected all models to be of the same class.")
    functions, *states = zip(*[make_functional_with_buffers(m) for m in models], strict=True)
    params, buffers = [tuple(torch.stack(t).detach() for t in zip(*s, strict=True)) for s in states]
    return functions[0], params, buffers
