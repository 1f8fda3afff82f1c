"""`torch.nn.attention.flex_attention`: attention whose scores a function changes, and whose mask a function makes.

The functions are called once, on index tensors that broadcast over batch, heads, queries and keys, where PyTorch calls
them through `vmap` on one index each: for elementwise functions and indexing into tensors the result is the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtorch._base.dtypes import bool_, int32
from jaxtorch.nn._root import torch
from jaxtorch.nn.functional import pad

__all__ = [
    "AuxOutput",
    "AuxRequest",
    "BlockMask",
    "and_masks",
    "create_block_mask",
    "create_mask",
    "flex_attention",
    "noop_mask",
    "or_masks",
]

_DEFAULT_SPARSE_BLOCK_SIZE = 128


class AuxRequest(NamedTuple):
    """What `flex_attention` is to give beside its result."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What `flex_attention` gives beside its result."""

    lse: Any = None
    max_scores: Any = None


def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Any:
    """Everything attends to everything."""
    return torch.ones((), dtype=bool_)


def _indices(sizes: tuple[int, ...], device: Any) -> tuple:
    return tuple(
        torch.arange(n, device=device).reshape([n if d == i else 1 for d in range(4)]) for i, n in enumerate(sizes)
    )


def create_mask(
    mod_fn: Callable,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = "cpu",
) -> Any:
    """The mask (B, H, Q_LEN, KV_LEN) that `mod_fn(b, h, q, kv)` describes."""
    shape = (B or 1, H or 1, Q_LEN, KV_LEN)
    return mod_fn(*_indices(shape, device)).to(bool_).expand(shape)


def and_masks(*mask_mods: Callable) -> Callable:
    """The mask function that is true where all are."""
    if not all(callable(m) for m in mask_mods):
        raise RuntimeError(f"All inputs should be callable mask_mods: {mask_mods}")

    def both(b: Any, h: Any, q: Any, kv: Any) -> Any:
        found = torch.ones((), dtype=bool_)
        for m in mask_mods:
            found = found & m(b, h, q, kv)
        return found

    return both


def or_masks(*mask_mods: Callable) -> Callable:
    """The mask function that is true where any is."""
    if not all(callable(m) for m in mask_mods):
        raise RuntimeError(f"All inputs should be callable mask_mods: {mask_mods}")

    def any_of(b: Any, h: Any, q: Any, kv: Any) -> Any:
        found = torch.zeros((), dtype=bool_)
        for m in mask_mods:
            found = found | m(b, h, q, kv)
        return found

    return any_of


class BlockMask:
    """The mask that a function describes. It is kept whole: XLA's programs do not skip blocks."""

    def __init__(self, mask_mod: Callable, mask: Any, block_size: tuple[int, int]) -> None:
        self.mask_mod = mask_mod
        self.BLOCK_SIZE = block_size
        self.seq_lengths = (mask.shape[-2], mask.shape[-1])
        self._mask = mask

    @property
    def shape(self) -> tuple[int, ...]:
        """(B, H, Q_LEN, KV_LEN)"""
        return tuple(self._mask.shape)

    def to_dense(self) -> Any:
        """1 for each block in which something is to be attended to."""
        q, kv = self.BLOCK_SIZE
        mask = pad(self._mask, (0, -self._mask.shape[-1] % kv, 0, -self._mask.shape[-2] % q))
        blocks = mask.unflatten(-1, (-1, kv)).unflatten(-3, (-1, q))
        return blocks.amax((-3, -1)).to(int32)

    def numel(self) -> int:
        """How many places the mask has."""
        return self._mask.numel()

    def sparsity(self) -> float:
        """The percentage of blocks in which nothing is attended to."""
        dense = self.to_dense()
        return 100 * (1 - dense.sum().item() / dense.numel())

    def to(self, device: Any) -> BlockMask:
        """The mask on a device."""
        return BlockMask(self.mask_mod, self._mask.to(device), self.BLOCK_SIZE)


def create_block_mask(
    mask_mod: Callable,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: int | tuple[int, int] = _DEFAULT_SPARSE_BLOCK_SIZE,
    _compile: bool = False,
    **options: Any,
) -> BlockMask:
    """The mask that `mask_mod(b, h, q, kv)` describes, for `flex_attention`."""
    size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else (BLOCK_SIZE[0], BLOCK_SIZE[1])
    return BlockMask(mask_mod, create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device or "cpu"), size)


def flex_attention(
    query: Any,
    key: Any,
    value: Any,
    score_mod: Callable | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: Any = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """Attention of (B, H, L, E), (B, H, S, E) and (B, H, S, V) whose scores `score_mod(score, b, h, q, kv)` changes."""
    if query.dim() != 4 or key.dim() != 4 or value.dim() != 4:
        raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    if query.size(-3) != key.size(-3):
        if not enable_gqa:
            raise ValueError(
                f"Expect query and key/value to have the same number of heads but got Hq={query.size(-3)} and "
                f"Hkv={key.size(-3)}. Try setting enable_gqa=True for GQA."
            )
        times = query.size(-3) // key.size(-3)
        key, value = key.repeat_interleave(times, 1), value.repeat_interleave(times, 1)
    scores = (query @ key.transpose(-2, -1)) * (1.0 / math.sqrt(query.size(-1)) if scale is None else scale)
    if score_mod is not None:
        scores = score_mod(scores, *_indices(scores.shape, query.device))
    if block_mask is not None:
        mask = block_mask._mask[..., : scores.size(-2), : scores.size(-1)]
        scores = scores.masked_fill(~mask, -math.inf)
    lse = scores.logsumexp(-1)
    # a query that may attend to nothing gets zeros
    weights = torch.exp(scores - torch.where(lse == -math.inf, torch.zeros_like(lse), lse).unsqueeze(-1))
    out = weights.to(value.dtype) @ value
    if return_aux is not None:
        most = scores.amax(-1) if return_aux.max_scores else None
        return out, AuxOutput(lse if return_aux.lse else None, most)
    return (out, lse) if return_lse else out
