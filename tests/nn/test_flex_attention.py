"""`torch.nn.attention.flex_attention` against plain attention."""

import pytest

import jaxtorch as torch
from jaxtorch.nn.attention.flex_attention import and_masks, create_block_mask, create_mask, flex_attention, or_masks


def _inputs(heads=4, kv_heads=4):
    torch.manual_seed(0)
    return torch.randn(2, heads, 6, 8), torch.randn(2, kv_heads, 6, 8), torch.randn(2, kv_heads, 6, 8)


def causal(b, h, q, kv):
    return q >= kv


def test_causal_mask_is_causal_attention():
    q, k, v = _inputs()
    block_mask = create_block_mask(causal, None, None, 6, 6, BLOCK_SIZE=3)
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    assert torch.allclose(flex_attention(q, k, v, block_mask=block_mask), expected, atol=1e-6)
    assert block_mask.to_dense().tolist() == [[[[1, 0], [1, 1]]]] and block_mask.sparsity() == 25.0


def test_scores_are_changed_by_head():
    q, k, v = _inputs()
    bias = torch.randn(4)
    out = flex_attention(q, k, v, score_mod=lambda s, b, h, i, j: s + bias[h] * (j - i))
    distance = torch.arange(6) - torch.arange(6)[:, None]
    mask = bias[:, None, None] * distance
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask.expand(2, 4, 6, 6))
    assert torch.allclose(out, expected, atol=1e-6)


def test_fewer_key_heads():
    q, k, v = _inputs(4, 2)
    with pytest.raises(ValueError, match="same number of heads"):
        flex_attention(q, k, v)
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    assert torch.allclose(flex_attention(q, k, v, enable_gqa=True), expected, atol=1e-6)


def test_masks_combine():
    near = lambda b, h, q, kv: q - kv <= 1  # noqa: E731
    assert create_mask(and_masks(causal, near), 1, 1, 3, 3)[0, 0].int().tolist() == [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    assert create_mask(or_masks(causal, near), 1, 1, 2, 2).all().item()


def test_nothing_to_attend_to_gives_zeros():
    q, k, v = _inputs()
    none = create_block_mask(lambda b, h, q, kv: (q < 0) & (kv < 0), None, None, 6, 6)
    out, lse = flex_attention(q, k, v, block_mask=none, return_lse=True)
    assert out.abs().sum().item() == 0 and (lse == -float("inf")).all().item()
