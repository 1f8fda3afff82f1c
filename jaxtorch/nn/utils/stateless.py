"""Calling a module with other parameters and buffers than its own."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch.nn.modules.module import Module

__all__ = ["functional_call"]
_ABSENT = object()


def _swap(module: Module, path: str, tensor: Any) -> Any:
    """Put a tensor in the place of a module's tensor, or take it away; gives what was there."""
    if tensor is not _ABSENT and tensor is not None and not isinstance(tensor, Variable):
        raise TypeError(f"{tensor} is not an instance of torch.Tensor")
    prefix, _, name = path.rpartition(".")
    owner: Any = module.get_submodule(prefix)
    for table in (owner._parameters, owner._buffers):
        if name in table:
            before = table.pop(name) if tensor is _ABSENT else table[name]
            if tensor is not _ABSENT:
                table[name] = tensor
            return before
    before = getattr(owner, name, _ABSENT)
    if before is not _ABSENT and before is not None and not isinstance(before, Variable):
        raise TypeError(f"attribute `{name}`: {before} is not an instance of torch.Tensor")
    if tensor is not _ABSENT:
        setattr(owner, name, tensor)  # a Parameter under a new name is one of the module's while it is called
    elif before is not _ABSENT:
        delattr(owner, name)
    return before


def _with_tied_names(module: Module, given: dict[str, Any]) -> dict[str, Any]:
    """The given tensors also under the other names of the ones they stand for."""
    names_of: dict[int, list[str]] = {}
    for members in (module.named_parameters(remove_duplicate=False), module.named_buffers(remove_duplicate=False)):
        for name, tensor in members:
            names_of.setdefault(id(tensor), []).append(name)
    full = dict(given)
    for names in names_of.values():
        values = [given[n] for n in names if n in given]
        if len({id(v) for v in values}) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider "
                f"using tie_weights=False"
            )
        if values:
            full.update(dict.fromkeys(names, values[0]))
    return full


def _check_keys(module: Module, given: dict[str, Any]) -> None:
    known = {
        name
        for name, _ in (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))
    }
    messages = []
    for kind, keys in (("Unexpected", [k for k in given if k not in known]), ("Missing", sorted(known - set(given)))):
        if keys:
            messages.append(f"{kind} key(s): {', '.join(map(repr, keys))}.")
    if messages:
        raise RuntimeError(
            "Error(s) in reparametrizing for {}:\n\t{}".format(module._get_name(), "\n\t".join(messages))
        )


@contextlib.contextmanager
def _reparametrize_module(
    module: Module,
    parameters_and_buffers: dict[str, Any],
    tie_weights: bool = False,
    strict: bool = False,
    stack_weights: bool = False,
) -> Iterator[None]:
    given = _with_tied_names(module, parameters_and_buffers) if tie_weights else dict(parameters_and_buffers)
    if strict:
        _check_keys(module, given)
    replaced: list[tuple[str, Any]] = []
    try:
        for name, tensor in given.items():
            replaced.append((name, _swap(module, name, tensor)))
        yield
    finally:
        for name, before in reversed(replaced):
            now = _swap(module, name, before)
            # A buffer that forward replaced is handed to the caller.
            if name in parameters_and_buffers:
                parameters_and_buffers[name] = None if now is _ABSENT else now


def _functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`torch.func.functional_call` for one dictionary."""
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _reparametrize_module(module, parameters_and_buffers, tie_weights, strict):
        return module(*args, **(kwargs or {}))


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Deprecated in PyTorch too: use `torch.func.functional_call`."""
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in "
        "a future "
        "version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
