"""COO tensors: a matrix of indices and the values at them.

A `SparseTensor` owns two dense tensors and nothing else: no dense copy is ever made behind its back. Whatever it can do
is written over those two with ordinary functions, so gradients flow to the values by themselves. An operation that has
no sparse form raises NotImplementedError.
"""

from __future__ import annotations

import math
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.avals import aval
from jaxtorch._tensor.layouts import sparse_coo
from jaxtorch._tensor.tensor import FUNCTIONS
from jaxtorch.sparse._base import Sparse

_new: Any = object.__new__


def make(indices: Any, values: Any, size: Any, coalesced: bool = False) -> Any:
    """A sparse tensor of parts that are known to fit."""
    out = _new(SparseTensor)
    out._at, out._of, out._distinct = indices, values, coalesced
    out._aval = aval(tuple(size), values._aval.dtype, values._aval.device)
    out._view = out._strides = None
    return out


def is_sparse(x: Any) -> bool:
    """Whether `x` is a sparse tensor."""
    return type(x) is SparseTensor


def keys_of(indices: Any, sizes: Any) -> Any:
    """One number for each column of indices: where it lies in the flattened sparse dimensions."""
    if not sizes:
        return indices.new_zeros(indices.shape[1])
    key = indices[0]
    for d in range(1, len(sizes)):
        key = key * sizes[d] + indices[d]
    return key


def columns_of(keys: Any, sizes: Any) -> Any:
    """The inverse of `keys_of`."""
    rows = []
    for size in reversed(sizes):
        rows.append(keys % size if size else keys)
        keys = keys // max(size, 1)
    return FUNCTIONS["stack"](rows[::-1]) if rows else keys.new_zeros(0, keys.shape[0])


class SparseTensor(Sparse):
    """A tensor in COO layout; `torch.sparse_coo_tensor` and `Tensor.to_sparse` make them."""

    _at: Any
    _distinct: bool
    is_sparse = True
    layout = sparse_coo

    # ----- Parts -----

    def sparse_dim(self) -> int:
        """How many dimensions have indices."""
        return self._at._aval.shape[0]

    def dense_dim(self) -> int:
        """How many dimensions each value has."""
        return self._aval.ndim - self.sparse_dim()

    def _nnz(self) -> int:
        return self._at._aval.shape[1]

    def _indices(self) -> Any:
        return self._at

    def _values(self) -> Any:
        return self._of

    def indices(self) -> Any:
        """The (sparse dims, n) indices of a coalesced tensor."""
        self._must_be_coalesced("indices")
        return self._at

    def values(self) -> Any:
        """The (n, dense dims...) values of a coalesced tensor."""
        self._must_be_coalesced("values")
        return self._of

    def _must_be_coalesced(self, name: str) -> None:
        if not self._distinct:
            raise RuntimeError(f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first")

    def is_coalesced(self) -> bool:
        """Whether indices are known to be sorted and distinct."""
        return self._distinct

    def _coalesced_(self, coalesced: bool) -> Any:
        self._distinct = coalesced
        return self

    def coalesce(self) -> Any:
        """The same tensor with sorted, distinct indices; values at the same place are added. Reads the indices."""
        if self._distinct:
            return self
        sizes = self._sparse_sizes()
        keys, inverse = FUNCTIONS["unique"](keys_of(self._at, sizes), return_inverse=True)
        values = self._of.new_zeros((keys.shape[0], *self._of.shape[1:])).index_add(0, inverse, self._of)
        return make(columns_of(keys, sizes), values, self.shape, True)

    def _sparse_sizes(self) -> tuple[int, ...]:
        return tuple(self.shape[: self.sparse_dim()])

    # ----- Conversions -----

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
        """The same tensor in strided layout."""
        sizes = self._sparse_sizes()
        flat = self._of.new_zeros((math.prod(sizes), *self._of.shape[1:]))
        dense = flat.index_add(0, keys_of(self._at, sizes), self._of).reshape(self.shape)
        return dense if dtype is None else dense.to(dtype)

    def with_values(self, values: Any, coalesced: bool | None = None) -> Any:
        """Other values at the same indices."""
        return make(self._at, values, self.shape, self._distinct if coalesced is None else coalesced)

    def with_parts(self, values: Any, convert: Any) -> Any:
        """Other values, and indices that `convert` has made of these."""
        return make(convert(self._at), values, self.shape, self._distinct)

    def take(self, other: Any) -> None:
        """Become another tensor of this layout."""
        self._at, self._of, self._distinct, self._aval = other._at, other._of, other._distinct, other._aval

    def _parts(self) -> Any:
        return ("indices", self._at), ("values", self._of)

    def zero_(self) -> Any:
        """Drop all values."""
        self._at, self._of, self._distinct = self._at[:, :0], self._of.detach()[:0], True
        return self


def same_size(a: Variable, b: Variable, name: str) -> None:
    """PyTorch's error for sparse tensors of different shapes."""
    if a._aval.shape != b._aval.shape:
        raise RuntimeError(
            f"{name}: expected sizes of 'self' and 'other' to match, but {list(a._aval.shape)} != {list(b._aval.shape)}"
        )
