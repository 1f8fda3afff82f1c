"""Embedding and embedding bags."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from jaxtorch._autograd.function import Function
from jaxtorch._autograd.grad_mode import no_grad
from jaxtorch._base.dtypes import int64
from jaxtorch._ops.extreme_values import largest
from jaxtorch._tensor.fused import update
from jaxtorch.nn._root import torch
from jaxtorch.nn.functional._ops import internal
from jaxtorch.sparse._factory import sparse_coo_tensor


def _row(padding_idx: int, rows: int) -> int:
    if not -rows <= padding_idx < rows and padding_idx != 0:
        raise AssertionError("Padding_idx must be within num_embeddings")
    return padding_idx + rows if padding_idx < 0 else padding_idx


def _shorten(targets: list, sources: list, numbers: list, p: float) -> list:
    weight, at = targets[0], sources[0].reshape(-1)
    rows = weight[at]
    norms = (
        jnp.sum(jnp.abs(rows) ** p, 1, keepdims=True) ** (1 / p)
        if not math.isinf(p)
        else largest(jnp.abs(rows), 1, True)
    )
    limit = numbers[0].astype(weight.dtype)
    scaled = jnp.where(norms > limit, rows * (limit / (norms + jnp.asarray(1e-7, weight.dtype))), rows)
    return [weight.at[at].set(scaled)]


def _no_grad_embedding_renorm_(weight: Any, input: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are looked up down to `max_norm`, in place."""
    with no_grad():
        update(_shorten, [weight.detach()], [input.detach()], (float(max_norm),), (float(norm_type),))


class _PerOccurrence(Function):
    """The identity on rows; backward divides the gradient of each by how often its index occurs."""

    @staticmethod
    def forward(ctx: Any, rows: Any, input: Any, count: int) -> Any:
        ctx.save_for_backward(input)
        ctx.count = count
        return rows.view_as(rows)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> tuple[Any, None, None]:
        (input,) = ctx.saved_tensors
        flat = input.reshape(-1)
        counts = torch.zeros(ctx.count, dtype=grad.dtype, device=grad.device).index_add(
            0, flat, torch.ones_like(flat, dtype=grad.dtype)
        )
        return grad / counts.index_select(0, flat).view(*input.shape, 1), None, None


class _SparseRows(Function):
    """Rows whose gradient names the rows, one entry for each time one was looked up."""

    @staticmethod
    def forward(
        ctx: Any, take: Callable, input: Any, weight: Any, padding_idx: int | None, scale_grad_by_freq: bool
    ) -> Any:
        ctx.save_for_backward(input)
        ctx.size, ctx.padding_idx, ctx.scaled = weight.shape, padding_idx, scale_grad_by_freq
        return take(input, weight, padding_idx=None)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> tuple:
        if ctx.scaled:
            raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse gradients")
        (input,) = ctx.saved_tensors
        at, values = input.flatten().clone(), grad.reshape(input.numel(), ctx.size[1])
        if ctx.padding_idx is not None:  # not left out: how many there are would have to be read
            values = values.masked_fill((at == ctx.padding_idx).unsqueeze(1), 0)
        return None, None, sparse_coo_tensor(at.unsqueeze(0), values, ctx.size), None, None


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of `weight` at integer indices: (...) to (..., D).

    The row `padding_idx` gets no gradient; rows longer than `max_norm` are scaled down in place first. With
    `sparse=True` the gradient of `weight` is a sparse tensor; the row `padding_idx` is in it, with zeros.
    """
    if padding_idx is not None:
        padding_idx = _row(padding_idx, weight.size(0))
    if max_norm is not None:
        _no_grad_embedding_renorm_(weight, input, max_norm, norm_type)
    return _take(internal._embedding, input, weight, padding_idx, scale_grad_by_freq, sparse)


def _take(
    take: Callable, input: Any, weight: Any, padding_idx: int | None, scale_grad_by_freq: bool, sparse: bool
) -> Any:
    if sparse:
        return _SparseRows.apply(take, input, weight, padding_idx, scale_grad_by_freq)
    rows = take(input, weight, padding_idx=padding_idx)
    return _PerOccurrence.apply(rows, input, weight.size(0)) if scale_grad_by_freq else rows


# ----- Bags -----


def _check_bag(
    input: Any, weight: Any, offsets: Any, mode: str, scale_grad_by_freq: bool, sparse: bool, per_sample_weights: Any
) -> None:
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it "
            f"must have the same shape as the input ({input.shape})"
        )
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    if input.dim() == 2 and offsets is not None:
        raise ValueError(
            f"if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed "
            f"length sequences. However, found offsets of type {type(offsets)}"
        )
    if input.dim() == 1 and offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if input.dim() == 1 and offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if input.dim() not in (1, 2):
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights was not None. per_sample_weights is only "
            f"supported for "
            f"mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )
    if per_sample_weights is not None and per_sample_weights.dtype is not weight.dtype:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
            f"'per_sample_weights'; but type {weight.type()} does not equal {per_sample_weights.type()} (while "
            "checking arguments for embedding_bag)"
        )


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, mean or maximum of the rows in each bag of indices: (B, n), or flat with `offsets`, to (B, D).

    With `sparse=True` the gradient of `weight` is a sparse tensor.
    """
    if weight.dtype is int64 and input.is_floating_point():
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, "
            "...)` is deprecated, and should now be `embedding_bag(input, weight, ...)`.",
            stacklevel=2,
        )
        weight, input = input, weight
    _check_bag(input, weight, offsets, mode, scale_grad_by_freq, sparse, per_sample_weights)
    if padding_idx is not None:
        rows = weight.size(0)
        if not -rows <= padding_idx < rows:
            raise RuntimeError(
                f"padding_idx must be within the number of embeddings, -{rows} through {rows - 1}, but got "
                f"{padding_idx}"
            )
        padding_idx %= rows
    if max_norm is not None:
        _no_grad_embedding_renorm_(weight, input, max_norm, norm_type)
    rows = _take(internal._embedding_bag, input, weight, padding_idx, scale_grad_by_freq, sparse)
    counted = None if padding_idx is None else input != padding_idx
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(-1)
    if counted is not None:
        rows = rows.masked_fill(~counted.unsqueeze(-1), -math.inf if mode == "max" else 0.0)
    if input.dim() == 2:
        return _reduce_rows(rows, counted, mode)
    return _reduce_bags(rows, offsets, counted, mode, include_last_offset)


def _reduce_rows(rows: Any, counted: Any, mode: str) -> Any:
    """Bags of equal length: (B, n, D) to (B, D)."""
    if rows.size(1) == 0:
        return rows.sum(1)
    if mode == "max":
        best = rows.max(1).values
        return best if counted is None else best.masked_fill(~counted.any(1, keepdim=True), 0.0)
    total = rows.sum(1)
    if mode == "sum":
        return total
    if counted is None:
        return total / rows.size(1)
    return total / counted.sum(1, keepdim=True).clamp_min(1).to(rows.dtype)


def _reduce_bags(rows: Any, offsets: Any, counted: Any, mode: str, include_last_offset: bool) -> Any:
    """Bags that start at offsets: (n, D) to (B, D)."""
    bags = offsets.size(0) - (1 if include_last_offset else 0)
    n = rows.size(0)
    owner = internal._bag_of_each(offsets, count=n, include_last_offset=include_last_offset)
    if counted is None:
        counted = torch.ones(n, dtype=rows.dtype, device=rows.device)
    counts = rows.new_zeros(bags).index_add(0, owner, counted.to(rows.dtype)).unsqueeze(1)
    if mode == "max":
        lowest = rows.new_full((bags, rows.size(1)), -math.inf)
        best = lowest.index_reduce(0, owner, rows, "amax")
        return best.masked_fill(counts == 0, 0.0)
    total = rows.new_zeros(bags, rows.size(1)).index_add(0, owner, rows)
    return total if mode == "sum" else total / counts.clamp_min(1)
