"""Conversions: to Python, NumPy and JAX, between dtypes, devices and memory orders."""

from __future__ import annotations

import linecache
import sys
import warnings
from typing import Any

import jax
import numpy as np

from jaxtorch._autograd import inplace, layout, tape
from jaxtorch._autograd.variable import Variable, value_of, wrap
from jaxtorch._base import dtypes
from jaxtorch._base.avals import aval
from jaxtorch._base.devices import CPU, META, jax_device, of_jax
from jaxtorch._base.devices import device as device_
from jaxtorch._base.dtypes import INTEGRAL
from jaxtorch._base.modes import defaults, modes
from jaxtorch._base.once import warn_once
from jaxtorch._base.sizes import broadcast_shapes, contiguous_strides
from jaxtorch._engine.breaks import BRANCH, TOLIST
from jaxtorch._engine.recorder import force, lose, watched
from jaxtorch._engine.value import Value, leaf, meta, traced
from jaxtorch._ops.checks import check_fits
from jaxtorch._ops.table import TABLE
from jaxtorch._storage.host import lend, share, shared_array
from jaxtorch._tensor import view_methods
from jaxtorch._tensor.arguments import as_device, as_dtype, number
from jaxtorch._tensor.conjugate import lazy_state
from jaxtorch._tensor.construct import constant
from jaxtorch._tensor.layouts import channels_last, channels_last_3d, contiguous_format, preserve_format
from jaxtorch._tensor.out import check_sources
from jaxtorch._tensor.variants import expand_to

_GRAD_TO_NUMPY = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
_TRACKED = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
    "tensor.detach() first."
)
_ORDERS = {channels_last: (0, 2, 3, 1), channels_last_3d: (0, 2, 3, 4, 1)}


def host_array(x: Variable) -> np.ndarray:
    """The elements as a NumPy array that must not be written to nor kept."""
    return np.asarray(force(value_of(x)))


def clone(input: Any, *, memory_format: Any = preserve_format) -> Any:
    """A copy with its own memory."""
    out = tape.unary(TABLE["clone"], input, (None,))
    return _ordered(out, input, memory_format)


def _ordered(out: Any, source: Any, memory_format: Any) -> Any:
    """Give a fresh copy the memory order asked for."""
    if memory_format is preserve_format or memory_format is None:
        if source._strides is not None:
            layout.follow(out, (source,))
        return out
    if memory_format is contiguous_format:
        return out
    shape = out._aval.shape
    order = ordered_dims(len(shape), memory_format)
    st = [0] * len(shape)
    for d, step in zip(order, contiguous_strides([shape[d] for d in order]), strict=True):
        st[d] = step
    out._strides = out._storage.strides = view_methods.normal(tuple(shape), tuple(st))
    return out


def ordered_dims(ndim: int, memory_format: Any) -> tuple[int, ...]:
    """The dimensions as they lie in memory, the innermost last."""
    if memory_format is contiguous_format:
        return tuple(range(ndim))
    order = _ORDERS.get(memory_format)
    if order is None or ndim != len(order):
        need = "4" if memory_format is channels_last else "5"
        raise RuntimeError(f"required rank {need} tensor to use {str(memory_format).removeprefix('torch.')} format")
    return order


def contiguous(input: Any, memory_format: Any = contiguous_format) -> Any:
    """The tensor itself when it lies in memory in that order, else a copy that does."""
    if input.is_contiguous(memory_format=memory_format):
        return input
    return clone(input, memory_format=memory_format)


def from_numpy(array: np.ndarray) -> Any:
    """A tensor that shares memory with a NumPy array: writes to either are seen by the other."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    dtype = dtypes.from_numpy_dtype(array.dtype)
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array with "
            "array.copy().) "
        )
    if any(s % array.itemsize for s in array.strides if array.itemsize):
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate "
            "the memory."
        )
    if not array.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means "
            "writing to this tensor will result in undefined behavior. You may want to copy the array to protect its "
            "data or make it writable before converting it to a tensor. This type of warning will be suppressed for "
            "the rest of this program.",
            UserWarning,
            stacklevel=2,
        )
    out = wrap(leaf(np.array(array), dtype, CPU))
    strides = tuple(s // max(array.itemsize, 1) for s in array.strides)
    out._strides = out._storage.strides = view_methods.normal(array.shape, strides) if array.size else None
    if array.size:
        share(out._storage, array, True)
    return out


def from_jax(array: Any) -> Any:
    """A tensor over a JAX array (or tracer), without a copy."""
    dtype = dtypes.from_numpy_dtype(array.dtype)
    if isinstance(array, jax.core.Tracer):
        return wrap(traced(array, dtype, CPU))
    return wrap(leaf(array, dtype, of_jax(next(iter(array.devices())))))


def _only(x: Any) -> Any:
    if x._aval.numel != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return x.item()


def _real(x: Any, kind: str) -> Any:
    number = _only(x)
    if isinstance(number, complex):
        if number.imag:
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
        return number.real
    return number


def _jax_array(value: Value) -> jax.Array:
    data = force(value)
    if type(data) is np.ndarray:
        data = value.data = jax.numpy.asarray(data)
    return data


class _Unread:
    """An array that is read when something is done with it: to be handed one is not to have read it."""

    def __init__(self, value: Value) -> None:
        self._value = value

    def __jax_array__(self) -> jax.Array:
        return _jax_array(self._value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(_jax_array(self._value), dtype)

    def __getattr__(self, name: str) -> Any:
        return getattr(_jax_array(self._value), name)


def _branches(frame: Any) -> bool:
    """Whether a program's own line branches on a value; PyTorch captures assertions."""
    while frame.f_code.co_name == "__bool__" or frame.f_globals.get("__name__") == "jaxtorch._tensor.overriding":
        frame = frame.f_back  # once some class overrides functions, calls go through a dispatcher
    if frame.f_globals.get("__name__", "").startswith("jaxtorch."):
        return False
    return not linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("assert ")


class Conversions:
    """Conversion methods of Tensor."""

    __slots__ = ()

    # ----- To Python -----

    def item(self: Any) -> Any:
        """The value of a one-element tensor as a Python number."""
        if self._aval.numel != 1:
            raise RuntimeError(f"a Tensor with {self._aval.numel} elements cannot be converted to Scalar")
        if self._aval.dtype.itemsize == 1 and self._aval.dtype.is_floating_point:
            return float(host_array(self).reshape(()))
        return np.asarray(force(value_of(self))).item()

    def tolist(self: Any) -> Any:
        """Nested lists of Python numbers."""
        if self._aval.dtype.category > INTEGRAL:
            lose(TOLIST)
        array = host_array(self)
        return (
            array.astype(np.float32).tolist()
            if array.dtype.kind == "V" or self._aval.dtype in _NO_TOLIST
            else array.tolist()
        )

    def __float__(self: Any) -> float:
        if self._rg and modes.grad:
            warn_once(_TRACKED, stacklevel=3)
        return float(_real(self, "double"))

    def __int__(self: Any) -> int:
        return int(_real(self, "int64_t"))

    def __complex__(self: Any) -> complex:
        if self._rg and modes.grad:
            warn_once(_TRACKED, stacklevel=3)
        return complex(_only(self))

    def __index__(self: Any) -> int:
        if self._aval.numel != 1 or self._aval.dtype.category > 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(_only(self))

    def __bool__(self: Any) -> bool:
        numel = self._aval.numel
        if numel != 1:
            raise RuntimeError(
                "Boolean value of Tensor with no values is ambiguous"
                if not numel
                else "Boolean value of Tensor with more than one value is ambiguous"
            )
        if value_of(self).aval.batch:
            raise RuntimeError(
                "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't "
                "support that yet, please file an issue at https://github.com/pytorch/pytorch/issues ."
            )
        if watched() and _branches(sys._getframe(1)):
            lose(BRANCH)
        return bool(host_array(self).reshape(()))

    def __contains__(self: Any, element: Any) -> bool:
        if isinstance(element, (Variable, int, float, complex, bool)):
            return bool((self == element).any())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")

    # ----- To NumPy and JAX -----

    def numpy(self: Any, *, force: bool = False) -> np.ndarray:
        """A NumPy array that shares this tensor's memory: writes to either are seen by the other."""
        if self._rg and modes.grad and not force:
            raise RuntimeError(_GRAD_TO_NUMPY)
        if self._aval.dtype in _NO_NUMPY:
            raise TypeError(f"Got unsupported ScalarType {self._aval.dtype.scalar_name}")
        if self._aval.device is not CPU and not force:
            raise TypeError(
                f"can't convert {self._aval.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor "
                f"to host memory first."
            )
        if self._aval.dtype.is_complex or self._view is not None:
            lazy = lazy_state(self)
            if any(lazy) and not force:
                bit, name = ("conjugate", "conj") if lazy[0] else ("negative", "neg")
                raise RuntimeError(
                    f"Can't call numpy() on Tensor that has {bit} bit set. Use tensor.resolve_{name}().numpy() instead."
                )
            if any(lazy):
                return _shared_numpy(self.clone())
        return _shared_numpy(self)

    def __array__(self: Any, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __array_wrap__(self: Any, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        array = np.asarray(array)
        return from_numpy(array.astype(np.uint8) if array.dtype == np.bool_ else array)  # as PyTorch does

    def jax(self: Any) -> Any:
        """The `jax.Array` behind this tensor, without a copy (not differentiable; run what is pending)."""
        value = value_of(self)
        return _Unread(value) if watched() else _jax_array(value)

    __jax_array__ = jax

    def __dlpack__(self: Any, **options: Any) -> Any:
        if self._rg:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return self.jax().__dlpack__(**options)

    def __dlpack_device__(self: Any) -> tuple:
        return self.jax().__dlpack_device__()

    # ----- Between dtypes and devices -----

    def to(self: Any, *args: Any, **kwargs: Any) -> Any:
        """The tensor with another dtype and/or device; itself when nothing changes and `copy` is False."""
        dtype, dev, copy, memory_format = parse_to(args, kwargs)
        return convert(self, dtype, dev, copy, memory_format)

    def type(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The type's name, or the tensor cast to a dtype (or legacy type name)."""
        if dtype is None:
            return _legacy_name(self)
        return convert(self, dtype_of_type(dtype), device_of_type(dtype), False, preserve_format)

    def type_as(self: Any, other: Any) -> Any:
        """The tensor in the dtype and device of `other`."""
        return convert(self, other._aval.dtype, other._aval.device, False, preserve_format)

    def cpu(self: Any, memory_format: Any = preserve_format) -> Any:
        """The tensor on the CPU."""
        return convert(self, None, CPU, False, memory_format)

    def cuda(self: Any, device: Any = None, non_blocking: bool = False, memory_format: Any = preserve_format) -> Any:
        """The tensor on a GPU."""
        dev = (
            device_("cuda", 0)
            if device is None
            else as_device(device if not isinstance(device, int) else f"cuda:{device}")
        )
        return convert(self, None, dev, False, memory_format)

    # ----- Writing -----

    def copy_(self: Any, other: Any, non_blocking: bool = False) -> Any:
        """Copy the elements of `other`, broadcast and cast, into this tensor."""
        if not isinstance(other, Variable):
            if number(other) is None:
                raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
            other = constant(other, self._aval.dtype, self._aval.device)
        inplace.check_writable(self)
        if other._storage is self._storage:
            check_sources(self, (other,))
        source = convert(other, self._aval.dtype, self._aval.device, False, preserve_format)
        if source._aval.shape != self._aval.shape:
            common = broadcast_shapes(self._aval.shape, source._aval.shape)
            if common != tuple(self._aval.shape):
                raise RuntimeError(
                    f"output with shape {list(self._aval.shape)} doesn't match the broadcast shape {list(common)}"
                )
            source = expand_to(source, self._aval.shape)
        inplace.write(self, value_of(source), source)
        return self

    def fill_(self: Any, value: Any) -> Any:
        """Set every element to `value`."""
        if isinstance(value, Variable):
            if value._aval.ndim:
                raise RuntimeError(
                    f"fill_ only supports 0-dimension value tensor but got tensor with {value._aval.ndim} dimensions."
                )
            return self.copy_(value if value._storage is not self._storage else value.clone())
        inplace.check_writable(self, overlap=False)
        dtype, shape = self._aval.dtype, tuple(self._aval.shape)
        found = number(value)
        if found is None:
            raise TypeError(f"fill_(): argument 'value' (position 1) must be Number, not {type(value).__name__}")
        check_fits(value, dtype)
        filled = tape.apply(TABLE["_full"], [found], (shape, dtype))
        inplace.write(self, value_of(filled), filled)
        return self

    def zero_(self: Any) -> Any:
        """Set every element to zero."""
        inplace.check_writable(self, overlap=False)
        zeros = tape.apply(TABLE["_zeros"], [], (tuple(self._aval.shape), self._aval.dtype))
        inplace.write(self, value_of(zeros), zeros)
        return self


def _cast_method(name: str, dtype: dtypes.dtype) -> Any:
    def method(self: Any, memory_format: Any = preserve_format) -> Any:
        return convert(self, dtype, None, False, memory_format)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`to({dtype})`."
    return method


for _name, _dtype in {
    **{n: d for n, d in dtypes.ALIASES.items() if n not in ("cfloat", "cdouble")},
    "bool": dtypes.bool_,
    "char": dtypes.int8,
    "byte": dtypes.uint8,
    "bfloat16": dtypes.bfloat16,
    "cfloat": dtypes.complex64,
    "cdouble": dtypes.complex128,
}.items():
    setattr(Conversions, _name, _cast_method(_name, _dtype))

_NO_NUMPY = frozenset(d for d in dtypes.DTYPES.values() if d.name.startswith(("bfloat", "float8")))
_NO_TOLIST = _NO_NUMPY


def _shared_numpy(x: Variable) -> np.ndarray:
    """A writable array on the storage of `x`; the storage follows it from now on."""
    storage = x._storage
    shared = shared_array(storage)
    if shared is None:
        root = host_array(_root(x))
        st = storage.strides
        if st is None:
            shared = np.array(root, order="C")
        else:
            order = np.argsort([-s for s in st], kind="stable")
            memory = np.array(np.transpose(root, order), order="C")
            # Not transposed back: dimensions of one element have the strides the tensor says.
            shared = np.ndarray(root.shape, root.dtype, memory, 0, [s * root.itemsize for s in st])
        if x._aval.numel:
            shared = lend(storage, shared)
    if x._view is None:
        return shared[...] if shared.ndim else shared
    return _numpy_view(x, shared)


def _root(x: Variable) -> Variable:
    return wrap(x._storage.value) if x._view is not None else x


def _numpy_view(x: Variable, root: np.ndarray) -> np.ndarray:
    """The part of a root array that a view shows, as an array on the same memory."""
    if not x._aval.numel:
        return np.empty(x._aval.shape, x._aval.dtype.numpy_dtype)
    item = x._aval.dtype.itemsize
    flat = np.lib.stride_tricks.as_strided(root, (root.size,), (root.itemsize,)).view(x._aval.dtype.numpy_dtype)
    return np.lib.stride_tricks.as_strided(
        flat[view_methods.offset(x) :], tuple(x._aval.shape), tuple(s * item for s in view_methods.strides(x))
    )


def parse_to(args: tuple, kwargs: dict) -> tuple:
    """(dtype, device, copy, memory_format) of a call of `to`."""
    dtype, dev = kwargs.get("dtype"), kwargs.get("device")
    copy, memory_format = kwargs.get("copy", False), kwargs.get("memory_format", preserve_format)
    flags = []
    if "other" in kwargs:
        args = (kwargs["other"], *args)
    for a in args:
        if isinstance(a, Variable):
            dtype, dev = a._aval.dtype, a._aval.device
        elif isinstance(a, bool):
            flags.append(a)
        elif isinstance(a, (dtypes.dtype, type)):
            dtype = as_dtype(a, "to")
        elif isinstance(a, (str, int, device_)):
            dev = a
        elif a is not None:
            raise TypeError(
                f"to() received an invalid combination of arguments - got ({type(a).__name__}), but expected one "
                f"of:\n * (torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, bool "
                f"copy = False, *, torch.memory_format memory_format = None)"
            )
    if len(flags) > 1:
        copy = flags[1]
    where = None if dev is None else as_device(dev)
    return (
        (None if dtype is None else as_dtype(dtype, "to")),
        where,
        copy or (dev is not None and where != device_(dev)),  # what names an index asks for a tensor of its own
        memory_format,
    )


def convert(x: Variable, dtype: Any, dev: Any, copy: bool, memory_format: Any) -> Any:
    """The tensor with another dtype, device or memory order."""
    out = x
    if dev is not None and dev is not x._aval.device and not _same_device(dev, x._aval.device):
        out = _move(out, dev)
    if dtype is not None and dtype is not out._aval.dtype:
        if out._aval.dtype.is_complex and not dtype.is_complex and dtype is not dtypes.bool_:
            warnings.warn("Casting complex values to real discards the imaginary part", UserWarning, stacklevel=3)
        out = _ordered(tape.unary(TABLE["_to_copy"], out, (dtype,)), x, memory_format)
    if out is x and (
        copy or (memory_format not in (preserve_format, None) and not x.is_contiguous(memory_format=memory_format))
    ):
        out = clone(x, memory_format=memory_format)
    return out


def _same_device(a: device_, b: device_) -> bool:
    return a.type == b.type and (a.index or 0) == (b.index or 0)


def _move(x: Variable, dev: device_) -> Any:
    if dev is META:
        return wrap(meta(x._aval.shape, x._aval.dtype))
    moved = jax.device_put(force(value_of(x)), jax_device(dev))
    out = wrap(Value(None, None, aval(tuple(x._aval.shape), x._aval.dtype, dev), moved))
    if x._rg:
        raise NotImplementedError(
            "moving a tensor that requires grad between devices inside a graph is not supported by "
            "jaxtorch; move it before requires_grad_() or use detach()"
        )
    return out


_LEGACY = {
    "Float": dtypes.float32,
    "Double": dtypes.float64,
    "Half": dtypes.float16,
    "BFloat16": dtypes.bfloat16,
    "Byte": dtypes.uint8,
    "Char": dtypes.int8,
    "Short": dtypes.int16,
    "Int": dtypes.int32,
    "Long": dtypes.int64,
    "Bool": dtypes.bool_,
}


def _legacy_name(x: Any) -> str:
    prefix = "torch.cuda." if x._aval.device.type == "cuda" else "torch."
    prefix += "sparse." if x.is_sparse else ""
    return f"{prefix}{x._aval.dtype.scalar_name}Tensor"


def dtype_of_type(given: Any) -> dtypes.dtype:
    """The dtype of a legacy type: "torch.FloatTensor", `torch.FloatTensor` or a dtype."""
    if isinstance(given, str):
        short = given.removeprefix("torch.").removeprefix("cuda.").removeprefix("sparse.")
        found = _LEGACY.get(short.removesuffix("Tensor"))
        if short == "Tensor" or found is None or not short.endswith("Tensor"):
            raise ValueError(f"invalid type: '{given}'")
        return found
    if isinstance(given, type) and issubclass(given, Variable):
        return defaults.dtype
    legacy = getattr(given, "_legacy_dtype", None)
    return legacy if legacy is not None else as_dtype(given, "type")


def device_of_type(given: Any) -> Any:
    """Where a legacy type's tensors lie; None for dtypes, which say nothing of it."""
    if isinstance(given, str):
        return device_("cuda", 0) if given.startswith("torch.cuda.") else CPU
    if not hasattr(given, "_legacy_dtype"):
        return None
    return device_("cuda", 0) if given.is_cuda else CPU


LEGACY_DTYPES = _LEGACY
FUNCTIONS: dict[str, Any] = {"clone": clone, "from_numpy": from_numpy}
METHODS: dict[str, Any] = {"clone": clone, "contiguous": contiguous}
