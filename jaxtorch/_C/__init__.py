"""The few names of PyTorch's C++ module that Python code asks for; any other raises an error that names it."""

from __future__ import annotations

import types
from typing import Any

from jaxtorch._autograd.backward import current_pass as _current_pass
from jaxtorch._autograd.grad_mode import is_grad_enabled as _is_grad_enabled
from jaxtorch._base.devices import device as device
from jaxtorch._base.dtypes import dtype as dtype
from jaxtorch._base.sizes import Size as Size
from jaxtorch._ops.linalg_common import LinAlgError as _LinAlgError  # noqa: F401
from jaxtorch._tensor.autograd_methods import AccumulateGrad as _AccumulateGrad
from jaxtorch._tensor.autograd_methods import SavedTensor as _SavedTensor
from jaxtorch._tensor.conversion import parse_to as _parse_to
from jaxtorch._tensor.namespaces import functions_of as _functions_of
from jaxtorch._tensor.overriding import disabled as _disabled_torch_function_impl  # noqa: F401
from jaxtorch._tensor.random import Generator as Generator
from jaxtorch._tensor.random import default as default_generator  # noqa: F401
from jaxtorch._tensor.tensor import FUNCTIONS as _FUNCTIONS
from jaxtorch._tensor.tensor import Tensor as _Tensor
from jaxtorch.autograd.graph import _disabled as _hooks_disabled
from jaxtorch.backends.cpu import get_cpu_capability as _get_capability
from jaxtorch.library._keys import DispatchKey as DispatchKey
from jaxtorch.library._keys import DispatchKeySet as DispatchKeySet
from jaxtorch.library._keys import _ExcludeDispatchKeyGuard as _ExcludeDispatchKeyGuard
from jaxtorch.overrides import DisableTorchFunction as DisableTorchFunction
from jaxtorch.overrides import DisableTorchFunctionSubclass as DisableTorchFunctionSubclass
from jaxtorch.overrides import _FunctionState as _TorchFunctionState
from jaxtorch.overrides import _get_current_function_mode_stack as _function_modes
from jaxtorch.overrides import _get_function_state as _get_torch_function_state
from jaxtorch.overrides import _pop_mode as _pop_torch_function_stack  # noqa: F401
from jaxtorch.overrides import _push_mode as _push_on_torch_function_stack  # noqa: F401
from jaxtorch.overrides import _set_function_state as _set_torch_function_state  # noqa: F401

# What the C++ module holds of the root namespace.
_VariableFunctions = types.SimpleNamespace(**_functions_of(""))
_TensorMeta = type(_Tensor)


# Types of TorchScript's and of the tracer's, which Python code tests values against: none is ever made.
_NEVER_MADE = (
    ("ScriptDict ScriptList ScriptFunction ScriptMethod ScriptObject ScriptModule ScriptClass CompilationUnit")
    + (" Graph Node Value Block Argument FunctionSchema FileCheck")
    + (" Type TensorType ListType DictType TupleType OptionalType IntType FloatType BoolType StringType NoneType")
    + (" NumberType AnyType ClassType EnumType InterfaceType UnionType FutureType DeviceObjType RRefType")
    + (" JitType LiteScriptModule PyTorchFileWriter")
).split()


def _never_made(name: str) -> type:
    def refuse(cls: type, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"torch._C.{name} is not supported by jaxtorch, which has no TorchScript")

    return type(name, (), {"__new__": refuse, "__module__": "torch._C", "__doc__": "TorchScript's; never made."})


globals().update({_name: _never_made(_name) for _name in _NEVER_MADE})
AT_ROOT = frozenset((*_NEVER_MADE, "DispatchKey", "DispatchKeySet")) - {"JitType", "ScriptModule"}

has_lapack = has_spectral = True
has_cuda = has_mps = has_mkl = has_openmp = has_xpu = _has_cuda = _has_cudnn = _has_mkldnn = False


def _mps_is_available() -> bool:
    return False


_mps_is_built = _mps_is_available


class PyTorchFileReader:
    """The reader of saved archives, which annotations name.

    Raises:
        NotImplementedError: always; `torch.load` reads archives, and Python's `zipfile` their records.
    """

    def __init__(self, *args: Any) -> None:
        raise NotImplementedError("torch.PyTorchFileReader is not supported by jaxtorch; use torch.load or zipfile")


class _NN:
    """`torch._C._nn`: the functions of `torch.nn.functional` that are ATen's own."""

    @staticmethod
    def _parse_to(*args: Any, **kwargs: Any) -> tuple:
        """What `Tensor.to` takes from its arguments: device, dtype, non_blocking, memory_format."""
        dtype, device, *_ = _parse_to(args, kwargs)
        return device, dtype, kwargs.get("non_blocking", True in args[1:2]), kwargs.get("memory_format")

    def __getattr__(self, name: str) -> Any:
        found = None if name.startswith("_") else _FUNCTIONS.get(f"nn.functional.{name}")
        if found is None:
            raise AttributeError(f"module 'torch._C._nn' has no attribute '{name}' (jaxtorch does not have it)")
        return found


_nn = _NN()


# Classes of nodes, and what tells whether hooks on saved tensors may be entered.
_functions = types.SimpleNamespace(AccumulateGrad=_AccumulateGrad)
_autograd = types.SimpleNamespace(
    SavedTensor=_SavedTensor,
    _saved_tensors_hooks_is_enabled=lambda: not _hooks_disabled,
    _saved_tensors_hooks_get_disabled_error_message=lambda: _hooks_disabled[-1] if _hooks_disabled else None,
)
is_grad_enabled = _is_grad_enabled


def _get_tracing_state() -> None:
    """Whether `torch.jit.trace` is recording: it never is."""


def _is_tracing() -> bool:
    """Whether `torch.jit.trace` is recording in the way that this name asks about: it never is."""
    return False


def _current_graph_task_id() -> int:
    """The number of the backward pass that is running, or -1."""
    return _current_pass()


def _log_api_usage_once(event: str) -> None:
    """Tell PyTorch's usage log of an event; there is none."""


def _are_functorch_transforms_active() -> bool:
    """Whether code runs under functorch's interpreters: `torch.func` here has none."""
    return False


def _get_privateuse1_backend_name() -> str:
    """The name of a third party's device; none can be registered, so it has the default one."""
    return "privateuseone"


def _get_cpu_capability() -> str:
    """The widest vectors the processor has."""
    return _get_capability()


def _len_torch_function_stack() -> int:
    """How many modes are entered."""
    return len(_function_modes())


def _get_function_stack_at(level: int) -> Any:
    """The mode at a depth, the outermost first."""
    return _function_modes()[level]


def _is_torch_function_mode_enabled() -> bool:
    """Whether a `TorchFunctionMode` is entered."""
    return bool(_function_modes())


def _is_torch_function_enabled() -> bool:
    """Whether classes of arguments are asked."""
    return _get_torch_function_state() is _TorchFunctionState.ENABLED


def _unused_switch(enabled: bool = False) -> bool:
    """A switch of TorchScript's executors, which run nothing here; gives what was set before."""
    return False


_get_graph_executor_optimize = _set_graph_executor_optimize = _jit_set_num_profiled_runs = _unused_switch
_jit_set_profiling_executor = _jit_set_profiling_mode = _jit_override_can_fuse_on_cpu = _unused_switch
_jit_override_can_fuse_on_gpu = _jit_set_texpr_fuser_enabled = _jit_set_nvfuser_enabled = _unused_switch
_jit_can_fuse_on_cpu = _jit_can_fuse_on_gpu = _unused_switch


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module 'torch._C' has no attribute '{name}' (jaxtorch does not have it)")
