"""Attention: the scaled dot product with dropout, and multi-head attention as MultiheadAttention calls it."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import bool_
from jaxtorch._tensor.construct import from_array
from jaxtorch.nn._root import torch
from jaxtorch.nn.attention.bias import CausalBias
from jaxtorch.nn.functional._dropout import dropout
from jaxtorch.nn.functional._ops import table


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """`softmax(query @ key.mT * scale + mask) @ value` over (..., L, E), (..., S, E), (..., S, Ev).

    True in a bool mask lets a position take part. The default scale is 1 / sqrt(E).
    """
    if isinstance(attn_mask, CausalBias):
        attn_mask = attn_mask._materialize(query.device)
    if dropout_p <= 0.0:
        return table.scaled_dot_product_attention(
            query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
        )
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )
        attn_mask = from_array(np.tri(query.size(-2), key.size(-2), dtype=np.bool_), bool_, query.device)
    dtype = query.dtype
    if dtype.itemsize == 2:
        query, key, value = query.float(), key.float(), value.float()
    # The square root goes to both factors, which keeps large numbers in range.
    factor = math.sqrt(1.0 / math.sqrt(query.size(-1)) if scale is None else scale)
    scores = torch.matmul(query * factor, (key * factor).transpose(-2, -1))
    if attn_mask is not None:
        if attn_mask.dtype is bool_:
            scores = scores.masked_fill(attn_mask.logical_not(), -math.inf)
        else:
            scores = scores + attn_mask
    return torch.matmul(dropout(scores.softmax(-1), dropout_p, True), value).to(dtype)


# ----- Masks -----


def _none_or_dtype(input: Any) -> Any:
    if input is None:
        return None
    if isinstance(input, Variable):
        return input.dtype
    raise RuntimeError("input to _none_or_dtype() must be None or torch.Tensor")


def _canonical_mask(
    mask: Any, mask_name: str, other_type: Any, other_name: str, target_type: Any, check_other: bool = True
) -> Any:
    """A mask as floats that are added to scores: -inf where a bool one is True."""
    if mask is None:
        return None
    if mask.dtype is not bool_ and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype is not other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    if mask.is_floating_point():
        return mask
    return torch.zeros_like(mask, dtype=target_type).masked_fill(mask, -math.inf)


def _mha_shape_check(query: Any, key: Any, value: Any, key_padding_mask: Any, attn_mask: Any, num_heads: int) -> bool:
    """Whether the query has a batch dimension; AssertionError when the others do not go with it."""
    dims = query.dim()
    if dims not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {dims}-D query tensor")
    kind = "batched (3-D)" if dims == 3 else "unbatched (2-D)"
    if key.dim() != dims or value.dim() != dims:
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {dims}-D but found {key.dim()}-D "
            f"and {value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != dims - 1:
        raise AssertionError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {dims - 1}-D but found "
            f"{key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(
                f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
                f"{attn_mask.dim()}-D tensor instead"
            )
        expected = (num_heads, query.shape[0], key.shape[0])
        if dims == 2 and attn_mask.dim() == 3 and tuple(attn_mask.shape) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}")
    return dims == 3


def _check_mask_size(attn_mask: Any, batch: int, heads: int, tgt_len: int, src_len: int) -> Any:
    dims = attn_mask.dim()
    if dims not in (2, 3):
        raise RuntimeError(f"attn_mask's dimension {dims} is not supported")
    expected = (tgt_len, src_len) if dims == 2 else (batch * heads, tgt_len, src_len)
    if tuple(attn_mask.shape) != expected:
        raise RuntimeError(f"The shape of the {dims}D attn_mask is {attn_mask.shape}, but should be {expected}.")
    return attn_mask.unsqueeze(0) if dims == 2 else attn_mask


def _add_padding(attn_mask: Any, padding: Any, batch: int, heads: int, src_len: int) -> Any:
    """The attention mask with the padding mask in it."""
    for dim, size in enumerate((batch, src_len)):
        if padding.shape[dim] != size:
            raise AssertionError(f"Expected key_padded_mask.shape[{dim}] to be {size}, but got {padding.shape[dim]}")
    padding = padding.view(batch, 1, 1, src_len).expand(-1, heads, -1, -1).reshape(batch * heads, 1, src_len)
    return padding if attn_mask is None else attn_mask + padding


# ----- Projections -----


def _in_projection_packed(q: Any, k: Any, v: Any, w: Any, b: Any = None) -> tuple[Any, Any, Any]:
    """Query, key and value through the three parts of one weight, in as few products as they allow."""
    size = q.size(-1)
    if k is v:
        if q is k:
            return tuple(table.linear(q, w, b).chunk(3, -1))
        w_q, w_kv = w.split([size, size * 2])
        b_q, b_kv = (None, None) if b is None else b.split([size, size * 2])
        return (table.linear(q, w_q, b_q), *table.linear(k, w_kv, b_kv).chunk(2, -1))
    w_q, w_k, w_v = w.chunk(3)
    b_q, b_k, b_v = (None, None, None) if b is None else b.chunk(3)
    return table.linear(q, w_q, b_q), table.linear(k, w_k, b_k), table.linear(v, w_v, b_v)


def _in_projection(
    q: Any, k: Any, v: Any, w_q: Any, w_k: Any, w_v: Any, b_q: Any = None, b_k: Any = None, b_v: Any = None
) -> tuple[Any, Any, Any]:
    """Query, key and value through a weight each."""
    size = q.size(-1)
    for name, x, w, b in (("query", q, w_q, b_q), ("key", k, w_k, b_k), ("value", v, w_v, b_v)):
        if tuple(w.shape) != (size, x.size(-1)):
            raise AssertionError(f"expecting {name} weights shape of {(size, x.size(-1))}, but got {w.shape}")
        if b is not None and tuple(b.shape) != (size,):
            raise AssertionError(f"expecting {name} bias shape of {(size,)}, but got {b.shape}")
    return table.linear(q, w_q, b_q), table.linear(k, w_k, b_k), table.linear(v, w_v, b_v)


def _project(
    query: Any, key: Any, value: Any, in_proj_weight: Any, in_proj_bias: Any, separate: bool, weights: tuple
) -> tuple[Any, Any, Any]:
    if not separate:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        return _in_projection_packed(query, key, value, in_proj_weight, in_proj_bias)
    if key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    for name, weight in zip("qkv", weights, strict=True):
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is None")
    biases = (None, None, None) if in_proj_bias is None else in_proj_bias.chunk(3)
    return _in_projection(query, key, value, *weights, *biases)


def _heads(x: Any, static: Any, name: str, rows: int, head_dim: int) -> Any:
    """(S, N, E) as (N * heads, S, head_dim), or the given tensor of that form."""
    if static is None:
        return x.reshape(x.shape[0], rows, head_dim).transpose(0, 1)
    for dim, size in ((0, rows), (2, head_dim)):
        if static.size(dim) != size:
            raise AssertionError(f"expecting {name}.size({dim}) of {size}, but got {static.size(dim)}")
    return static


def _with_hint(attn_mask: Any, padding: Any, is_causal: bool, need_weights: bool, dtype: Any) -> tuple[Any, bool]:
    """The mask as floats, or none where the hint stands for it; and whether the hint is left to be used."""
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and padding is None and not need_weights:
        return None, True
    return _canonical_mask(attn_mask, "attn_mask", None, "", dtype, False), is_causal and padding is None


def _widened(attn_mask: Any, padding: Any, added: int, batch: int, num_heads: int, src_len: int) -> Any:
    """Both masks as one, in which the positions that were added at the end are open to all."""
    if added:
        attn_mask = None if attn_mask is None else table.pad(attn_mask, (0, added))
        padding = None if padding is None else table.pad(padding, (0, added))
    return attn_mask if padding is None else _add_padding(attn_mask, padding, batch, num_heads, src_len)


# ----- The whole -----


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """Multi-head attention of (L, N, E) queries to (S, N, E) keys and values: `(output, weights or None)`."""
    batched = _mha_shape_check(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same = {id(x): x.unsqueeze(1) for x in (query, key, value)}
        query, key, value = same[id(query)], same[id(key)], same[id(value)]
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    tgt_len, batch, embed_dim = query.shape
    padding = _canonical_mask(key_padding_mask, "key_padding_mask", _none_or_dtype(attn_mask), "attn_mask", query.dtype)
    attn_mask, is_causal = _with_hint(attn_mask, padding, is_causal, need_weights, query.dtype)
    if embed_dim != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {embed_dim}")
    head_dim = embed_dim // num_heads
    if head_dim * num_heads != embed_dim:
        raise AssertionError(f"embed_dim {embed_dim} not divisible by num_heads {num_heads}")
    own = (q_proj_weight, k_proj_weight, v_proj_weight)
    q, k, v = _project(query, key, value, in_proj_weight, in_proj_bias, use_separate_proj_weight, own)
    if attn_mask is not None:
        attn_mask = _check_mask_size(attn_mask, batch, num_heads, tgt_len, key.shape[0])
    k, v, added = _with_biases(k, v, bias_k, bias_v, static_k, static_v, batch)
    q = q.reshape(tgt_len, batch * num_heads, head_dim).transpose(0, 1)
    k = _heads(k, static_k, "static_k", batch * num_heads, head_dim)
    v = _heads(v, static_v, "static_v", batch * num_heads, head_dim)
    if add_zero_attn:
        k, v = (torch.cat([x, x.new_zeros(batch * num_heads, 1, head_dim)], dim=1) for x in (k, v))
    attn_mask = _widened(attn_mask, padding, added + add_zero_attn, batch, num_heads, k.size(1))
    attend = _attend_with_weights if need_weights else _attend
    output, weights = attend(q, k, v, attn_mask, batch, num_heads, dropout_p if training else 0.0, is_causal)
    output = table.linear(output, out_proj_weight, out_proj_bias)
    if weights is not None and average_attn_weights:
        weights = weights.mean(dim=1)
    if not batched:
        return output.squeeze(1), None if weights is None else weights.squeeze(0)
    return output, weights


def _with_biases(
    k: Any, v: Any, bias_k: Any, bias_v: Any, static_k: Any, static_v: Any, batch: int
) -> tuple[Any, Any, int]:
    """Keys and values with the learned extra position, and how many were added."""
    if bias_k is None or bias_v is None:
        if bias_k is not None:
            raise AssertionError("bias_k is set but bias_v is None")
        if bias_v is not None:
            raise AssertionError("bias_v is set but bias_k is None")
        return k, v, 0
    if static_k is not None:
        raise AssertionError("bias cannot be added to static key.")
    if static_v is not None:
        raise AssertionError("bias cannot be added to static value.")
    return torch.cat([k, bias_k.repeat(1, batch, 1)]), torch.cat([v, bias_v.repeat(1, batch, 1)]), 1


def _attend_with_weights(
    q: Any, k: Any, v: Any, mask: Any, batch: int, heads: int, dropout_p: float, is_causal: bool
) -> tuple[Any, Any]:
    if is_causal and mask is None:
        raise AssertionError("FIXME: is_causal not implemented for need_weights")
    rows, tgt_len, head_dim = q.shape
    q = q * math.sqrt(1.0 / float(head_dim))
    scores = torch.bmm(q, k.transpose(-2, -1)) if mask is None else torch.baddbmm(mask, q, k.transpose(-2, -1))
    weights = scores.softmax(-1)
    if dropout_p > 0.0:
        weights = dropout(weights, p=dropout_p)
    output = torch.bmm(weights, v).transpose(0, 1).reshape(tgt_len, batch, heads * head_dim)
    return output, weights.view(batch, heads, tgt_len, k.size(1))


def _attend(
    q: Any, k: Any, v: Any, mask: Any, batch: int, heads: int, dropout_p: float, is_causal: bool
) -> tuple[Any, None]:
    if mask is not None:
        mask = mask.unsqueeze(0) if mask.size(0) == 1 else mask.view(batch, heads, *mask.shape[1:])
    tgt_len, head_dim = q.shape[1:]
    q, k, v = (x.reshape(batch, heads, *x.shape[1:]) for x in (q, k, v))
    output = scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal)
    return output.permute(2, 0, 1, 3).reshape(tgt_len, batch, heads * head_dim), None
