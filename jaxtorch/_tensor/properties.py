"""Attributes and metadata of Tensor."""

from __future__ import annotations

import warnings
from typing import Any

from jaxtorch._autograd.node import LEAF, split
from jaxtorch._autograd.variable import Variable, alias, meta_of, value_of
from jaxtorch._base.devices import META
from jaxtorch._base.once import warn_once
from jaxtorch._base.sizes import Size, is_contiguous, wrap_dim
from jaxtorch._ops.checks import CPP_NAMES
from jaxtorch._storage.host import lay_out
from jaxtorch._storage.storage import VersionCounter
from jaxtorch._tensor import view_methods
from jaxtorch._tensor.layouts import channels_last, channels_last_3d, contiguous_format, strided

_NOT_A_LEAF = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated "
    "during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use "
    ".retain_grad() "
    "on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor "
    "instead."
)


_NO_MATRIX = (
    "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an "
    "error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - "
    "1, -1, -1))` to reverse the dimensions of a tensor."
)
_NO_DIMENSIONS = "Tensor.{} is deprecated on 0-D tensors. This function is the identity in these cases."


class Properties:
    """Shape, dtype, memory and autograd attributes."""

    __slots__ = ()

    @property
    def shape(self: Any) -> Size:
        """The size of each dimension."""
        return self._aval.shape

    @property
    def dtype(self: Any):
        """The element type."""
        return self._aval.dtype

    @property
    def device(self: Any):
        """Where the tensor lives."""
        return self._aval.device

    @property
    def ndim(self: Any) -> int:
        """The number of dimensions."""
        return self._aval.ndim

    @property
    def layout(self: Any):
        """`torch.strided`."""
        return strided

    @property
    def itemsize(self: Any) -> int:
        """Bytes of one element."""
        return self._aval.dtype.itemsize

    @property
    def nbytes(self: Any) -> int:
        """Bytes of all elements."""
        return self._aval.numel * self._aval.dtype.itemsize

    @property
    def names(self: Any) -> tuple:
        """Dimension names; named tensors are not supported, so all None."""
        return (None,) * self._aval.ndim

    def size(self: Any, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        if dim is None:
            return self._aval.shape
        return self._aval.shape[wrap_dim(dim, self._aval.ndim)]

    def dim(self: Any) -> int:
        """The number of dimensions."""
        return self._aval.ndim

    ndimension = dim

    def numel(self: Any) -> int:
        """The number of elements."""
        return self._aval.numel

    nelement = numel

    def element_size(self: Any) -> int:
        """Bytes of one element."""
        return self._aval.dtype.itemsize

    def stride(self: Any, dim: int | None = None) -> Any:
        """Elements to step over in memory for each dimension, or for one."""
        st = view_methods.strides(self)
        return st if dim is None else st[wrap_dim(dim, self._aval.ndim)]

    def storage_offset(self: Any) -> int:
        """Where in its storage the tensor starts."""
        return view_methods.offset(self)

    def data_ptr(self: Any) -> int:
        """Where the tensor starts in memory: on the CPU its elements lie there as of this call, which runs what waits.

        Differs from PyTorch: the tensor sees what is written there only where it shares a NumPy array's memory.
        """
        if not self._aval.numel:
            return 0
        return lay_out(self._storage) + view_methods.offset(self) * self._aval.dtype.itemsize

    def is_contiguous(self: Any, memory_format: Any = contiguous_format) -> bool:
        """Whether elements lie in memory in the order of `memory_format`."""
        if memory_format is contiguous_format:
            return self._strides is None or is_contiguous(self._aval.shape, self._strides)
        return _is_channels_last(self, memory_format)

    def is_floating_point(self: Any) -> bool:
        """Whether the dtype is a floating point one."""
        return self._aval.dtype.is_floating_point

    def is_complex(self: Any) -> bool:
        """Whether the dtype is complex."""
        return self._aval.dtype.is_complex

    def is_signed(self: Any) -> bool:
        """Whether the dtype has a sign."""
        return self._aval.dtype.is_signed

    def is_inference(self: Any) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._meta is not None and self._meta.inference

    @property
    def _cdata(self: Any) -> int:
        """A number that tells tensor objects apart."""
        return id(self)

    def is_pinned(self: Any, device: Any = None) -> bool:
        """False: memory is never pinned."""
        return False

    def get_device(self: Any) -> int:
        """The index of the accelerator, -1 on CPU."""
        return -1 if self._aval.device.type == "cpu" else self._aval.device.index or 0

    def __len__(self: Any) -> int:
        if not self._aval.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._aval.shape[0]

    def __hash__(self: Any) -> int:
        return id(self)

    # ----- Memory -----

    @property
    def _version(self: Any) -> int:
        return self._vc.version

    @property
    def _base(self: Any) -> Any:
        return None if self._view is None else self._view.base

    def _is_view(self: Any) -> bool:
        return self._view is not None and self._view.base is not None

    @property
    def data(self: Any) -> Any:
        """The same memory without history; writes through it are not noticed by autograd."""
        out = alias(self, type(self))
        out._vc = VersionCounter()
        return out

    @data.setter
    def data(self: Any, other: Any) -> None:
        if not isinstance(other, Variable):
            raise TypeError(f"Variable data has to be a tensor, but got {type(other).__name__}")
        if self._rg and not other._aval.dtype.differentiable:
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self._storage, self._vc, self._aval, self._strides = other._storage, other._vc, other._aval, other._strides
        self._view = alias(other)._view

    def detach(self: Any) -> Any:
        """The same memory without history."""
        return alias(self)

    def detach_(self: Any) -> Any:
        """Cut this tensor off from its history."""
        if self._view is not None and self._view.base is not None and self._rg:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using "
                "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, "
                "gradients are views of DDP buckets, and hence detach_() cannot be called on these gradients."
            )
        self._rg, self._node = False, None
        return self

    # ----- Autograd -----

    @property
    def requires_grad(self: Any) -> bool:
        """Whether gradients flow to or through this tensor."""
        if self._view is not None:
            value_of(self)
        return self._rg

    @requires_grad.setter
    def requires_grad(self: Any, value: bool) -> None:
        if self._node is not None and not value:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed "
                "variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if value and not self._aval.dtype.differentiable:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self._rg = bool(value)

    def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
        """Set `requires_grad` and give the tensor back."""
        if requires_grad and not self._aval.dtype.differentiable:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self: Any) -> bool:
        """Whether no operation made this tensor, as far as autograd knows."""
        if self._view is not None:
            value_of(self)
        return self._node is None

    @property
    def output_nr(self: Any) -> int:
        """Which output of its `grad_fn` this tensor is."""
        return self._node[1] if type(self._node) is tuple else 0

    @property
    def grad(self: Any) -> Any:
        """The accumulated gradient, None before the first backward."""
        meta = self._meta
        gradient = None if meta is None else meta.grad
        if (
            gradient is None
            and self._node is not None
            and not ((meta is not None and meta.retains) or split(self._node)[1] == LEAF)
        ):
            warnings.warn(_NOT_A_LEAF, UserWarning, stacklevel=2)
        return gradient

    @grad.setter
    def grad(self: Any, value: Any) -> None:
        if value is None:
            if self._meta is not None:
                self._meta.grad = None
            return
        if not isinstance(value, Variable):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value._aval.dtype is not self._aval.dtype:
            given = value._aval.dtype.name
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{CPP_NAMES.get(given, given)}' to a tensor with "
                f"grad_dtype '{self._aval.dtype.scalar_name}'. The gradient must match the tensor's grad_dtype "
                "(defaults to the tensor's dtype)."
            )
        if value._aval.shape != self._aval.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._aval.shape)}' to a tensor of size "
                f"'{list(self._aval.shape)}'. Please ensure that the gradient and the tensor are the same size"
            )
        meta_of(self).grad = value

    @grad.deleter
    def grad(self: Any) -> None:
        if self._meta is not None:
            self._meta.grad = None

    _grad = grad

    @property
    def retains_grad(self: Any) -> bool:
        """Whether a non-leaf keeps its gradient."""
        return self._meta is not None and self._meta.retains

    @property
    def name(self: Any) -> Any:
        """The variable's name (None)."""
        return None if self._meta is None else self._meta.name

    @property
    def is_cpu(self: Any) -> bool:
        """Whether the tensor lives on the CPU."""
        return self._aval.device.type == "cpu"

    @property
    def is_cuda(self: Any) -> bool:
        """Whether the tensor lives on a GPU."""
        return self._aval.device.type == "cuda"

    @property
    def is_meta(self: Any) -> bool:
        """Whether the tensor has no data."""
        return self._aval.device is META

    # ----- Shapes as attributes -----

    @property
    def T(self: Any) -> Any:
        """All dimensions reversed; deprecated but for matrices."""
        if self._aval.ndim != 2:
            warn_once(_NO_MATRIX if self._aval.ndim else _NO_DIMENSIONS.format("T"))
        return view_methods.permute(self, tuple(range(self._aval.ndim))[::-1], "PermuteBackward0")

    @property
    def mT(self: Any) -> Any:
        """The last two dimensions swapped."""
        if not self._aval.ndim:
            warn_once(_NO_DIMENSIONS.format("mT"))
            return self.view(())
        if self._aval.ndim < 2:
            raise RuntimeError(
                f"tensor.mT is only supported on matrices or batches of matrices. Got {self._aval.ndim}-D tensor."
            )
        return view_methods.transpose(self, -2, -1)

    @property
    def H(self: Any) -> Any:
        """The conjugate transpose of a matrix."""
        if self._aval.ndim not in (0, 2):
            batch = " For batches of matrices, consider using tensor.mH" if self._aval.ndim > 2 else ""
            raise RuntimeError(
                f"tensor.H is only supported on matrices (2-D tensors). Got {self._aval.ndim}-D tensor.{batch}"
            )
        if not self._aval.ndim:
            warn_once(_NO_DIMENSIONS.format("H"))
        moved = self if self._aval.ndim == 0 else view_methods.transpose(self, 0, 1)
        return moved.conj()

    @property
    def mH(self: Any) -> Any:
        """The last two dimensions swapped, conjugated."""
        return self.mT.conj()

    @property
    def real(self: Any) -> Any:
        """The real part, sharing memory."""
        return view_methods.real(self)

    @real.setter
    def real(self: Any, value: Any) -> None:
        view_methods.real(self).copy_(value)

    @property
    def imag(self: Any) -> Any:
        """The imaginary part, sharing memory."""
        return view_methods.imag(self)

    @imag.setter
    def imag(self: Any, value: Any) -> None:
        view_methods.imag(self).copy_(value)


for _flag in (
    "is_sparse",
    "is_sparse_csr",
    "is_quantized",
    "is_mkldnn",
    "is_xla",
    "is_mps",
    "is_xpu",
    "is_ipu",
    "is_hpu",
    "is_mtia",
    "is_maia",
    "is_vulkan",
    "is_nested",
):
    setattr(Properties, _flag, False)


def _is_channels_last(x: Any, memory_format: Any) -> bool:
    order = {channels_last: (0, 2, 3, 1), channels_last_3d: (0, 2, 3, 4, 1)}.get(memory_format)
    if order is None:
        raise RuntimeError(f"unsupported memory format option {memory_format}")
    shape = x._aval.shape
    if len(shape) != len(order):
        return False
    st = view_methods.strides(x)
    return is_contiguous([shape[d] for d in order], [st[d] for d in order])
