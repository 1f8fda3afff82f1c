"""Normalisation, dropout, embedding, padding, convolution and grids by their kernels' names."""

from __future__ import annotations

from typing import Any

from jaxtorch._root import torch
from jaxtorch._tensor.gradients import grad
from jaxtorch._tensor.out import accepting_out, write_out
from jaxtorch.nn import functional as F
from jaxtorch.nn.functional._embedding import _no_grad_embedding_renorm_

# ----- Normalisation -----


def batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Any:
    """`nn.functional.batch_norm` in the kernel's order; one value per channel is no error here."""
    return native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


def instance_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Any:
    """`nn.functional.instance_norm` in the kernel's order."""
    return F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def _moments(x: Any, dims: list[int], eps: float) -> tuple[Any, Any]:
    """The mean and 1 / standard deviation over dimensions, with their dimensions kept."""
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    var, mean = torch.var_mean(wide, dims, correction=0, keepdim=True)
    return mean.to(x.dtype), torch.rsqrt(var + eps).to(x.dtype)


def native_batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    *,
    out: Any = None,
) -> Any:
    """Batch norm, with the batch's mean and 1 / standard deviation (empty unless training)."""
    if training:
        dims = [d for d in range(input.dim()) if d != 1]
        mean, invstd = (s.reshape(-1) for s in _moments(input.detach(), dims, eps))
        count = input.numel() // max(input.size(1), 1)
        single = count == 1  # F.batch_norm refuses one value per channel
        normal = _constant_norm(input, weight, bias) if single else None
    else:
        mean, invstd, normal = input.new_empty(0), input.new_empty(0), None
    if normal is None:
        normal = F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    results = normal, mean, invstd
    return results if out is None else write_out("native_batch_norm", out, results)


def _constant_norm(input: Any, weight: Any, bias: Any) -> Any:
    shape = [1, -1] + [1] * (input.dim() - 2)
    zero = (input - input) * (1 if weight is None else weight.reshape(shape))
    return zero if bias is None else zero + bias.reshape(shape)


def native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> tuple:
    """Layer norm, with the mean and 1 / standard deviation of each sample."""
    normal = F.layer_norm(input, tuple(normalized_shape), weight, bias, eps)
    return normal, *_moments(input.detach(), [-1 - d for d in range(len(normalized_shape))], eps)


def native_group_norm(input: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float) -> tuple:
    """Group norm, with the mean and 1 / standard deviation of each group."""
    normal = F.group_norm(input, group, weight, bias, eps)
    mean, rstd = (s.reshape(N, group) for s in _moments(input.reshape(N, group, C // group * HxW), [-1], eps))
    return normal, mean, rstd


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The norm over all dimensions but one, which keep size 1."""
    if dim == -1:
        return torch.norm(v, pow)
    return torch.norm(v, pow, [d for d in range(v.dim()) if d != dim % v.dim()], keepdim=True)


@accepting_out
def frobenius_norm(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The 2-norm over dimensions."""
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    return torch.norm(input, 2, dims or None, keepdim)


@accepting_out
def nuclear_norm(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum of the singular values of matrices."""
    return torch.norm(input, "nuc", dim, keepdim)


# ----- Dropout -----


def dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.dropout` in the kernel's order."""
    return F.dropout(input, p, train)


def dropout_(input: Any, p: float, train: bool) -> Any:
    """`dropout` in place."""
    return F.dropout(input, p, train, True)


def alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.alpha_dropout` in the kernel's order."""
    return F.alpha_dropout(input, p, train)


def alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """`alpha_dropout` in place."""
    return F.alpha_dropout(input, p, train, True)


def feature_alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.feature_alpha_dropout` in the kernel's order."""
    return F.feature_alpha_dropout(input, p, train)


def feature_alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """`feature_alpha_dropout` in place."""
    return F.feature_alpha_dropout(input, p, train, True)


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """Dropout of whole channels."""
    return F.dropout2d(input, p, train)


def feature_dropout_(input: Any, p: float, train: bool) -> Any:
    """`feature_dropout` in place."""
    return F.dropout2d(input, p, train, True)


def native_dropout(input: Any, p: float, train: bool | None) -> tuple:
    """Dropout, with the mask of what is kept."""
    if train is False or p == 0:
        return input.clone(), torch.ones_like(input, dtype=torch.bool)
    mask = F.dropout(torch.ones_like(input, dtype=torch.float32), p, True) != 0
    return (input * 0 if p == 1 else input * mask * (1 / (1 - p))), mask


# ----- Embedding -----


@accepting_out
def embedding(
    weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Any:
    """`nn.functional.embedding` in the kernel's order; a `padding_idx` of -1 is none."""
    padding = None if padding_idx < 0 else padding_idx
    return F.embedding(indices, weight, padding, None, 2.0, scale_grad_by_freq, sparse)


def embedding_renorm_(input: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """Scale the rows that are looked up down to `max_norm`, in place."""
    _no_grad_embedding_renorm_(input, indices, max_norm, norm_type)
    return input


# ----- Padding, convolution, pooling -----


@accepting_out
def constant_pad_nd(input: Any, pad: Any, value: Any = 0) -> Any:
    """`nn.functional.pad` with a constant, which may be complex."""
    if isinstance(value, complex):
        filled = F.pad(torch.zeros_like(input, dtype=torch.float32), tuple(pad), "constant", 1.0)
        return F.pad(input, tuple(pad)) + filled * value
    return F.pad(input, tuple(pad), "constant", value)


def convolution(
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Any:
    """The convolution of as many dimensions as `weight` has beyond two, transposed or not."""
    dims = weight.dim() - 2
    if transposed:
        function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[dims - 1]
        return function(input, weight, bias, stride, padding, output_padding, groups, dilation)
    function = (F.conv1d, F.conv2d, F.conv3d)[dims - 1]
    return function(input, weight, bias, stride, padding, dilation, groups)


def max_pool1d_with_indices(
    input: Any, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple:
    """Maxima of windows, and where they are."""
    return F.max_pool1d_with_indices(input, kernel_size, stride or None, padding, dilation, ceil_mode)


# ----- Grids -----

_INTERPOLATION = ("bilinear", "nearest", "bicubic")
_PADDING = ("zeros", "border", "reflection")


def grid_sampler(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """`nn.functional.grid_sample` with modes as numbers: bilinear, nearest, bicubic; zeros, border, reflection."""
    modes = _INTERPOLATION[interpolation_mode], _PADDING[padding_mode]
    return F.grid_sample(input, grid, *modes, align_corners=align_corners)


def affine_grid_generator(theta: Any, size: Any, align_corners: bool) -> Any:
    """`nn.functional.affine_grid`."""
    return F.affine_grid(theta, size, align_corners)


def slice_inverse(input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """A tensor shaped like `src` of which `input` is the slice."""
    return torch.slice_scatter(torch.zeros_like(src), input, dim, start, end, step)


# ----- Quantisation aware training -----


def fake_quantize_per_tensor_affine(input: Any, scale: Any, zero_point: Any, quant_min: int, quant_max: int) -> Any:
    """Round to the multiples of `scale` between bounds; the gradient passes between the bounds."""
    number = torch.round(input.detach() * (1.0 / scale) + zero_point)
    return _between(input, (number.clamp(quant_min, quant_max) - zero_point) * scale, number, quant_min, quant_max)


def fake_quantize_per_channel_affine(
    input: Any, scale: Any, zero_point: Any, axis: int, quant_min: int, quant_max: int
) -> Any:
    """`fake_quantize_per_tensor_affine` with a scale for each index of a dimension."""
    shape = [-1 if d == axis % input.dim() else 1 for d in range(input.dim())]
    return fake_quantize_per_tensor_affine(input, scale.reshape(shape), zero_point.reshape(shape), quant_min, quant_max)


def _between(input: Any, value: Any, number: Any, low: int, high: int) -> Any:
    inside = (number >= low) & (number <= high)
    passed = input * inside.to(input.dtype)
    return value.to(input.dtype) + (passed - passed.detach()) if input.requires_grad else value.to(input.dtype)


def embedding_bag(
    weight: Any,
    indices: Any,
    offsets: Any,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple:
    """Bags of rows (`mode` 0 sum, 1 mean, 2 max), with the bag of each index, the bags' sizes, empty `max_indices`.

    Differs from PyTorch, which fills `max_indices` for mode 2.
    """
    name = ("sum", "mean", "max")[mode]
    bags = F.embedding_bag(
        indices,
        weight,
        offsets,
        scale_grad_by_freq=scale_grad_by_freq,
        mode=name,
        sparse=sparse,
        per_sample_weights=per_sample_weights,
        include_last_offset=include_last_offset,
        padding_idx=padding_idx,
    )
    starts = offsets[:-1] if include_last_offset else offsets
    owner = torch.bucketize(torch.arange(indices.numel(), dtype=offsets.dtype), starts, right=True) - 1
    sizes = torch.diff(starts, append=torch.tensor([indices.numel()], dtype=offsets.dtype))
    return bags, owner, sizes, offsets.new_empty(0)


def convolution_backward(
    grad_output: Any,
    input: Any,
    weight: Any,
    bias_sizes: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
    output_mask: Any,
) -> tuple:
    """Gradients of a convolution's input, weight and bias; None where `output_mask` says so."""
    with torch.enable_grad():
        leaves = [x.detach().requires_grad_() for x in (input, weight)]
        out = convolution(leaves[0], leaves[1], None, stride, padding, dilation, transposed, output_padding, groups)
    grads: list[Any] = [None, None]
    wanted = [i for i in (0, 1) if output_mask[i]]
    for i, found in zip(wanted, grad(out, [leaves[i] for i in wanted], grad_output) if wanted else (), strict=True):
        grads[i] = found
    others = [d for d in range(grad_output.dim()) if d != 1]
    return (*grads, grad_output.sum(others) if output_mask[2] else None)


FUNCTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (
        batch_norm,
        instance_norm,
        native_batch_norm,
        native_layer_norm,
        native_group_norm,
        norm_except_dim,
        frobenius_norm,
        nuclear_norm,
        dropout,
        dropout_,
        alpha_dropout,
        alpha_dropout_,
        feature_alpha_dropout,
        feature_alpha_dropout_,
        feature_dropout,
        feature_dropout_,
        native_dropout,
        embedding,
        embedding_bag,
        embedding_renorm_,
        constant_pad_nd,
        convolution,
        convolution_backward,
        max_pool1d_with_indices,
        grid_sampler,
        affine_grid_generator,
        slice_inverse,
        fake_quantize_per_tensor_affine,
        fake_quantize_per_channel_affine,
    )
}
FUNCTIONS |= {"grid_sampler_2d": grid_sampler, "grid_sampler_3d": grid_sampler}
