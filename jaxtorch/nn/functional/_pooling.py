"""Poolings with a choice of results, and those that draw random windows or undo others."""

from __future__ import annotations

from typing import Any

from jaxtorch.nn._root import torch
from jaxtorch.nn._sizes import _ntuple
from jaxtorch.nn.functional._ops import internal, table


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maxima of windows of (N, C, L), with `return_indices` also where they are."""
    if return_indices:
        return tuple(table.max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode))
    return torch.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maxima of windows of (N, C, H, W), with `return_indices` also where they are."""
    if return_indices:
        return tuple(table.max_pool2d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode))
    return torch.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maxima of windows of (N, C, D, H, W), with `return_indices` also where they are."""
    if return_indices:
        return tuple(table.max_pool3d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode))
    return torch.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode)


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Max pooling of (N, C, L) to a given length."""
    if return_indices:
        return tuple(table.adaptive_max_pool1d_with_indices(input, output_size))
    return internal._adaptive_max_pool1d(input, output_size)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Max pooling of (N, C, H, W) to a given size; None keeps the input's."""
    if return_indices:
        return tuple(table.adaptive_max_pool2d_with_indices(input, output_size))
    return internal._adaptive_max_pool2d(input, output_size)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Max pooling of (N, C, D, H, W) to a given size; None keeps the input's."""
    if return_indices:
        return tuple(table.adaptive_max_pool3d_with_indices(input, output_size))
    return internal._adaptive_max_pool3d(input, output_size)


def lp_pool1d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The `norm_type`-norms of windows of (N, C, L)."""
    return internal._lp_pool1d(input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The `norm_type`-norms of windows of (N, C, H, W)."""
    return internal._lp_pool2d(input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The `norm_type`-norms of windows of (N, C, D, H, W)."""
    return internal._lp_pool3d(input, norm_type, kernel_size, stride, ceil_mode)


# ----- Undoing max pooling -----


def _unpool_size(input: Any, kernel_size: tuple, stride: tuple, padding: tuple, output_size: Any) -> list[int]:
    n = len(kernel_size)
    # By position, as PyTorch does it: a tuple that is too short is an IndexError.
    plane = input.shape[-n:]
    usual = [(plane[i] - 1) * stride[i] + kernel_size[i] - 2 * padding[i] for i in range(n)]
    if output_size is None:
        return usual
    wanted = output_size
    if len(wanted) == n + 2:
        wanted = wanted[2:]
    if len(wanted) != n:
        raise ValueError(
            f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of "
            f"'{len(wanted)}'"
        )
    for i, (size, s) in enumerate(zip(usual, stride, strict=True)):
        if not size - s < wanted[i] < size + s:
            raise ValueError(f'invalid output_size "{wanted}" (dim {i} must be between {size - s} and {size + s})')
    return list(wanted)


def _plane(input: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any, n: int) -> list[int]:
    sized = _ntuple(n)
    kernel = sized(kernel_size)
    step = kernel if stride is None else sized(stride)
    return _unpool_size(input, kernel, step, sized(padding), output_size)


def max_unpool1d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Put the maxima of `max_pool1d` back to where they were, zeros elsewhere."""
    size = _plane(input, kernel_size, stride, padding, output_size, 1)
    return internal._max_unpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), [*size, 1]).squeeze(-1)


def max_unpool2d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Put the maxima of `max_pool2d` back to where they were, zeros elsewhere."""
    return internal._max_unpool2d(input, indices, _plane(input, kernel_size, stride, padding, output_size, 2))


def max_unpool3d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Put the maxima of `max_pool3d` back to where they were, zeros elsewhere."""
    size = _plane(input, kernel_size, stride, padding, output_size, 3)
    steps = _ntuple(3)(kernel_size if stride is None else stride)
    if min(steps) <= 0:
        raise RuntimeError(f"strides should be greater than zero, but got stride: {list(steps)}")
    return internal._max_unpool3d(input, indices, size)


# ----- Random windows -----


def _fractional(input: Any, kernel_size: Any, output_size: Any, output_ratio: Any, samples: Any, n: int) -> tuple:
    name = f"fractional_max_pool{n}d"
    sized, plane = _ntuple(n), input.shape[-n:]
    if output_size is None:
        if output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        output_size = [int(size * ratio) for size, ratio in zip(plane, sized(output_ratio), strict=True)]
    if samples is None:
        batch = 1 if input.dim() == n + 1 else input.size(0)
        samples = torch.rand(batch, input.size(-n - 1), n, dtype=input.dtype, device=input.device)
    pool = internal._fractional_max_pool2d if n == 2 else internal._fractional_max_pool3d
    return tuple(pool(input, samples, sized(kernel_size), sized(output_size)))


def fractional_max_pool2d_with_indices(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> tuple[Any, Any]:
    """`fractional_max_pool2d` and where the maxima are."""
    return _fractional(input, kernel_size, output_size, output_ratio, _random_samples, 2)


def fractional_max_pool3d_with_indices(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> tuple[Any, Any]:
    """`fractional_max_pool3d` and where the maxima are."""
    return _fractional(input, kernel_size, output_size, output_ratio, _random_samples, 3)


def fractional_max_pool2d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The maxima of windows at random places, `output_size` of them or `output_ratio` times the input's size."""
    values, indices = _fractional(input, kernel_size, output_size, output_ratio, _random_samples, 2)
    return (values, indices) if return_indices else values


def fractional_max_pool3d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The maxima of windows at random places, `output_size` of them or `output_ratio` times the input's size."""
    values, indices = _fractional(input, kernel_size, output_size, output_ratio, _random_samples, 3)
    return (values, indices) if return_indices else values
