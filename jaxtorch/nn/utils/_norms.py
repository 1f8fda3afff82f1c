"""Norms over all dimensions but one, which weight normalisation stands on."""

from __future__ import annotations

from typing import Any

from jaxtorch.nn._root import torch


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The norms over all dimensions but `dim`, kept; -1 for the norm of everything."""
    if dim == -1:
        return torch.norm(v, pow)
    others = [d for d in range(v.dim()) if d != dim % v.dim()]
    return torch.norm(v, pow, others, keepdim=True) if others else v.abs()


def weight_norm_of(v: Any, g: Any, dim: int = 0) -> Any:
    """`v` scaled to the norms `g` (`torch._weight_norm`)."""
    return v * (g / norm_except_dim(v, 2, dim))
