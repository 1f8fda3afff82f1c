"""What PyTorch's test files import beside `torch` itself, while `torch` is jaxtorch.

Three sources, asked in this order:

- files of the installed PyTorch wheel that are about testing alone (`torch.testing._internal`), run over jaxtorch;
- jaxtorch, for all it has;
- placeholders for PyTorch's private modules (Dynamo, Inductor, fake tensors ...): their names can be imported, and
  fail by name when they are called.

PyTorch itself is never imported: the wheel's folder is found through the file system.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import jaxtorch
from jaxtorch._aten.internal import FUNCTIONS as _INTERNAL
from jaxtorch._dropin import _PRIVATE_BUT_TORCHS
from jaxtorch.utils import _pytree

# Pure Python about testing, which says what a test means and nothing about how PyTorch computes.
FROM_WHEEL = (
    "torch._vendor",
    "torch.testing._comparison",
    "torch.testing._internal",
    "torch.testing._utils",
    "torch.utils._import_utils",
)
# Public by name, yet nothing but PyTorch's compiler and exporters.
PLACEHOLDERS = tuple(
    f"torch.{name}"
    for name in (
        *("ao", "export", "fx.experimental", "fx.passes", "jit.annotations", "jit.frontend", "jit.quantized"),
        *("jit.mobile", "onnx", "package", "cuda.nccl"),
        *("utils.data.datapipes.dataframe", "utils.data.datapipes.utils.decoder"),
    )
)


class _Operator:
    """The base of operators that only PyTorch's dispatcher could call: made and given rules when a file is imported."""

    def __init__(self, *names: Any) -> None:
        self.names = names

    def py_impl(self, *keys: Any) -> Any:
        """Take a rule, and leave it."""
        return lambda rule: rule


# Not even placeholders: the tests ask whether these can be imported.
ABSENT = ("torch._native",)
# What the tests' own helpers use of private modules to find their way, with nothing of PyTorch in it.
VALUES: dict[str, dict[str, Any]] = {
    "torch._inductor.utils": {"GPU_TYPES": ["cuda", "mps", "xpu", "mtia"]},
    "torch._export.wrappers": {"mark_subclass_constructor_exportable_experimental": lambda method: method},
    "torch._inductor.config": {"patch": lambda *a, **k: lambda function: function},
    # Each test asks whether one before it left a transform open, and switches vmap's loops off: there are none.
    "torch._C._functorch": {
        "peek_interpreter_stack": lambda: None,
        "_is_vmap_fallback_enabled": lambda: False,
        "_set_vmap_fallback_enabled": lambda on: None,
    },
    "torch.utils._triton": {"has_triton": lambda: False, "has_triton_package": lambda: False},
    "torch._higher_order_ops.invoke_subgraph": {"mark_compile_region": lambda function: function},
    "torch._higher_order_ops": {"InvokeQuant": _Operator},
    "torch._prims_common.wrappers": {"_maybe_remove_out_wrapper": lambda function: function},
    "torch._prims_common": {"corresponding_complex_dtype": lambda dtype: dtype.to_complex()},
    "torch.utils._cxx_pytree": {name: getattr(_pytree, name) for name in dir(_pytree) if name[0] != "_"},
    "torch.fx.passes.dialect.common.cse_pass": {"CSEPass": _Operator},
    "torch._inductor.cpu_vec_isa": {"pick_vec_isa": lambda: None},
    "torch._ops": {"HigherOrderOperator": _Operator},
    "torch._logging.scribe": {"open_source_signpost": lambda **message: None},
    "torch.utils._mode_utils": {"no_dispatch": contextlib.nullcontext},
    "torch._utils_internal": {"get_writable_path": str, "IS_FBSOURCE": False},
}
# Reached as attributes, without an import.
EAGER = (
    "torch._C._functorch",
    "torch._refs",
    "torch.utils._mode_utils",
    "torch.ao.nn.qat.modules",
    "torch.ao.nn.quantizable.modules",
    "torch.ao.nn.quantized.modules",
)

_ANNOTATED = "torch.testing._internal.generated.annotated_fn_args"
# Modules of jaxtorch's that have some of the names of PyTorch's; the tests' helpers import more, and call none.
OPEN = (
    *("_dynamo", "_dynamo.utils", "_dynamo.eval_frame", "_subclasses", "_subclasses.fake_tensor"),
    *("ao.nn.quantized", "nn.attention.flex_attention", "_higher_order_ops", "utils._python_dispatch"),
)


class _Named(type):
    """The type of placeholders: classes, so that isinstance, except and subclassing take them."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = placeholder(f"{cls.__module__}.{cls.__qualname__}", name)
        setattr(cls, name, made)
        return made


def _refuse(cls: type, *args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError(f"{cls.__module__}.{cls.__qualname__} is not supported by jaxtorch")


def placeholder(module: str, name: str) -> type:
    """A name that may be imported, passed on, subclassed and caught, but not called."""
    return _Named(name, (Exception,), {"__new__": _refuse, "__module__": module, "__doc__": None})


class _Loader(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module whose missing names are placeholders."""
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its names, on demand."""

        def missing(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            if f"{module.__name__}.{name}" in VALUES:
                return importlib.import_module(f"{module.__name__}.{name}")
            made = placeholder(module.__name__, name)
            setattr(module, name, made)
            return made

        vars(module).update(VALUES.get(module.__name__, {}))
        module.__path__, module.__all__ = [], []  # type: ignore[attr-defined]
        module.__getattr__ = missing  # type: ignore[method-assign]


class _Annotated(SourceFileLoader):
    """Reads the table of functions' arguments, without the rows of functions that are private and not here."""

    def exec_module(self, module: ModuleType) -> None:
        """Evaluate row by row."""
        tree = ast.parse(self.get_data(self.path))
        table = next(node.value for node in tree.body if isinstance(node, ast.Assign))
        assert isinstance(table, ast.Dict)
        module.annotated_args = {}  # type: ignore[attr-defined]
        for key, value in zip(table.keys, table.values, strict=True):
            with contextlib.suppress(AttributeError, NotImplementedError):
                function = eval(ast.unparse(key), {"torch": jaxtorch}) if key else None
                module.annotated_args[function] = ast.literal_eval(value)  # type: ignore[attr-defined]


def _under(name: str, roots: Sequence[str]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


class _Finder(MetaPathFinder):
    def __init__(self, wheel: Path) -> None:
        self._wheel = wheel

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module below `torch` comes from; None leaves it to jaxtorch's own finder."""
        if not fullname.startswith("torch."):
            return None
        if _under(fullname, ABSENT):
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        if fullname == _ANNOTATED:
            file = self._wheel.joinpath(*fullname.split(".")[1:]).with_suffix(".py")
            return ModuleSpec(fullname, _Annotated(fullname, str(file)))
        if _under(fullname, FROM_WHEEL):
            parent = fullname.split(".")[1:-1]
            return PathFinder.find_spec(fullname, [str(self._wheel.joinpath(*parent))])
        private = any(part.startswith("_") for part in fullname.split("."))
        if (private or _under(fullname, PLACEHOLDERS)) and not _has(fullname):
            return ModuleSpec(fullname, _Loader(), is_package=True)
        return None


def _has(fullname: str) -> bool:
    """Whether jaxtorch has the module, under torch's name."""
    mine = "jaxtorch" + fullname.removeprefix("torch")
    child = fullname.split(".")[1]
    if child.startswith("_") and child not in _PRIVATE_BUT_TORCHS:  # jaxtorch's own may have the same name
        return False
    if mine in sys.modules:
        return True
    try:
        return importlib.util.find_spec(mine) is not None
    except ModuleNotFoundError:
        return False


def wheel_folder() -> Path:
    """The folder `torch` of the installed PyTorch, found without importing it."""
    for entry in sys.path:
        found = Path(entry or ".") / "torch"
        if (found / "testing" / "_internal" / "common_utils.py").exists():
            return found
    raise SystemExit("PyTorch's wheel is not installed here: its torch/testing/_internal is needed")


def _missing(module: str, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return placeholder(module, name)


def install() -> None:
    """Make `import torch` mean jaxtorch in this process, and what tests import beside it resolve."""
    wheel = wheel_folder()
    jaxtorch.install()
    sys.meta_path.insert(0, _Finder(wheel))
    vars(jaxtorch._C).setdefault("__path__", [])  # its submodules can be placeholders
    # What freeze_rng_state, of the tests' helpers, switches off is not there.
    vars(jaxtorch._C).setdefault("_DisableFuncTorch", contextlib.nullcontext)
    vars(jaxtorch).setdefault("_nnpack_available", lambda: False)
    vars(jaxtorch).setdefault("_running_with_deploy", lambda: False)
    vars(jaxtorch._C).setdefault("_ConvBackend", placeholder("torch._C", "_ConvBackend"))
    # vmap has no loops here that could warn.
    vars(jaxtorch._C).setdefault("_debug_only_are_vmap_fallback_warnings_enabled", lambda: False)
    vars(jaxtorch._C).setdefault("_debug_only_display_vmap_fallback_warnings", lambda on: None)
    # functorch's database of ops looks kernels of PyTorch's own up while it is imported.
    _INTERNAL.setdefault("_new_zeros_with_same_feature_meta", placeholder("torch.ops.aten", "_new_zeros"))
    for name in OPEN:
        module = importlib.import_module(f"jaxtorch.{name}")
        vars(module).update(VALUES.get(f"torch.{name}", {}))
        vars(module)["__getattr__"] = functools.partial(_missing, f"torch.{name}")
    for name in EAGER:
        parent = importlib.import_module(name.rpartition(".")[0])
        vars(parent).setdefault("__path__", [])  # a module of jaxtorch's whose submodules are placeholders
        importlib.import_module(name)
