"""nn.functional.scaled_dot_product_attention without dropout (its wrapper draws the mask and composes)."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from jaxtorch._ops.table import op


def _repeated(x, heads: int):
    return x if x.shape[-3] == heads else jnp.repeat(x, heads // x.shape[-3], -3)


@op("nn.functional.scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, "
    "float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor", variants="f",
    saves=("query", "key", "value"), grad_name="ScaledDotProductFlashAttentionForCpuBackward0")
def scaled_dot_product_attention(query, key, value, attn_mask, *, dropout_p, is_causal, scale, enable_gqa):
    """`softmax(query @ key.mT * scale + mask) @ value`; halves compute in float32."""
    if not query.dtype == key.dtype == value.dtype:
        raise RuntimeError("Expected query, key, and value to have the same dtype, but got query.dtype: "
                           f"{query.dtype} key.dtype: {key.dtype} and value.dtype: {value.dtype} instead.")
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError("Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
                           f"{query.ndim}, key.dim: {key.ndim} and value.dim: {value.ndim} instead.")
    if is_causal and attn_mask is not None:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    dtype = query.dtype
    q, k, v = (x.astype(jnp.float32) if dtype.itemsize == 2 else x for x in (query, key, value))
    if enable_gqa:
        k, v = _repeated(k, q.shape[-3]), _repeated(v, q.shape[-3])
    factor = 1.0 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores = jnp.einsum("...le,...se->...ls", q * jnp.asarray(factor, q.dtype), k)
    if is_causal:
        rows, columns = scores.shape[-2:]
        attn_mask = jnp.arange(rows)[:, None] >= jnp.arange(columns)[None, :]
    if attn_mask is not None:
        if attn_mask.dtype == jnp.bool_:
            scores = jnp.where(attn_mask, scores, -jnp.inf)
        else:
            scores = scores + attn_mask.astype(scores.dtype)
    weights = _softmax(scores, attn_mask is not None and attn_mask.dtype == jnp.bool_)
    return jnp.einsum("...ls,...sv->...lv", weights, v).astype(dtype)


def _softmax(scores, masked: bool):
    if not masked:
        return jax.nn.softmax(scores, -1)
    # A row without any position attends to nothing: zeros, as PyTorch's safe softmax gives, not nan.
    empty = jnp.all(scores == -jnp.inf, -1, keepdims=True)
    return jnp.where(empty, 0, jax.nn.softmax(jnp.where(empty, 0, scores), -1))
