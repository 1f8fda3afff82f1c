"""How files name classes and functions: by PyTorch's modules."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from jaxtorch._base.devices import device
from jaxtorch._base.dtypes import DTYPES
from jaxtorch._base.sizes import Size
from jaxtorch._tensor import legacy_storage, rebuild, storages, typed_storage
from jaxtorch._tensor.layouts import CONSTANTS, layout
from jaxtorch._tensor.tensor import FUNCTIONS, Tensor
from jaxtorch.nn import modules, parameter

_OURS, _THEIRS, _FUNCTIONAL = "jaxtorch", "torch", "torch.nn.functional"
_SCHEDULERS = "torch.optim.lr_scheduler"


def get_layout(name: str) -> Any:
    """`torch.serialization._get_layout`: a layout by its printed name."""
    return CONSTANTS[name.removeprefix("torch.")]


# What lives elsewhere in PyTorch. Everything else has the same path below `jaxtorch` as below `torch`.
_NAMED: dict[tuple[str, str], Any] = {
    ("torch", "Size"): Size,
    ("torch", "device"): device,
    ("torch", "layout"): layout,
    ("torch", "Tensor"): Tensor,
    ("torch.nn.parameter", "Parameter"): parameter.Parameter,
    ("torch._utils", "_rebuild_tensor"): rebuild.rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): rebuild.rebuild_tensor_v2,
    ("torch._utils", "_rebuild_tensor_v3"): rebuild.rebuild_tensor_v3,
    ("torch._utils", "_rebuild_parameter"): parameter.rebuild_parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): parameter.rebuild_parameter_with_state,
    ("torch._utils", "_rebuild_meta_tensor_no_storage"): rebuild.rebuild_meta_tensor_no_storage,
    ("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"): rebuild.rebuild_device_tensor,
    ("torch._tensor", "_rebuild_from_type_v2"): rebuild.rebuild_from_type_v2,
    ("torch.serialization", "_get_layout"): get_layout,
    ("torch.storage", "UntypedStorage"): storages.UntypedStorage,
    ("torch.storage", "TypedStorage"): typed_storage.TypedStorage,
    **{("torch", name): cls for name, cls in legacy_storage.LEGACY_CLASSES.items()},
}
# Classes, which `weights_only=True` does not make.
_MOVED: dict[tuple[str, str], Any] = {
    ("torch.nn.modules.activation", "MultiheadAttention"): modules.MultiheadAttention,
    **{
        ("torch.nn.modules.rnn", cls.__name__): cls
        for cls in (modules.RNNCellBase, modules.RNNCell, modules.LSTMCell, modules.GRUCell)
    },
}
_BY_OBJECT = {obj: path for path, obj in (*_NAMED.items(), *_MOVED.items())}
# Old files, and other spellings of the same.
_ALIASES: dict[tuple[str, str], Any] = {
    ("torch", "UntypedStorage"): storages.UntypedStorage,
    ("torch", "TypedStorage"): typed_storage.TypedStorage,
    ("torch.tensor", "_rebuild_from_type_v2"): rebuild.rebuild_from_type_v2,
    ("torch.nn", "Parameter"): parameter.Parameter,
    **{("torch.storage", name): cls for name, cls in legacy_storage.LEGACY_CLASSES.items()},
}
WEIGHTS = {
    f"{module}.{name}": obj
    for (module, name), obj in (*_NAMED.items(), *_ALIASES.items())
    if obj not in (layout, typed_storage.TypedStorage) and module != "torch.tensor"
}
WEIGHTS |= {f"torch.{name}": dtype for name, dtype in DTYPES.items()}


def torch_name(obj: Any, name: str | None = None) -> tuple[str, str]:
    """The module and qualified name under which a file holds a class or function."""
    try:
        found = _BY_OBJECT.get(obj)
    except TypeError:
        found = None
    if found is not None:
        return found
    module = getattr(obj, "__module__", None) or "__main__"
    name = name or getattr(obj, "__qualname__", None) or obj.__name__
    if module == _OURS or module.startswith(_OURS + "."):
        module = _THEIRS + module[len(_OURS) :]
        if module.startswith(_SCHEDULERS + "."):
            module = _SCHEDULERS  # a package here, one file there
        if module.startswith(_FUNCTIONAL) or (module == _THEIRS and FUNCTIONS.get(f"nn.functional.{name}") is obj):
            module = _FUNCTIONAL
    return module, name


def is_ours(obj: Any) -> bool:
    """Whether a class or function belongs to jaxtorch."""
    module = getattr(obj, "__module__", None) or ""
    if module == _THEIRS or module.startswith(_THEIRS + "."):  # renamed by `jaxtorch.install`
        module = _OURS + module[len(_THEIRS) :]
        name = getattr(obj, "__qualname__", "")
        return getattr(sys.modules.get(module), name, None) is obj
    return module == _OURS or module.startswith(_OURS + ".")


def find(module: str, name: str) -> Any:
    """The class or function that a file names; None where it is not one of PyTorch's."""
    if module != _THEIRS and not module.startswith(_THEIRS + "."):
        return None
    for table in (_NAMED, _MOVED, _ALIASES):
        if (module, name) in table:
            return table[module, name]
    if module == _THEIRS and name in DTYPES:
        return DTYPES[name]
    if (module, name) == ("torch._C", "_VariableFunctions"):  # what PyTorch takes `torch.relu` from
        return importlib.import_module(_OURS)
    module = _FUNCTIONAL if module == "torch._C._nn" else module
    try:
        here = importlib.import_module(_OURS + module[len(_THEIRS) :])
        for part in name.split("."):
            here = getattr(here, part)
        return here
    except (ImportError, AttributeError):
        raise AttributeError(f"Can't get attribute '{name}' on module '{module}' (jaxtorch does not have it)") from None
