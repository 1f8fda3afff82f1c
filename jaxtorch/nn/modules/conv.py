"""Convolution layers and their transposes."""

from __future__ import annotations

from typing import Any

from jaxtorch.nn import functional as F
from jaxtorch.nn.modules._conv import _Conv, _ConvNd, _ConvTransposeNd
from jaxtorch.nn.modules.lazy import LazyModuleMixin
from jaxtorch.nn.modules.utils import _pair as _pair
from jaxtorch.nn.modules.utils import _reverse_repeat_tuple as _reverse_repeat_tuple
from jaxtorch.nn.modules.utils import _single as _single
from jaxtorch.nn.modules.utils import _triple as _triple
from jaxtorch.nn.parameter import UninitializedParameter

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
]


class Conv1d(_Conv):
    """A convolution over (N, C_in, L) or (C_in, L).

    The weight is (out_channels, in_channels / groups, kernel_size).
    """

    _dims = 1
    _function: Any = staticmethod(F.conv1d)


class Conv2d(_Conv):
    """A convolution over (N, C_in, H, W) or (C_in, H, W).

    The weight is (out_channels, in_channels / groups, *kernel_size); weight and bias start uniform within
    1/sqrt(fan_in).
    """

    _dims = 2
    _function: Any = staticmethod(F.conv2d)


class Conv3d(_Conv):
    """A convolution over (N, C_in, D, H, W) or (C_in, D, H, W)."""

    _dims = 3
    _function: Any = staticmethod(F.conv3d)


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of Conv1d: upsamples (N, C_in, L).

    The weight is (in_channels, out_channels / groups, kernel_size).
    """

    _dims = 1
    _function: Any = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """The transpose of Conv2d: upsamples (N, C_in, H, W).

    The weight is (in_channels, out_channels / groups, *kernel_size).
    """

    _dims = 2
    _function: Any = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """The transpose of Conv3d: upsamples (N, C_in, D, H, W)."""

    _dims = 3
    _function: Any = staticmethod(F.conv_transpose3d)


# ----- Lazy ones -----


class _LazyConvXdMixin(LazyModuleMixin):
    in_channels: int
    out_channels: int
    groups: int
    weight: Any
    bias: Any
    _dims: int
    _weight_shape: Any

    def _make_lazy(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the parameters anew, once there are any."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> None:
        """Make the parameters for an input."""
        if self.has_uninitialized_params():
            self.in_channels = self._get_in_channels(input)
            if self.in_channels % self.groups != 0:
                raise ValueError("in_channels must be divisible by groups")
            self.weight.materialize(self._weight_shape())
            if self.bias is not None:
                self.bias.materialize((self.out_channels,))
            self.reset_parameters()

    def _get_in_channels(self, input: Any) -> int:
        without, batched = self._dims + 1, self._dims + 2
        if input.dim() not in (without, batched):
            raise RuntimeError(
                f"Expected {without}D (unbatched) or {batched}D (batched) input to "
                f"{type(self).__name__}, but got input of size: {input.shape}"
            )
        return input.shape[1] if input.dim() == batched else input.shape[0]


class _LazyConv(_LazyConvXdMixin, _Conv):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype)
        self._make_lazy(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """A Conv1d that takes `in_channels` from its first input."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A Conv2d that takes `in_channels` from its first input."""

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A Conv3d that takes `in_channels` from its first input."""

    cls_to_become = Conv3d


class _LazyConvTranspose(_LazyConvXdMixin, _ConvTransposeNd):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device, dtype
        )
        self._make_lazy(out_channels, bias, device, dtype)


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A ConvTranspose1d that takes `in_channels` from its first input."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A ConvTranspose2d that takes `in_channels` from its first input."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A ConvTranspose3d that takes `in_channels` from its first input."""

    cls_to_become = ConvTranspose3d


for _class in (_ConvNd, _ConvTransposeNd):
    _class.__module__ = __name__  # where others subclass them from
del _class
