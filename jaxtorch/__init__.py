"""PyTorch's programming model on XLA: `import jaxtorch as torch`.

The functions of the operation table are put into this namespace by name; `__init__.pyi` lists them for tools.
"""

import importlib as _importlib
import math as _math
import sys as _sys
import types as _types

from jaxtorch._autograd.grad_mode import enable_grad as enable_grad
from jaxtorch._autograd.grad_mode import inference_mode as inference_mode
from jaxtorch._autograd.grad_mode import is_grad_enabled as is_grad_enabled
from jaxtorch._autograd.grad_mode import is_inference_mode_enabled as is_inference_mode_enabled
from jaxtorch._autograd.grad_mode import no_grad as no_grad
from jaxtorch._autograd.grad_mode import set_grad_enabled as set_grad_enabled
from jaxtorch._base.devices import device as device
from jaxtorch._base.dtypes import ALIASES as _DTYPE_ALIASES
from jaxtorch._base.dtypes import DTYPES as _DTYPES
from jaxtorch._base.dtypes import NAME_ONLY as _NAMED_DTYPES
from jaxtorch._base.dtypes import dtype as dtype
from jaxtorch._base.errors import AcceleratorError as AcceleratorError
from jaxtorch._base.errors import OutOfMemoryError as OutOfMemoryError
from jaxtorch._base.info import finfo as finfo
from jaxtorch._base.info import iinfo as iinfo
from jaxtorch._base.sizes import Size as Size
from jaxtorch._base.symbolic import SymBool as SymBool
from jaxtorch._base.symbolic import SymFloat as SymFloat
from jaxtorch._base.symbolic import SymInt as SymInt
from jaxtorch._dropin import install as install
from jaxtorch._engine import backend as _backend  # first: its settings must precede JAX's backend  # noqa: F401
from jaxtorch._tensor.construct import tensor as tensor
from jaxtorch._tensor.conversion import from_jax as from_jax
from jaxtorch._tensor.interop import legacy_types as _legacy_types
from jaxtorch._tensor.layouts import CONSTANTS as _LAYOUTS
from jaxtorch._tensor.layouts import layout as layout
from jaxtorch._tensor.layouts import memory_format as memory_format
from jaxtorch._tensor.layouts import qscheme as qscheme
from jaxtorch._tensor.namespaces import functions_of as _functions_of
from jaxtorch._tensor.printing import get_printoptions as get_printoptions
from jaxtorch._tensor.printing import printoptions as printoptions
from jaxtorch._tensor.printing import set_printoptions as set_printoptions
from jaxtorch._tensor.random import Generator as Generator
from jaxtorch._tensor.random import default as _default
from jaxtorch._tensor.random_gamma import FUNCTIONS as _GAMMA
from jaxtorch._tensor.tensor import FUNCTIONS as _ALL
from jaxtorch._tensor.tensor import Tensor as Tensor

globals().update(_functions_of(""))
# Private names of PyTorch's that other libraries call.
globals().update({name: _ALL[name] for name in (*_GAMMA, "_standard_gamma_grad", "_dirichlet_grad", "_neg_view")})
default_generator = _default
globals().update({**_DTYPES, **_NAMED_DTYPES, **_DTYPE_ALIASES, **_LAYOUTS, **_legacy_types(Tensor._of_dtype)})
pi, e, inf, nan, newaxis = _math.pi, _math.e, _math.inf, _math.nan, None

from jaxtorch import _C as _C  # noqa: E402  the namespaces below stand on the names above
from jaxtorch import __config__ as __config__  # noqa: E402
from jaxtorch import __future__ as __future__  # noqa: E402
from jaxtorch import accelerator as accelerator  # noqa: E402
from jaxtorch import amp as amp  # noqa: E402
from jaxtorch import autograd as autograd  # noqa: E402
from jaxtorch import backends as backends  # noqa: E402
from jaxtorch import compiler as compiler  # noqa: E402
from jaxtorch import cpu as cpu  # noqa: E402
from jaxtorch import cuda as cuda  # noqa: E402
from jaxtorch import distributed as distributed  # noqa: E402
from jaxtorch import distributions as distributions  # noqa: E402
from jaxtorch import engine as engine  # noqa: E402
from jaxtorch import fft as fft  # noqa: E402
from jaxtorch import func as func  # noqa: E402
from jaxtorch import functional as functional  # noqa: E402
from jaxtorch import futures as futures  # noqa: E402
from jaxtorch import fx as fx  # noqa: E402
from jaxtorch import hub as hub  # noqa: E402
from jaxtorch import jit as jit  # noqa: E402
from jaxtorch import library as library  # noqa: E402
from jaxtorch import linalg as linalg  # noqa: E402
from jaxtorch import masked as masked  # noqa: E402
from jaxtorch import mps as mps  # noqa: E402
from jaxtorch import mtia as mtia  # noqa: E402
from jaxtorch import multiprocessing as multiprocessing  # noqa: E402
from jaxtorch import nested as nested  # noqa: E402
from jaxtorch import nn as nn  # noqa: E402
from jaxtorch import ops as ops  # noqa: E402
from jaxtorch import optim as optim  # noqa: E402
from jaxtorch import overrides as overrides  # noqa: E402
from jaxtorch import profiler as profiler  # noqa: E402
from jaxtorch import random as random  # noqa: E402
from jaxtorch import return_types as return_types  # noqa: E402
from jaxtorch import serialization as serialization  # noqa: E402
from jaxtorch import signal as signal  # noqa: E402
from jaxtorch import sparse as sparse  # noqa: E402
from jaxtorch import special as special  # noqa: E402
from jaxtorch import storage as storage  # noqa: E402
from jaxtorch import testing as testing  # noqa: E402
from jaxtorch import types as types  # noqa: E402
from jaxtorch import utils as utils  # noqa: E402
from jaxtorch import version as version  # noqa: E402
from jaxtorch import xpu as xpu  # noqa: E402
from jaxtorch._aten import FUNCTIONS as _ATEN  # noqa: E402
from jaxtorch._aten import METHODS as _ATEN_METHODS  # noqa: E402
from jaxtorch._aten.asserts import _assert as _assert  # noqa: E402
from jaxtorch._C import PyTorchFileReader as PyTorchFileReader  # noqa: E402
from jaxtorch._tensor.legacy_storage import LEGACY_CLASSES as _STORAGES  # noqa: E402
from jaxtorch._tensor.typed_storage import is_storage as is_storage  # noqa: E402
from jaxtorch._utils import get_device_module as get_device_module  # noqa: E402
from jaxtorch.accelerator.streams import Event as Event  # noqa: E402
from jaxtorch.accelerator.streams import Stream as Stream  # noqa: E402
from jaxtorch.amp import GradScaler as GradScaler  # noqa: E402
from jaxtorch.amp import autocast as autocast  # noqa: E402
from jaxtorch.compiler import compile as compile  # noqa: E402
from jaxtorch.compiler import disable as _disable_dynamo  # noqa: E402, F401
from jaxtorch.func import vmap as vmap  # noqa: E402
from jaxtorch.jit import ScriptModule as ScriptModule  # noqa: E402
from jaxtorch.library._tags import Tag as Tag  # noqa: E402
from jaxtorch.serialization import load as load  # noqa: E402
from jaxtorch.serialization import save as save  # noqa: E402
from jaxtorch.sparse._compressed_factory import CONSTRUCTORS as _COMPRESSED  # noqa: E402
from jaxtorch.sparse._factory import sparse_coo_tensor as sparse_coo_tensor  # noqa: E402
from jaxtorch.sparse._functions import dsmm as dsmm  # noqa: E402
from jaxtorch.sparse._functions import spmm as spmm  # noqa: E402
from jaxtorch.sparse._shapes import FUNCTIONS_OF_ROOT as _SPARSE_PRODUCTS  # noqa: E402
from jaxtorch.sparse._unsupported import FUNCTIONS as _SPARSE_ONLY  # noqa: E402
from jaxtorch.storage import TypedStorage as TypedStorage  # noqa: E402
from jaxtorch.storage import UntypedStorage as UntypedStorage  # noqa: E402
from jaxtorch.torch_version import __version__ as __version__  # noqa: E402

globals().update({**_STORAGES, **_ATEN, **_COMPRESSED, **_SPARSE_PRODUCTS, "Storage": _STORAGES["FloatStorage"]})
_storage_classes = {UntypedStorage, TypedStorage, *_STORAGES.values()}
_tensor_classes = {kind for kind in list(vars(_sys.modules[__name__]).values()) if hasattr(kind, "_legacy_dtype")}
globals().update({_name: _function for _name, _function in _SPARSE_ONLY.items() if "." not in _name})
for _name, _method in _ATEN_METHODS.items():
    setattr(Tensor, _name, _method)
# Generated functions and those of private modules say where they are public: pickle looks a function up by that, as in
# a model whose activation is `F.relu`.
for _space in (_sys.modules[__name__], nn.functional, linalg, fft, special):
    for _name, _function in list(vars(_space).items()):
        if isinstance(_function, _types.FunctionType) and not _name.startswith("__"):
            _home = _sys.modules.get(_function.__module__)
            if getattr(_home, _function.__qualname__, None) is not _function:
                _function.__module__, _function.__qualname__ = str(_space.__spec__.name), _name
torch = _sys.modules[__name__]  # PyTorch's own has it: names that are looked up from the root may begin with "torch."
# Imported when first asked for: quasirandom needs scipy.stats, half as long to import as all of this.
_LAZY = ("quasirandom", "_custom_ops", "_dynamo", "_higher_order_ops", "_jit_internal", "_subclasses", "_tensor_str")
_LAZY += ("ao", "export", "onnx", "quantization")


def __getattr__(name: str):
    if name in _LAZY:
        return _importlib.import_module(f"jaxtorch.{name}")
    core = _importlib.import_module("jaxtorch._C") if name[:1].isupper() else None
    if core is not None and name in core.AT_ROOT:
        return getattr(core, name)
    raise AttributeError(f"module 'torch' has no attribute '{name}' (jaxtorch does not have it)")
