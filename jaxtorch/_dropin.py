"""`import torch` means jaxtorch: the import machinery behind the launcher, notebooks and the drop-in distribution.

What has to hold:

- `torch.X` is the very module object `jaxtorch.X`: nothing runs twice, and isinstance checks work across both names.
- The jaxtorch module keeps its `__spec__`, which reloading goes by; its `__name__` becomes torch's, which libraries
  check and messages show.
- A torch module that jaxtorch lacks fails with the error PyTorch's own import would give, naming `torch.X`.
"""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_TORCH = "torch"
_JAXTORCH = "jaxtorch"
_BESIDE = ("functorch",)  # packages that PyTorch's distribution puts beside torch; here they lie in jaxtorch

# jaxtorch's private top-level modules are its own layers; only by accident do they share names with private modules of
# PyTorch (`_ops`, `_tensor`). One that is meant to be torch's has to be named here.
_PRIVATE_BUT_TORCHS = frozenset(
    {"_C", "_custom_ops", "_dynamo", "_functorch", "_higher_order_ops", "_jit_internal", "_subclasses", "_tensor_str"}
    | {"_utils", "__config__", "__future__"}
)
_ELSEWHERE = {"_tensor": "_tensor.tensor"}  # where PyTorch's Tensor is, and editors import it from


class _AliasLoader(Loader):
    """Puts the jaxtorch module itself under a torch name."""

    def __init__(self, real_name: str) -> None:
        self._real_name = real_name

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave the placeholder to the import system; `exec_module` replaces it."""

    def exec_module(self, module: ModuleType) -> None:
        # After this call the import system hands out whatever stands in sys.modules. Returning the jaxtorch module from
        # create_module instead would overwrite its __spec__ with the one of the torch name.
        real = importlib.import_module(self._real_name)
        sys.modules[module.__name__] = real
        rename(real, module.__name__)


def rename(real: ModuleType, name: str) -> None:
    """Give a module its torch name, and the public ones below it that are loaded already."""
    real.__name__ = name
    below = f"{real.__spec__.name}." if real.__spec__ else f"{name}."
    for found, module in list(sys.modules.items()):
        if found.removeprefix(below).partition(".")[0] in _BESIDE:
            continue
        if found.startswith(below) and "._" not in found.removeprefix(_JAXTORCH):
            module.__name__ = f"{name}.{found.removeprefix(below)}"
            # Importing it later would bind it in its parent, over a function that has its name (autograd.gradcheck).
            sys.modules.setdefault(module.__name__, module)
    _rename_classes(real.__spec__.name if real.__spec__ else name)


# Where PyTorch shows classes that are made elsewhere here, by the beginning of the module's name.
_HOMES = {
    "jaxtorch._autograd.anomaly": "torch.autograd",
    "jaxtorch._autograd.function": "torch.autograd.function",
    "jaxtorch._autograd.grad_mode": "torch.autograd.grad_mode",
    "jaxtorch._autograd.node": "torch.autograd.graph",
    "jaxtorch._base": "torch",
    "jaxtorch._serialization": "torch.serialization",
    "jaxtorch._tensor.gradients": "torch.autograd.graph",
    "jaxtorch._tensor.layouts": "torch",
    "jaxtorch._tensor.random": "torch._C",
    "jaxtorch._tensor.removable": "torch.utils.hooks",
    "jaxtorch._tensor.storages": "torch.storage",
    "jaxtorch._tensor.tensor": "torch",
    "jaxtorch._tensor.typed_storage": "torch.storage",
    "jaxtorch._tensor.legacy_storage": "torch",
    "jaxtorch.library._": "torch.library",
    "jaxtorch.masked._": "torch.masked",
    "jaxtorch.optim.lr_scheduler.": "torch.optim.lr_scheduler",
    "jaxtorch.profiler._": "torch.profiler",
    "jaxtorch.sparse._": "torch.sparse",
}


def _rename_classes(top: str) -> None:
    """Let classes of the loaded modules below `top` say that they are torch's, where they can be found under it.

    Messages and `repr` show it, and pickles name it: a class that is not found there keeps its module.
    """
    for found, module in list(sys.modules.items()):
        if found != top and not found.startswith(f"{top}."):
            continue
        for kind in list(vars(module).values()):
            if isinstance(kind, type) and kind.__module__ == found and found.startswith(_JAXTORCH):
                home = _home(found)
                public = sys.modules.get(home.replace(_TORCH, _JAXTORCH, 1)) if home else None
                if public is not None and getattr(public, kind.__qualname__, None) is kind:
                    kind.__module__ = home


def _home(module: str) -> str:
    same = "" if "._" in module else module.replace(_JAXTORCH, _TORCH, 1)
    return next((home for start, home in _HOMES.items() if module.startswith(start)), same)


class _AliasFinder(MetaPathFinder):
    """Finds `torch` and `torch.X` as `jaxtorch` and `jaxtorch.X`, `functorch` as `jaxtorch.functorch`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top, _, rest = fullname.partition(".")
        if top in _BESIDE:
            rest = fullname
        elif top != _TORCH:
            return None
        child = rest.partition(".")[0]
        rest = _ELSEWHERE.get(rest, rest)
        if child.startswith("_") and child not in _PRIVATE_BUT_TORCHS and rest not in _ELSEWHERE.values():
            # Returning None would let the ordinary finder load the file a second time under the torch name.
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        real_name = f"{_JAXTORCH}.{rest}" if rest else _JAXTORCH
        real = _real_spec(real_name)
        if real is None:
            return None
        spec = ModuleSpec(fullname, _AliasLoader(real_name), origin=real.origin)
        spec.submodule_search_locations = real.submodule_search_locations
        return spec


def _real_spec(name: str) -> ModuleSpec | None:
    module = sys.modules.get(name)
    if module is None:
        return importlib.util.find_spec(name)
    # A module made by hand rather than loaded from a file has no spec, yet it is importable.
    return module.__spec__ or ModuleSpec(name, None)


def install() -> None:
    """Make `import torch`, `from torch import nn` and `import torch.X` in this process mean jaxtorch.

    For notebooks and embedded interpreters: call it before anything imports torch. Calling it again does nothing.
    Scripts need no change at all when started with `python -m jaxtorch script.py`.

    Raises:
        ImportError: PyTorch itself is already imported in this process.

    Example:
        >>> import jaxtorch
        >>> jaxtorch.install()
        >>> import torch
        >>> torch is jaxtorch
        True
    """
    current = sys.modules.get(_TORCH)
    if current is not None and current is not sys.modules.get(_JAXTORCH):
        where = getattr(current, "__file__", None) or "an unknown place"
        raise ImportError(
            f"PyTorch itself is already imported in this process (from {where}). "
            "Call jaxtorch.install() before anything imports torch, or start the script with `python -m jaxtorch`.",
            name=_TORCH,
        )
    if not any(isinstance(finder, _AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AliasFinder())
