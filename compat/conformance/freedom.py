"""Operations whose answer PyTorch itself leaves open: there, another answer than torch's is as right.

Without stable=True, PyTorch's sort may give equal elements in any order, and on CPUs with AVX-512 it does; so may msort
and kthvalue. mode takes the last of the equal elements after std::sort, which keeps their order up to 16 elements only.
The indices must only pick equal elements; gradients follow the indices and say nothing.

Eigenvectors and singular vectors are determined up to a factor of modulus one, which builds of LAPACK choose
differently: their magnitudes are compared, as the OpInfos' own gradient tests do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from compat.conformance.recipes import Recipe

ORDER = {"sort", "argsort", "topk", "msort", "kthvalue", "mode"}
STABLE_UP_TO = {"mode": 16}
# operation -> which of its results are vectors
PHASE = {"linalg.eigh": (1,), "linalg.eig": (1,)} | dict.fromkeys(
    ("linalg.svd", "svd", "svd_lowrank", "pca_lowrank"), (0, 2)
)


def without_phase(name: str, results: list[torch.Tensor]) -> list[torch.Tensor]:
    """The results, magnitudes in the place of vectors."""
    if name.endswith("svd"):
        rank, rows = results[1].shape[-1], name == "linalg.svd"
        results = [_without_basis(t, rank, rows and i == 2) for i, t in enumerate(results)]
    return [t.abs() if i in PHASE[name] else t for i, t in enumerate(results)]


def _without_basis(vectors: torch.Tensor, rank: int, rows: bool) -> torch.Tensor:
    """Vectors beyond `rank` are replaced by columns of the projector on what they span."""
    if vectors.dim() < 2 or vectors.shape[-1] <= rank or vectors.shape[-2] != vectors.shape[-1]:
        return vectors
    columns = vectors.mH if rows else vectors
    rest = columns[..., rank:]
    columns = torch.cat([columns[..., :rank], (rest @ rest.mH)[..., : rest.shape[-1]]], -1)
    return columns.mH if rows else columns


def has_ties(name: str, recipe: Recipe) -> bool:
    """Does this call leave the order of equal elements open, and are there any?"""
    first, args, kwargs = recipe.build(torch, grad=False)
    if name not in ORDER or kwargs.get("stable") or not isinstance(first, torch.Tensor) or not first.dim():
        return False
    dim = _dimension(name, args, kwargs)
    if first.shape[dim] <= STABLE_UP_TO.get(name, 0):
        return False
    steps = first.sort(dim=dim).values.movedim(dim, 0)
    return bool(((steps[1:] == steps[:-1]) | (steps[1:].isnan() & steps[:-1].isnan())).any())


def same_elements(name: str, recipe: Recipe) -> Callable[[torch.Tensor, torch.Tensor], bool]:
    """Do two results of indices pick equal elements?"""
    first, args, kwargs = recipe.build(torch, grad=False)
    dim = _dimension(name, args, kwargs)

    def agree(expected: torch.Tensor, got: torch.Tensor) -> bool:
        if expected.dtype != torch.int64 or got.min() < 0 or got.max() >= first.shape[dim]:
            return False
        if expected.dim() < first.dim():  # kthvalue and mode drop the dimension
            expected, got = expected.unsqueeze(dim), got.unsqueeze(dim)
        a, b = first.gather(dim, expected), first.gather(dim, got)
        distinct = bool((got.sort(dim).values.diff(dim=dim) > 0).all())
        return distinct and torch.equal(a.nan_to_num(), b.nan_to_num())

    return agree


def _dimension(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
    if name == "msort":
        return 0
    position = 1 if name in ("topk", "kthvalue") else 0
    return kwargs.get("dim", args[position] if len(args) > position else -1)
