"""From any layout to any other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaxtorch._base.dtypes import int64
from jaxtorch._tensor.construct import as_index
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.layouts import sparse_bsc, sparse_bsr, sparse_coo, sparse_csc, sparse_csr, strided
from jaxtorch.sparse._compressed import BLOCKED, BY_ROWS, NAMES, CompressedTensor, compressed
from jaxtorch.sparse._coo import SparseTensor, is_sparse
from jaxtorch.sparse._functions import from_dense

_LAYOUTS = (strided, sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc)


def to_layout(input: Any, layout: Any, blocksize: Any = None, dense_dim: int | None = None) -> Any:
    """A tensor of any layout in one of the compressed layouts."""
    block = _checked_block(layout, blocksize, input)
    if isinstance(input, CompressedTensor):
        if input.layout is layout and (layout not in BLOCKED or input.blocksize == block):
            return input
        if input.layout in BLOCKED and layout not in BLOCKED:
            raise RuntimeError(
                f"sparse_compressed_to_{str(layout).removeprefix('torch.')}: expected SparseCsr or SparseCsc layout "
                f"but got {NAMES[input.layout]}"
            )
        if layout in BLOCKED and input.layout not in BLOCKED and input.batch_dim:
            raise RuntimeError(
                f"to_sparse: conversion from {NAMES[input.layout]} to {NAMES[layout]} for batched inputs is not "
                "supported"
            )
        if input.layout in BLOCKED and input.blocksize != block:
            raise RuntimeError(
                f"to_sparse: conversion from {input.layout} to {layout} with another blocksize is not supported"
            )
        if dense_dim is not None and dense_dim != input.dense_dim():
            raise RuntimeError(_UNSUPPORTED.format(input.layout, layout))
        places, values = input.coordinates()
        return _from_places(places, values, input.shape, layout, block, input._outer.dtype)
    if is_sparse(input):
        if input.sparse_dim() != 2:
            raise RuntimeError(
                f"to_sparse: conversion from Sparse to {NAMES[layout]} for input tensors with sparse_dim()!=2 is not "
                "supported"
            )
        exact = input.coalesce()
        return _from_places(host_array(exact._at), exact._of, exact.shape, layout, block, int64)
    dense = dense_dim or 0
    if input.ndim < 2 + dense:
        raise RuntimeError(
            f"to_sparse: conversion from {input.layout} to {layout} with dense_dim={dense} requires at least "
            f"{2 + dense} dimensions"
        )
    return _from_dense(input, layout, block, dense)


_UNSUPPORTED = "to_sparse: conversion from {} to {} with dense_dim argument given is not supported"


def _checked_block(layout: Any, blocksize: Any, input: Any) -> tuple[int, int]:
    if layout not in BLOCKED:
        if blocksize is not None:
            raise RuntimeError(f"to_sparse for {input.layout} to {layout} conversion does not use specified blocksize")
        return 1, 1
    if blocksize is None:
        if getattr(input, "layout", None) in BLOCKED:
            return input.blocksize
        raise RuntimeError(f"to_sparse for {input.layout} to {layout} conversion requires blocksize")
    block = tuple(int(n) for n in blocksize)
    if len(block) != 2:
        raise RuntimeError(f"to_sparse: blocksize needs to be a tuple of size 2, but got {len(block)}")
    if min(block) <= 0:
        raise RuntimeError(f"to_sparse: blocksize needs to be positive, but got {list(block)}")
    return block


def _check_divides(size: Any, batch: int, block: tuple[int, int]) -> None:
    for i in range(2):
        if size[batch + i] % block[i]:
            raise RuntimeError(
                f"tensor sparse size ({size[batch]},{size[batch + 1]}) must be divisible by given blocksize "
                f"({block[0]},{block[1]})"
            )


def _outer_of(major: np.ndarray, lines: int, batches: int) -> np.ndarray:
    """Where each row (or column) begins, from the sorted rows of all elements, one batch after the other."""
    found = np.zeros((batches, lines + 1), np.int64)
    np.cumsum(np.bincount(major, minlength=batches * lines).reshape(batches, lines), -1, out=found[:, 1:])
    if batches and (found[:, -1] != found[0, -1]).any():
        raise RuntimeError("Expect the same number of specified elements per batch.")
    return found


def _made(layout: Any, keys: tuple, lines: int, batch: tuple, values: Any, size: Any, dtype: Any) -> Any:
    first, major, minor = keys
    batches = math.prod(batch)
    outer = _outer_of(first * lines + major, lines, batches)
    count = int(outer[0, -1]) if batches else 0
    device = values._aval.device
    found = [outer.reshape(*batch, lines + 1), minor.reshape(*batch, count)]
    index = [as_index(np.ascontiguousarray(x), device) for x in found]
    starts, places = (x if dtype is int64 else x.to(dtype) for x in index)
    return compressed(layout, starts, places, values.reshape((*batch, count, *values.shape[1:])), size)


def _from_places(places: np.ndarray, values: Any, size: Any, layout: Any, block: tuple, dtype: Any) -> Any:
    batch = tuple(size[: len(places) - 2])
    _check_divides(size, len(batch), block)
    first = np.ravel_multi_index(tuple(places[:-2]), batch) if batch else np.zeros(places.shape[1], np.int64)
    rows, columns = places[-2] // block[0], places[-1] // block[1]
    major, minor = (rows, columns) if layout in BY_ROWS else (columns, rows)
    sizes = (size[len(batch)] // block[0], size[len(batch) + 1] // block[1])
    lines, across = sizes if layout in BY_ROWS else sizes[::-1]
    if layout not in BLOCKED:
        order = np.lexsort((minor, major, first))
        sorted_values = values.index_select(0, as_index(order.astype(np.int64), values._aval.device))
        return _made(layout, (first[order], major[order], minor[order]), lines, batch, sorted_values, size, dtype)
    keys, which = np.unique((first * lines + major) * max(across, 1) + minor, return_inverse=True)
    at = which.reshape(-1) * math.prod(block) + places[-2] % block[0] * block[1] + places[-1] % block[1]
    flat = values.new_zeros((len(keys) * math.prod(block), *values.shape[1:]))
    blocks = flat.index_add(0, as_index(at.astype(np.int64), values._aval.device), values)
    blocks = blocks.reshape((len(keys), *block, *values.shape[1:]))
    line, minor = np.divmod(keys, max(across, 1))
    return _made(layout, (*np.divmod(line, max(lines, 1)), minor), lines, batch, blocks, size, dtype)


def _from_dense(input: Any, layout: Any, block: tuple[int, int], dense: int) -> Any:
    size = tuple(input.shape)
    n = input.ndim - 2 - dense
    batch, (rows, columns), rest = size[:n], size[n : n + 2], size[n + 2 :]
    _check_divides(size, n, block)
    lines, across = rows // block[0], columns // block[1]
    batches = math.prod(batch)
    blocks = input.reshape((batches, lines, block[0], across, block[1], *rest)).transpose(2, 3)
    if layout not in BY_ROWS:
        blocks, lines, across = blocks.transpose(1, 2), across, lines
    shape = (*block, *rest) if layout in BLOCKED else rest
    kept = host_array(blocks.detach() != 0).reshape(batches, lines, across, math.prod((*block, *rest))).any(-1)
    first, major, minor = np.nonzero(kept)
    flat = blocks.reshape((batches * lines * across, *shape))
    values = flat.index_select(0, as_index(np.flatnonzero(kept).astype(np.int64), input._aval.device))
    return _made(layout, (first, major, minor), lines, batch, values, size, int64)


def to_sparse(
    self: Any, sparse_dim: int | None = None, *, layout: Any = None, blocksize: Any = None, dense_dim: int | None = None
) -> Any:
    """This tensor in another layout, COO over the first `sparse_dim` dimensions by default; reads which elements are
    zero."""
    if layout not in (None, *_LAYOUTS):
        raise RuntimeError(f"to_sparse: unsupported layout {layout}")
    if layout is None or layout is sparse_coo:
        if blocksize is not None:
            raise RuntimeError(
                f"to_sparse for {self.layout} to torch.sparse_coo conversion does not use specified blocksize"
            )
        if isinstance(self, SparseTensor):
            return self
        if isinstance(self, CompressedTensor):
            return self.to_coo()
        return from_dense(self, self.ndim - dense_dim if sparse_dim is None and dense_dim is not None else sparse_dim)
    if layout is strided:
        return self.to_dense()
    return to_layout(self, layout, blocksize, dense_dim)


def to_sparse_csr(self: Any, dense_dim: int | None = None) -> Any:
    """This tensor in CSR layout, by rows; reads which elements are zero."""
    return to_layout(self, sparse_csr, None, dense_dim)


def to_sparse_csc(self: Any, dense_dim: int | None = None) -> Any:
    """This tensor in CSC layout, by columns; reads which elements are zero."""
    return to_layout(self, sparse_csc, None, dense_dim)


def to_sparse_bsr(self: Any, blocksize: Any, dense_dim: int | None = None) -> Any:
    """This tensor in BSR layout, by rows of blocks; reads which elements are zero."""
    return to_layout(self, sparse_bsr, blocksize, dense_dim)


def to_sparse_bsc(self: Any, blocksize: Any, dense_dim: int | None = None) -> Any:
    """This tensor in BSC layout, by columns of blocks; reads which elements are zero."""
    return to_layout(self, sparse_bsc, blocksize, dense_dim)
