"""What `torch.compile` makes of a module: a module that holds it."""

from __future__ import annotations

from typing import Any

from jaxtorch.compiler._function import CompiledFunction, compiled
from jaxtorch.compiler._options import Asked, check
from jaxtorch.nn.modules.module import Module

_NOTHING_ASKED = Asked()
_OWN = ("_orig_mod", "training", "forward", "_forward_hooks", "_forward_pre_hooks")


class OptimizedModule(Module):
    """A module that runs another, which it holds as `_orig_mod`: names in its state dict begin with that.

    Attributes are read from the other module and set on it, `training` included.
    """

    def __init__(self, mod: Module, dynamo_ctx: Any = None, *, asked: Asked = _NOTHING_ASKED) -> None:
        super().__init__()
        self._modules["_orig_mod"] = mod
        self.__dict__["_runner"] = CompiledFunction(mod, type(mod).__name__, asked)

    @property
    def training(self) -> bool:
        """The other module's."""
        return self._modules["_orig_mod"].training

    @training.setter
    def training(self, value: bool) -> None:
        held = self.__dict__.get("_modules", {}).get("_orig_mod")
        if held is not None:  # else it is being made
            held.training = value

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the other module gives when it is called."""
        return self._runner(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        held = self.__dict__.get("_modules", {}).get("_orig_mod")
        if name == "_orig_mod" and held is not None:
            return held
        if held is None or name in self._modules:
            return super().__getattr__(name)
        return getattr(held, name)

    def __setattr__(self, name: str, value: Any) -> None:
        held = self.__dict__.get("_modules", {}).get("_orig_mod")
        if held is None or name in _OWN or name in self.__dict__:
            super().__setattr__(name, value)
        else:
            setattr(held, name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._modules["_orig_mod"])})


def _compile(
    self: Module,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: Any = None,
    disable: bool = False,
) -> None:
    """Let calls of the module be captured and replayed, as those of `torch.compile(module)` are."""
    asked = check(fullgraph, backend, mode, options)
    if not disable:
        self._compiled_call_impl = compiled(self._call_impl, type(self).__name__, asked)


Module.compile = _compile  # type: ignore[method-assign]
