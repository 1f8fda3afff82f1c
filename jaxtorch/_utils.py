"""`torch._utils`: what pickles of tensors and parameters name, and helpers that libraries take from here."""

import sys as _sys
import traceback as _traceback
from collections.abc import Iterator as _Iterator
from collections.abc import Sequence as _Sequence
from typing import Any as _Any
from typing import NoReturn as _NoReturn

from jaxtorch import cpu as _cpu
from jaxtorch import cuda as _cuda
from jaxtorch import mps as _mps
from jaxtorch import mtia as _mtia
from jaxtorch import xpu as _xpu
from jaxtorch._base.devices import device as _device
from jaxtorch._base.dtypes import dtype as _dtype
from jaxtorch._tensor.rebuild import rebuild_device_tensor as _rebuild_device_tensor_from_cpu_tensor  # noqa: F401
from jaxtorch._tensor.rebuild import rebuild_meta_tensor_no_storage as _rebuild_meta_tensor_no_storage  # noqa: F401
from jaxtorch._tensor.rebuild import rebuild_tensor as _rebuild_tensor  # noqa: F401
from jaxtorch._tensor.rebuild import rebuild_tensor_v2 as _rebuild_tensor_v2  # noqa: F401
from jaxtorch._tensor.rebuild import rebuild_tensor_v3 as _rebuild_tensor_v3  # noqa: F401
from jaxtorch._tensor.tensor import FUNCTIONS as _FUNCTIONS
from jaxtorch.nn.parameter import rebuild_parameter as _rebuild_parameter  # noqa: F401
from jaxtorch.nn.parameter import rebuild_parameter_with_state as _rebuild_parameter_with_state  # noqa: F401


def _element_size(dtype: _dtype) -> int:
    """Bytes an element takes."""
    if not isinstance(dtype, _dtype):
        raise RuntimeError(f"expected torch.dtype, but got {type(dtype)}")
    return dtype.itemsize


def _is_privateuse1_backend_available() -> bool:
    """Whether a device of a third party is registered: none can be."""
    return False


class KeyErrorMessage(str):
    """A message that a KeyError shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ExceptionWrapper:
    """An exception, the one being handled by default, to be raised again in another thread or process."""

    def __init__(self, exc_info: _Any = None, where: str = "in background") -> None:
        kind, value, trace = _sys.exc_info() if exc_info is None else exc_info
        self.exc_type: _Any = kind
        self.exc_msg = "".join(_traceback.format_exception(kind, value, trace))
        self.where = where

    def reraise(self) -> _NoReturn:
        """Raise it with the first traceback in its message; as a RuntimeError where its class takes no message."""
        message = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            message = KeyErrorMessage(message)
        elif getattr(self.exc_type, "message", None):
            raise self.exc_type(message=message)
        try:
            error = self.exc_type(message)
        except Exception:  # its constructor wants something else
            raise RuntimeError(message) from None
        raise error


def _flatten_dense_tensors(tensors: _Sequence) -> _Any:
    """The elements of all tensors in one dimension."""
    return _FUNCTIONS["cat"]([tensor.reshape(-1) for tensor in tensors])


def _unflatten_dense_tensors(flat: _Any, tensors: _Sequence) -> tuple:
    """Views of parts of `flat` with the shapes of `tensors`."""
    parts = flat.split([tensor.numel() for tensor in tensors])
    return tuple(part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True))


def _take_tensors(tensors: _Sequence, size_limit: int) -> _Iterator[list]:
    """Tensors of one dtype at a time, in lists of at most `size_limit` bytes (or of one that is larger)."""
    waiting: dict[_Any, tuple[list, int]] = {}
    for tensor in tensors:
        held, total = waiting.get(tensor.type(), ([], 0))
        size = tensor.numel() * tensor.element_size()
        if held and total + size > size_limit:
            yield held
            held, total = [], 0
        held.append(tensor)
        waiting[tensor.type()] = (held, total + size)
    for held, _ in waiting.values():
        yield held


_DEVICE_MODULES = {"cpu": _cpu, "cuda": _cuda, "mps": _mps, "mtia": _mtia, "xpu": _xpu}


def _get_available_device_type() -> str | None:
    """The kind of accelerator there is, if any."""
    return "cuda" if _cuda.is_available() else None


def _get_device_module(device_type: str) -> _Any:
    """The module of a kind of device."""
    if device_type not in _DEVICE_MODULES:
        raise RuntimeError(
            f"Device '{device_type}' does not have a corresponding module registered as 'torch.{device_type}'."
        )
    return _DEVICE_MODULES[device_type]


def get_device_module(device: _Any = None) -> _Any:
    """The module of a device (`torch.cpu`, `torch.cuda`), by default of the accelerator or, without one, the CPU.

    Example:
        >>> import jaxtorch as torch
        >>> torch.get_device_module("cpu").__name__.split(".")[-1]
        'cpu'
    """
    if device is None:
        return _get_device_module(_get_available_device_type() or "cpu")
    return _get_device_module(_device(device).type)
