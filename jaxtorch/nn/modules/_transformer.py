"""Masks and copies for transformers."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from jaxtorch._base.modes import defaults
from jaxtorch._tensor.construct import from_array
from jaxtorch.nn import functional as F
from jaxtorch.nn.modules.container import ModuleList


def _generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Any:
    dtype = dtype or defaults.dtype
    made = from_array(np.triu(np.full((sz, sz), -np.inf), 1).astype(dtype.numpy_dtype), dtype)
    return made if device is None else made.to(device)


def _get_clones(module: Any, n: int) -> ModuleList:
    return ModuleList([copy.deepcopy(module) for _ in range(n)])


def _get_activation_fn(activation: str) -> Any:
    if activation == "relu":
        return F.relu
    if activation == "gelu":
        return F.gelu
    raise RuntimeError(f"activation should be relu/gelu, not {activation}")


def _float_masks(mask: Any, mask_name: str, padding: Any, padding_name: str, dtype: Any) -> tuple[Any, Any]:
    """Both masks as floats that are added to the scores."""
    padding = F._canonical_mask(padding, padding_name, F._none_or_dtype(mask), mask_name, dtype)
    return F._canonical_mask(mask, mask_name, None, "", dtype, False), padding


def _is_padding(mask: Any) -> Any:
    return mask if not mask.is_floating_point() else mask != 0
