"""The core of nn.functional.scaled_dot_product_attention; its public function draws dropout masks and composes then."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np

from jaxtorch._base.dtypes import FLOATING
from jaxtorch._base.sizes import broadcast_shapes
from jaxtorch._ops.linear import cpp_name
from jaxtorch._ops.norm_sums import over_columns, row_max, row_sum
from jaxtorch._ops.pointwise import category, opmath, scalar_name
from jaxtorch._ops.table import op


@op(
    "nn.functional.scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, "
    "float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
    variants="f",
    saves=("query", "key", "value"),
    grad_name="ScaledDotProductFlashAttentionForCpuBackward0",
)
def scaled_dot_product_attention(query, key, value, attn_mask, *, dropout_p, is_causal, scale, enable_gqa):
    """`softmax(query @ key.mT * scale + mask) @ value`; halves compute in float32."""
    _check(query, key, value, attn_mask, is_causal)
    if enable_gqa:
        key, value = _repeated(key, query), _repeated(value, query)
    broadcast_shapes(query.shape[:-2], key.shape[:-2])
    if is_causal:
        seen = jnp.asarray(np.tri(query.shape[-2], key.shape[-2], dtype=bool))
        attn_mask = seen if attn_mask is None else _both(attn_mask, seen)
    scale = 1.0 / math.sqrt(query.shape[-1]) if scale is None else scale
    return _attend(query, key, value, attn_mask, scale=scale)


def _both(mask, seen):
    return mask & seen if mask.dtype == jnp.bool_ else jnp.where(seen, mask, -jnp.inf)


def _repeated(x, query):
    """Key or value heads, each for a group of query heads."""
    for each in (query, x):
        if each.ndim < 3:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-each.ndim}, {each.ndim - 1}], but got -3)"
            )
    heads, groups = query.shape[-3], x.shape[-3]
    if heads % groups:
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    return x if heads == groups else jnp.repeat(x, heads // groups, -3)


def _check(query, key, value, mask, is_causal: bool) -> None:
    if not query.dtype == key.dtype == value.dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: "
            f"{cpp_name(query)} key.dtype: {cpp_name(key)} and value.dtype: {cpp_name(value)} instead."
        )
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead."
        )
    _check_sizes(query, key)
    if category(query) < FLOATING:
        raise RuntimeError(f"expected scalar type Float but found {scalar_name(query)}")
    if mask is None:
        return
    if mask.dtype not in (jnp.bool_, jnp.float32, query.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{cpp_name(mask)} and  query.dtype: {cpp_name(query)} instead."
        )
    if is_causal and query.ndim != 4:  # the fused kernel of four dimensions takes both
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")


def _check_sizes(query, key) -> None:
    """The product with `key.mT` as the error of `matmul` has it."""
    width, (rows, columns) = query.shape[-1], key.shape[-2:]
    if width == columns:
        return
    if query.ndim == key.ndim == 2:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({query.shape[0]}x{width} and {columns}x{rows})")
    batch = math.prod(broadcast_shapes(query.shape[:-2], key.shape[:-2]))
    raise RuntimeError(
        f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {width}] but got: "
        f"[{batch}, {columns}]."
    )


@opmath
def _attend(query, key, value, mask, *, scale: float):
    scores = jnp.einsum("...le,...se->...ls", query * jnp.asarray(scale, query.dtype), key)
    if mask is not None:
        broadcast_shapes(scores.shape, mask.shape)
        scores = jnp.where(mask, scores, -jnp.inf) if mask.dtype == jnp.bool_ else scores + mask
    if not scores.size:
        return jnp.zeros((*scores.shape[:-1], value.shape[-1]), scores.dtype)
    return jnp.einsum("...ls,...sv->...lv", _softmax(scores), value)


@jax.custom_jvp
def _softmax(scores):
    """Softmax of the last dimension; a row of -inf alone gives zeros, as PyTorch's safe softmax."""
    rows = scores.reshape(-1, scores.shape[-1])
    top = row_max(rows)
    top = jnp.where(jnp.isneginf(top), 0, top)
    exponentials = jnp.exp(rows - over_columns(top, rows.shape[1]))
    sums = row_sum(exponentials)
    shares = 1 / jnp.where(sums == 0, 1, sums)
    return (exponentials * over_columns(shares, rows.shape[1])).reshape(scores.shape)


@_softmax.defjvp
def _softmax_jvp(primals, tangents):
    out = _softmax(primals[0])
    rows = out.reshape(-1, out.shape[-1])
    weighted = rows * tangents[0].reshape(rows.shape)
    return out, (weighted - rows * over_columns(row_sum(weighted), rows.shape[1])).reshape(out.shape)
