"""Compressed tensors: rows (CSR, BSR) or columns (CSC, BSC) one after the other, elements or whole blocks.

`crow_indices` (n + 1 of them) say where each row begins among `col_indices` and values; CSC and BSC have columns in the
place of rows. Leading dimensions of all three are batches, each with the same number of elements.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaxtorch._base.avals import aval
from jaxtorch._tensor.construct import as_index
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.layouts import sparse_bsc, sparse_bsr, sparse_csc, sparse_csr
from jaxtorch.sparse._base import Sparse
from jaxtorch.sparse._coo import SparseTensor, make

_new: Any = object.__new__
NAMES = {sparse_csr: "SparseCsr", sparse_csc: "SparseCsc", sparse_bsr: "SparseBsr", sparse_bsc: "SparseBsc"}
BY_ROWS = (sparse_csr, sparse_bsr)
BLOCKED = (sparse_bsr, sparse_bsc)


def index_names(layout: Any) -> tuple[str, str]:
    """What the compressed indices and the others are called."""
    return ("crow_indices", "col_indices") if layout in BY_ROWS else ("ccol_indices", "row_indices")


def compressed(layout: Any, outer: Any, inner: Any, values: Any, size: Any) -> Any:
    """A compressed tensor of parts that are known to fit."""
    out = _new(CompressedTensor)
    out._kind, out._outer, out._inner, out._of = layout, outer, inner, values
    out._aval = aval(tuple(size), values._aval.dtype, values._aval.device)
    out._view = out._strides = None
    return out


class CompressedTensor(Sparse):
    """A tensor in CSR, CSC, BSR or BSC layout; `torch.sparse_csr_tensor` and `Tensor.to_sparse_csr` make them."""

    _outer: Any
    _inner: Any
    _kind: Any
    is_sparse = False

    @property
    def layout(self) -> Any:
        """One of `torch.sparse_csr`, `sparse_csc`, `sparse_bsr`, `sparse_bsc`."""
        return self._kind

    @property
    def is_sparse_csr(self) -> bool:
        """Whether the layout is `torch.sparse_csr`."""
        return self.layout is sparse_csr

    # ----- Parts -----

    def sparse_dim(self) -> int:
        """How many dimensions are compressed: rows and columns."""
        return 2

    def dense_dim(self) -> int:
        """How many dimensions each element has."""
        return self._aval.ndim - 2 - self.batch_dim

    @property
    def batch_dim(self) -> int:
        return self._outer._aval.ndim - 1

    @property
    def blocksize(self) -> tuple[int, ...]:
        """The size of blocks, () of layouts that have none."""
        n = self.batch_dim
        return tuple(self._of._aval.shape[n + 1 : n + 3]) if self.layout in BLOCKED else ()

    def _nnz(self) -> int:
        return self._inner._aval.shape[-1]

    def values(self) -> Any:
        """The (batches..., n, block..., dense...) values."""
        return self._of

    def _index(self, name: str) -> Any:
        names = index_names(self.layout)
        if name not in names:
            side = "row" if name in ("crow_indices", "col_indices") else "column"
            raise RuntimeError(f"{name} expected sparse {side} compressed tensor layout but got {NAMES[self.layout]}")
        return self._outer if name == names[0] else self._inner

    def crow_indices(self) -> Any:
        """Where each row begins."""
        return self._index("crow_indices")

    def col_indices(self) -> Any:
        """The column of each element or block."""
        return self._index("col_indices")

    def ccol_indices(self) -> Any:
        """Where each column begins."""
        return self._index("ccol_indices")

    def row_indices(self) -> Any:
        """The row of each element or block."""
        return self._index("row_indices")

    def _coordinates_only(self, name: str) -> RuntimeError:
        return RuntimeError(f"{name} expected sparse coordinate tensor layout but got {NAMES[self.layout]}")

    def indices(self) -> Any:
        """Not of this layout."""
        raise self._coordinates_only("indices")

    def _indices(self) -> Any:
        raise self._coordinates_only("_indices")

    def _values(self) -> Any:
        raise self._coordinates_only("_values")

    def coalesce(self) -> Any:
        """Not of this layout."""
        raise self._coordinates_only("coalesce")

    def is_coalesced(self) -> bool:
        """Not of this layout."""
        raise self._coordinates_only("is_coalesced")

    def _parts(self) -> Any:
        outer, inner = index_names(self.layout)
        return (outer, self._outer), (inner, self._inner), ("values", self._of)

    def _layout_name(self) -> str:
        return NAMES[self.layout]

    # ----- The same with other parts -----

    def with_values(self, values: Any) -> Any:
        """Other values at the same indices."""
        return compressed(self.layout, self._outer, self._inner, values, self.shape)

    def with_parts(self, values: Any, convert: Any) -> Any:
        """Other values, and indices that `convert` has made of these."""
        return compressed(self.layout, convert(self._outer), convert(self._inner), values, self.shape)

    def take(self, other: Any) -> None:
        """Become another tensor of this layout."""
        self._outer, self._inner, self._of, self._aval = other._outer, other._inner, other._of, other._aval

    def copy_(self, other: Any, non_blocking: bool = False) -> Any:
        """Copy a tensor of the same layout, with as many elements."""
        if getattr(other, "layout", None) is not self.layout:
            raise RuntimeError(
                "copy of sparse compressed tensors having different layouts is not supported. self layout is "
                f"{self.layout} and src layout is {other.layout}"
            )
        for d, (mine, given) in enumerate(zip(self.shape, other.shape, strict=True)):
            if mine != given:
                raise RuntimeError(
                    "copy: expected shapes of self and src to match along dimension "
                    f"{d} for {self.layout} layout but got {mine} and {given}"
                )
        if self.blocksize != other.blocksize:
            raise RuntimeError(
                "copy of sparse compressed tensors having different block sizes is not supported. self and src block "
                f"sizes are {list(self.blocksize)} and {list(other.blocksize)}, respectively."
            )
        if self._nnz() != other._nnz():
            raise RuntimeError(
                "only sparse compressed tensors with the same number of specified elements are supported."
            )
        self.take(other.clone().to(self.dtype))
        return self

    # ----- Conversions -----

    def coordinates(self) -> tuple[np.ndarray, Any]:
        """The (batches and 2, n) places of the elements, and their (n, dense...) values; reads the indices."""
        n, block = self.batch_dim, self.blocksize or (1, 1)
        outer, inner = host_array(self._outer), host_array(self._inner)
        batches, count = math.prod(outer.shape[:-1]), inner.shape[-1]
        outer, inner = outer.reshape(batches, -1), inner.reshape(batches, count)
        lines = np.arange(max(outer.shape[1] - 1, 0))
        major = np.stack([np.repeat(lines, np.diff(o)) for o in outer]) if batches else inner
        rows, columns = (major, inner) if self.layout in BY_ROWS else (inner, major)
        first = np.repeat(np.arange(batches), count)
        places = [*np.unravel_index(first, self.shape[:n])] if n else []
        places += [rows.reshape(-1), columns.reshape(-1)]
        values = self._of.reshape((-1, *self._of.shape[n + 1 :])) if n else self._of
        if not self.blocksize:
            return np.stack(places).astype(np.int64), values
        spread = [np.repeat(p, math.prod(block)) for p in places]
        i, j = (np.tile(x.reshape(-1), len(first)) for x in np.indices(block))
        spread[-2:] = [spread[-2] * block[0] + i, spread[-1] * block[1] + j]
        return np.stack(spread).astype(np.int64), values.reshape((-1, *values.shape[3:]))

    def to_coo(self) -> SparseTensor:
        """The same elements in COO layout."""
        places, values = self.coordinates()
        return make(as_index(places, self._aval.device), values, self.shape, self.layout is sparse_csr)

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
        """The same tensor in strided layout."""
        return self.to_coo().to_dense(dtype)

    def resize_(self, *sizes: Any) -> Any:
        """Change the shape of a CSR tensor: rows are added empty, or dropped with their elements."""
        size = tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
        if self.layout is not sparse_csr:
            raise NotImplementedError(f"resize_ of {self.layout} tensors is not supported by jaxtorch")
        if len(size) < 2:
            raise RuntimeError(
                f"torch.resize_: Only batched sparse CSR matrices are supported, but got size {list(size)}"
            )
        if size[-1] < self.shape[-1]:
            raise RuntimeError(
                "torch.resize_: Resizing columns of sparse CSR tensors to a smaller value is not supported. The "
                f"original number of columns is {self.shape[-1]} while the requested new number of columns is "
                f"{size[-1]}."
            )
        outer = host_array(self._outer)
        count = min(self._nnz(), math.prod(size[-2:]))
        kept = np.minimum(outer[..., : size[-2] + 1], count)
        added = size[-2] + 1 - kept.shape[-1]
        crow = np.concatenate([kept, np.repeat(kept[..., -1:], added, -1)], -1)
        inner, values = self._inner[..., :count], self._of[(slice(None),) * self.batch_dim + (slice(None, count),)]
        for _ in range(self.batch_dim - (len(size) - 2)):
            crow, inner, values = crow[0], inner[0], values[0]
        index = as_index(crow.astype(np.int64), self._aval.device).to(self._outer.dtype)
        self.take(compressed(sparse_csr, index, inner, values, size))
        return self
