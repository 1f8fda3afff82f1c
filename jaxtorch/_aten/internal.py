"""Kernels that PyTorch names below `torch.ops.aten`, or by private names that libraries call."""

from __future__ import annotations

from typing import Any

from jaxtorch._aten.layers import native_batch_norm
from jaxtorch._base.dtypes import int64
from jaxtorch._base.unsupported import unsupported
from jaxtorch._tensor.dynamic import unique
from jaxtorch._tensor.tensor import FUNCTIONS as TABLE
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.nn import functional


def _softmax_backward_data(grad_output: Any, output: Any, dim: int, input_dtype: Any) -> Any:
    """The gradient of `softmax`, from its result."""
    weighted = grad_output * output
    return (weighted - output * weighted.sum(dim, keepdim=True)).to(input_dtype)


def native_dropout_backward(grad_output: Any, mask: Any, scale: float) -> Any:
    """The gradient of dropout, from its mask."""
    return grad_output * mask * scale


def _alias(self: Any) -> Any:
    """A view of all of a tensor."""
    return self.view(self.shape)


def _index(self: Any, indices: Any) -> Any:
    """The elements at indices, one for each dimension; None stands for all of it."""
    return self[tuple(slice(None) if i is None else i for i in indices)]


def _pin_memory(self: Any, device: Any = None) -> Any:
    """A copy in pinned memory."""
    return self.pin_memory()


def _is_all_true(self: Any) -> Any:
    """Whether all elements of a boolean tensor hold, as a tensor."""
    return self.all()


def _local_scalar_dense(self: Any) -> Any:
    """The number in a tensor of one element."""
    return self.item()


def _sym_size(self: Any, dim: int) -> int:
    """The size of a dimension."""
    return self.size(dim)


def _slice(self: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """A view of every `step`-th element of a dimension."""
    index: list[Any] = [slice(None)] * self.dim()
    index[dim] = slice(start, end, step)
    return self[tuple(index)]


def _upsample_bilinear2d_aa(
    input: Any, output_size: Any, align_corners: bool, scales_h: float | None = None, scales_w: float | None = None
) -> Any:
    """`interpolate` with antialiasing, to a size."""
    return functional.interpolate(
        input, tuple(output_size), mode="bilinear", align_corners=align_corners, antialias=True
    )


def _safe_softmax(self: Any, dim: int, dtype: Any = None) -> Any:
    """`softmax` that is zero where all of a row is -inf."""
    masked = (self == float("-inf")).all(dim, keepdim=True)
    return functional.softmax(self, dim, dtype=dtype).masked_fill(masked, 0.0)


def _unsafe_masked_index(self: Any, mask: Any, indices: Any, fill: Any) -> Any:
    """The indexed elements, with `fill` where the mask is false (an index may be out of range there)."""
    bounded = [None if i is None else i.where(mask, i.new_zeros(())) for i in indices]
    picked = self[tuple(slice(None) if i is None else i for i in bounded)]
    return picked.masked_fill(mask.logical_not(), fill)


def _unsafe_masked_index_put_accumulate(self: Any, mask: Any, indices: Any, values: Any) -> Any:
    """A copy with the values added at the indices, where the mask is true."""
    bounded = [None if i is None else i.where(mask, i.new_zeros(())) for i in indices]
    return self.index_put(
        tuple(slice(None) if i is None else i for i in bounded), values.masked_fill(mask.logical_not(), 0), True
    )


def _chunk_cat(tensors: Any, dim: int, num_chunks: int, *, out: Any = None) -> Any:
    """Each tensor cut into chunks (padded with zeros to equal length), the chunks of equal number joined."""
    rows = []
    for x in tensors:
        length = -(-x.shape[dim] // num_chunks) * num_chunks
        pad = [0, 0] * (x.dim() - dim - 1) + [0, length - x.shape[dim]]
        rows.append(functional.pad(x, pad).unflatten(dim, (num_chunks, -1)).flatten(dim + 1))
    result = TABLE["cat"](rows, dim + 1)
    return result if out is None else out.resize_(result.shape).copy_(result)


def _native_batch_norm_legit(input: Any, weight: Any, bias: Any, *rest: Any, **named: Any) -> Any:
    """`native_batch_norm`; without running statistics too."""
    if isinstance(rest[0] if rest else named.get("training"), bool):
        rest = (None, None, *rest)
    return native_batch_norm(input, weight, bias, *rest, **named)


def _unsupported(name: str, instead: str) -> Any:
    return unsupported(f"ops.aten.{name}", f"use {instead}")


# What PyTorch has as `torch._name`, too.
def _unique(self: Any, sorted: bool = True, return_inverse: bool = False) -> tuple:
    """The distinct elements and, where they are asked for, the place of each element among them."""
    if return_inverse:
        return unique(self, sorted, True)
    return unique(self, sorted), self.new_zeros(0, dtype=int64)


ROOT: dict[str, Any] = {
    "_unique": _unique,
    "_softmax_backward_data": _softmax_backward_data,
    "_unsafe_masked_index": _unsafe_masked_index,
    "_unsafe_masked_index_put_accumulate": _unsafe_masked_index_put_accumulate,
    "_chunk_cat": _chunk_cat,
    "_native_batch_norm_legit": _native_batch_norm_legit,
    "_segment_reduce": TABLE["segment_reduce"],
    "_safe_softmax": _safe_softmax,
    "_scaled_mm": _unsupported("_scaled_mm", "torch.mm of the values times the scales"),
    "_scaled_mm_v2": _unsupported("_scaled_mm_v2", "torch.mm of the values times the scales"),
}
FUNCTIONS: dict[str, Any] = {
    **ROOT,
    "_flash_attention_forward": _unsupported(
        "_flash_attention_forward", "torch.nn.functional.scaled_dot_product_attention"
    ),
    "_efficient_attention_forward": _unsupported(
        "_efficient_attention_forward", "torch.nn.functional.scaled_dot_product_attention"
    ),
    "native_dropout_backward": native_dropout_backward,
    "alias": _alias,
    "index": _index,
    "sym_size": _sym_size,
    "_is_all_true": _is_all_true,
    "_local_scalar_dense": _local_scalar_dense,
    "_pin_memory": _pin_memory,
    "_unsafe_view": Tensor.reshape,
    "_sparse_addmm": _unsupported("_sparse_addmm", "torch.sparse.addmm"),
    "_sparse_mm_reduce_impl": _unsupported("_sparse_mm_reduce_impl", "torch.sparse.mm"),
    "slice": _slice,
    "_upsample_bilinear2d_aa": _upsample_bilinear2d_aa,
    "_batch_norm_with_update": _unsupported("_batch_norm_with_update", "torch.nn.functional.batch_norm"),
    "max_pool2d_with_indices_backward": _unsupported("max_pool2d_with_indices_backward", "torch.autograd.grad"),
}
