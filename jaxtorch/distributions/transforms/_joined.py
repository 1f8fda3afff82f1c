"""One transform for each slice along a dimension."""

from __future__ import annotations

from typing import Any

from jaxtorch._root import torch
from jaxtorch.distributions import constraints
from jaxtorch.distributions.transforms._base import Transform
from jaxtorch.distributions.utils import _sum_rightmost, lazy_property


class _Joined(Transform):
    def __init__(self, tseq: Any, dim: int = 0, cache_size: int = 0) -> None:
        if not all(isinstance(t, Transform) for t in tseq):
            raise AssertionError("All elements of tseq must be Transform instances")
        super().__init__(cache_size=cache_size)
        self.transforms = [t.with_cache(cache_size) for t in tseq] if cache_size else list(tseq)
        self.dim = dim

    @property
    def bijective(self) -> bool:
        return all(t.bijective for t in self.transforms)

    def _require_size(self, name: str, value: Any, kind: str, size: int) -> None:
        if not -value.dim() <= self.dim < value.dim():
            where = "tensor" if kind == "call" else name
            raise AssertionError(f"dim {self.dim} out of range for {where} with {value.dim()} dimensions")
        if value.size(self.dim) != size:
            raise AssertionError(f"{name}.size({self.dim}) = {value.size(self.dim)} must equal {self._what()} {size}")

    def _what(self) -> str:
        raise NotImplementedError


class CatTransform(_Joined):
    """Transforms of slices of given `lengths`, as `torch.cat` joins them."""

    def __init__(self, tseq: Any, dim: int = 0, lengths: Any = None, cache_size: int = 0) -> None:
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(f"lengths ({len(self.lengths)}) must match transforms ({len(self.transforms)})")

    @lazy_property
    def event_dim(self) -> int:
        return max(t.event_dim for t in self.transforms)

    @lazy_property
    def length(self) -> int:
        """The size of the whole along the dimension."""
        return sum(self.lengths)

    def _what(self) -> str:
        return "length"

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _slices(self, name: str, value: Any, kind: str = "call") -> list:
        self._require_size(name, value, kind, self.length)
        slices, start = [], 0
        for length in self.lengths:
            slices.append(value.narrow(self.dim, start, length))
            start += length
        return slices

    def _call(self, x: Any) -> Any:
        pieces = zip(self.transforms, self._slices("x", x), strict=True)
        return torch.cat([t(piece) for t, piece in pieces], dim=self.dim)

    def _inverse(self, y: Any) -> Any:
        pieces = zip(self.transforms, self._slices("y", y), strict=True)
        return torch.cat([t.inv(piece) for t, piece in pieces], dim=self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        changes = []
        for t, before, after in zip(
            self.transforms, self._slices("x", x, "det"), self._slices("y", y, "det"), strict=True
        ):
            change = t.log_abs_det_jacobian(before, after)
            if t.event_dim < self.event_dim:
                change = _sum_rightmost(change, self.event_dim - t.event_dim)
            changes.append(change)
        dim = (self.dim - x.dim() if self.dim >= 0 else self.dim) + self.event_dim
        return torch.cat(changes, dim=dim) if dim < 0 else sum(changes)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_Joined):
    """Transforms of single slices, as `torch.stack` joins them."""

    def with_cache(self, cache_size: int = 1) -> Any:
        return self if self._cache_size == cache_size else StackTransform(self.transforms, self.dim, cache_size)

    def _what(self) -> str:
        return "len(transforms)"

    def _slices(self, name: str, value: Any, kind: str = "call") -> list:
        self._require_size(name, value, kind, len(self.transforms))
        return [value.select(self.dim, i) for i in range(value.size(self.dim))]

    def _call(self, x: Any) -> Any:
        pieces = zip(self.transforms, self._slices("x", x), strict=True)
        return torch.stack([t(piece) for t, piece in pieces], dim=self.dim)

    def _inverse(self, y: Any) -> Any:
        pieces = zip(self.transforms, self._slices("y", y), strict=True)
        return torch.stack([t.inv(piece) for t, piece in pieces], dim=self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        pieces = zip(self.transforms, self._slices("x", x, "det"), self._slices("y", y, "det"), strict=True)
        changes = [t.log_abs_det_jacobian(before, after) for t, before, after in pieces]
        return torch.stack(changes, dim=self.dim)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.stack([t.codomain for t in self.transforms], self.dim)
