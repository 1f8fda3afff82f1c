"""Functions of COO tensors that change which places there are: joining, selecting, resizing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxtorch._base.dtypes import int64
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._tensor.construct import as_index
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.layouts import sparse_coo, sparse_csc, sparse_csr
from jaxtorch._tensor.tensor import FUNCTIONS
from jaxtorch.sparse._convert import to_layout
from jaxtorch.sparse._coo import SparseTensor, is_sparse, make
from jaxtorch.sparse._factory import sparse_coo_tensor
from jaxtorch.sparse._functions import add, mm, select, unsqueeze

_cat = FUNCTIONS["cat"]


def cat(tensors: Any, dim: int = 0) -> Any:
    """Sparse tensors one after the other along a dimension."""
    first = tensors[0]
    d, count = wrap_dim(dim, first.ndim), first.sparse_dim()
    for i, x in enumerate(tensors):
        if not is_sparse(x):
            raise RuntimeError(f"Concatenating sparse tensors, but a dense tensor was found at position {i}.")
        if x.sparse_dim() != count or x.dense_dim() != first.dense_dim():
            raise RuntimeError(
                f"All tensors must have the same shape: {list(x.shape)} (sparse dims {x.sparse_dim()}) at position {i} "
                f"does not match {list(first.shape)} (sparse dims {count})"
            )
    size = list(first.shape)
    size[d] = sum(x.shape[d] for x in tensors)
    begins = np.cumsum([0, *(x.shape[d] for x in tensors)])
    indices, values = [], []
    for x, begin in zip(tensors, begins, strict=False):
        at, of = x._at, x._of
        if d < count:
            at = _cat([at[:d], at[d : d + 1] + int(begin), at[d + 1 :]])
        else:
            shape = [of.shape[0], *size[count:]]
            whole = of.new_zeros(shape)
            of = whole.slice_scatter(of, d - count + 1, int(begin), int(begin) + x.shape[d])
        indices.append(at)
        values.append(of)
    return make(_cat(indices, 1), _cat(values, 0), size)


def stack(tensors: Any, dim: int = 0) -> Any:
    """Sparse tensors along a new dimension."""
    d = wrap_dim(dim, tensors[0].ndim + 1)
    return cat([unsqueeze(x, d) for x in tensors], d)


def permute(input: Any, *order: Any, dims: Any = None) -> Any:
    """Dimensions in another order: sparse ones among themselves, and dense ones."""
    order = order if dims is None else (dims,)
    order = order[0] if len(order) == 1 and not isinstance(order[0], int) else order
    if len(order) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = {len(order)}"
        )
    kept = [wrap_dim(d, input.ndim) for d in order]
    if len(set(kept)) != len(kept):
        raise RuntimeError("permute(sparse_coo): duplicate dims are not allowed.")
    count = input.sparse_dim()
    if any(d >= count for d in kept[:count]):
        raise RuntimeError(
            "permute(sparse_coo): transpositions between sparse and dense dimensions are not allowed. Only "
            "transpositions within sparse and dense dimensions are supported."
        )
    size = [input.shape[d] for d in kept]
    values = input._of.permute(0, *(d - count + 1 for d in kept[count:])) if count < input.ndim else input._of
    same = kept[:count] == list(range(count))
    return make(input._at if same else input._at[kept[:count]], values, size, same and input._distinct)


def index_select(input: Any, dim: int, index: Any) -> Any:
    """Chosen slices along a dimension; reads the indices."""
    if not input.ndim:
        raise IndexError("index_select() cannot be applied to a 0-dim tensor.")
    d, count = wrap_dim(dim, input.ndim), input.sparse_dim()
    wanted = host_array(index).reshape(-1)
    if wanted.size and (wanted.min() < -input.shape[d] or wanted.max() >= input.shape[d]):
        raise IndexError(
            f"index_select(): index contains {wanted.max()} that is out of range for tensor of size "
            f"{list(input.shape)} at dimension {d}"
        )
    wanted = np.where(wanted < 0, wanted + input.shape[d], wanted)
    size = [*input.shape]
    size[d] = len(wanted)
    device = input._aval.device
    if d >= count:
        values = input._of.index_select(d - count + 1, as_index(wanted.astype(np.int64), device))
        return make(input._at, values, size, input._distinct)
    row = host_array(input._at)[d]
    order = np.argsort(row, kind="stable")
    begin, end = np.searchsorted(row[order], wanted, "left"), np.searchsorted(row[order], wanted, "right")
    lengths = end - begin
    starts = np.repeat(begin - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) if len(wanted) else begin
    found = order[starts + np.arange(lengths.sum())]
    picked = as_index(found.astype(np.int64), device)
    at = input._at.index_select(1, picked)
    new = as_index(np.repeat(np.arange(len(wanted)), lengths).astype(np.int64), device)
    at = _cat([at[:d], new.reshape(1, -1), at[d + 1 :]])
    return make(at, input._of.index_select(0, picked), size)


def narrow_copy(input: Any, dim: int, start: int, length: int) -> Any:
    """The slices from `start` on."""
    d = wrap_dim(dim, input.ndim)
    first = start + input.shape[d] if start < 0 else start
    if first < 0 or first + length > input.shape[d]:
        raise RuntimeError("Invalid range to narrow. range(start, start+length) must be a subset of range(0, dim size)")
    made = index_select(input, d, as_index(np.arange(first, first + length), input._aval.device))
    return made.coalesce() if input._distinct else made


def unbind(input: Any, dim: int = 0) -> tuple:
    """The slices along a dimension."""
    return tuple([select(input, dim, i) for i in range(input.shape[wrap_dim(dim, input.ndim)])])


def bmm(input: Any, mat2: Any) -> Any:
    """Products of the matrices of two batches, the first of them sparse."""
    if not is_sparse(input) or is_sparse(mat2):
        raise RuntimeError("bmm_sparse: Expected the first tensor to be sparse and the second dense")
    if input.ndim != 3 or mat2.ndim != 3 or input.shape[0] != mat2.shape[0] or input.shape[2] != mat2.shape[1]:
        raise RuntimeError("bmm_sparse: Expected batches of matrices that fit")
    b, rows, columns = input._at[0], input._at[1], input._at[2]
    taken = mat2[b, columns]
    products = input._of[:, None] * taken
    flat = products.new_zeros((input.shape[0] * input.shape[1], mat2.shape[2]))
    return flat.index_add(0, b * input.shape[1] + rows, products).reshape(input.shape[0], input.shape[1], -1)


def sparse_resize_(self: Any, size: Any, sparse_dim: int, dense_dim: int) -> Any:
    """Change the shape, leaving the elements where they are."""
    size = tuple(size)
    if sparse_dim + dense_dim != len(size):
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, sparse_dim = "
            f"{sparse_dim}, dense_dim = {dense_dim}"
        )
    if self._nnz():
        _check_resize(self, size, sparse_dim, dense_dim)
        grown = [slice(None), *(slice(0, n) for n in self.shape[sparse_dim:])]
        values = self._of
        if tuple(values.shape[1:]) != size[sparse_dim:]:
            whole = values.new_zeros((values.shape[0], *size[sparse_dim:]))
            whole[tuple(grown)] = values.detach()
            values = whole
        self.take(make(self._at, values, size, self._distinct))
        return self
    return sparse_resize_and_clear_(self, size, sparse_dim, dense_dim)


def _check_resize(self: Any, size: tuple, sparse_dim: int, dense_dim: int) -> None:
    for kind, mine, given in (("sparse", self.sparse_dim(), sparse_dim), ("dense", self.dense_dim(), dense_dim)):
        if mine != given:
            raise RuntimeError(
                f"changing the number of {kind} dimensions (from {mine} to {given}) on a non-empty tensor is not "
                "supported."
            )
    for kind, part in (("sparse", slice(0, sparse_dim)), ("dense", slice(sparse_dim, None))):
        if any(new < old for new, old in zip(size[part], self.shape[part], strict=True)):
            raise RuntimeError(
                f"shrinking the size of {kind} dimensions (from {list(self.shape[part])} to {list(size[part])}) on a "
                "non-empty tensor is not supported."
            )


def sparse_resize_and_clear_(self: Any, size: Any, sparse_dim: int, dense_dim: int) -> Any:
    """Change the shape, and drop all elements."""
    size = tuple(size)
    if sparse_dim + dense_dim != len(size):
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, sparse_dim = "
            f"{sparse_dim}, dense_dim = {dense_dim}"
        )
    self.take(coo_zeros(size, sparse_dim, self._aval.dtype, self._aval.device))
    return self


def coo_zeros(size: tuple, count: int, dtype: Any, device: Any) -> SparseTensor:
    """A COO tensor without elements, of `count` sparse dimensions."""
    bare = sparse_coo_tensor(size[:count], dtype=dtype, device=device)
    return make(bare._at, bare._of.reshape((0, *size[count:])), size, True)


def copy_(self: Any, other: Any, non_blocking: bool = False) -> Any:
    """Become a copy of another sparse tensor of the same shape."""
    if not is_sparse(other):
        raise RuntimeError("copy_() between dense and sparse Tensors is not implemented!")
    if tuple(other.shape) != tuple(self.shape):
        size = tuple(self.shape)
        if math.prod(other.shape) != math.prod(size):
            raise RuntimeError(f"copy_: expected {list(size)} and {list(other.shape)} to be the same size")
    self.take(other.to(self.dtype).clone())
    return self


# ----- Products of older names -----


def hspmm(mat1: Any, mat2: Any) -> Any:
    """The product of a sparse and a dense matrix, as a hybrid tensor of the rows that are not empty."""
    exact = mat1.coalesce()
    rows = FUNCTIONS["unique"](exact._at[0])
    return make(rows.reshape(1, -1), mm(exact, mat2).index_select(0, rows), (mat1.shape[0], mat2.shape[1]))


def sspaddmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * input + alpha * (mat1 @ mat2)` of sparse `input` and `mat1`, as a sparse matrix."""
    exact = mat1.coalesce()
    rows = FUNCTIONS["unique"](exact._at[0])
    values = mm(exact, mat2).index_select(0, rows) * alpha
    width = mat2.shape[1]
    columns = as_index(np.tile(np.arange(width), rows.shape[0]), input._aval.device)
    at = FUNCTIONS["stack"]([rows.repeat_interleave(width), columns])
    scaled = input.with_values(input._of * beta)
    return make(_cat([scaled._at, at], 1), _cat([scaled._of, values.reshape(-1)]), input.shape)


def smm(input: Any, mat: Any) -> Any:
    """The product of a sparse and a dense matrix, as a sparse one."""
    return sspaddmm(coo_zeros((input.shape[0], mat.shape[1]), 2, mat.dtype, mat._aval.device), input, mat)


def spdiags(diagonals: Any, offsets: Any, shape: Any, layout: Any = None) -> Any:
    """A sparse matrix with the given diagonals, each row of `diagonals` at its offset."""
    if layout not in (None, sparse_coo, sparse_csr, sparse_csc):
        raise RuntimeError(f"Only output layouts (Sparse, SparseCsc, SparseCsr) are supported, got {layout}")
    if diagonals.ndim > 2:
        raise RuntimeError("Diagonals must be vector or matrix")
    if offsets.ndim > 1:
        raise RuntimeError("Offsets must be scalar or vector")
    if offsets.dtype is not int64:
        raise RuntimeError(f"Offset Tensor must have dtype Long but got {offsets.dtype.scalar_name}")
    lines = diagonals if diagonals.ndim > 1 else diagonals[None]
    at = host_array(offsets).reshape(-1)
    if len(at) != lines.shape[0]:
        raise RuntimeError(f"Number of diagonals ({lines.shape[0]}) does not match the number of offsets ({len(at)})")
    if len(shape) != 2:
        raise RuntimeError("Output shape must be 2d")
    if len(set(at.tolist())) != len(at):
        raise RuntimeError("Offset tensor contains duplicate values")
    width = min(lines.shape[1], shape[1])
    which, columns = (x.reshape(-1) for x in np.indices((len(at), width)))
    rows = columns - at[which]
    fits = (rows >= 0) & (rows < shape[0])
    which, rows, columns = which[fits], rows[fits], columns[fits]
    values = lines[as_index(which, lines._aval.device), as_index(columns, lines._aval.device)]
    made = make(as_index(np.stack([rows, columns]).astype(np.int64), lines._aval.device), values, tuple(shape))
    return made if layout in (None, sparse_coo) else to_layout(made, layout)


def any_(input: Any) -> Any:
    """Whether some element is not zero."""
    return FUNCTIONS["any"](input._of)


def addmm_of(input: Any, mat1: Any, mat2: Any, beta: Any = None, alpha: Any = None) -> Any:
    """`beta * input + alpha * (mat1 @ mat2)`, by the table's order of arguments."""
    product = mm(mat1, mat2)
    product = product if alpha is None else product * alpha
    scaled = input if beta is None else input * beta
    return add(scaled, product) if is_sparse(product) else scaled + product


HANDLERS: dict[str, Callable] = {
    "cat": cat,
    "stack": stack,
    "bmm": bmm,
    "index_select": lambda input, index, dim: index_select(input, dim, index),
    "any": any_,
    "addmm": addmm_of,
    "addmv": addmm_of,
}
METHODS: dict[str, Any] = {
    "permute": permute,
    "index_select": index_select,
    "narrow_copy": narrow_copy,
    "unbind": unbind,
    "sspaddmm": sspaddmm,
    "smm": smm,
    "bmm": bmm,
    "sparse_resize_": sparse_resize_,
    "sparse_resize_and_clear_": sparse_resize_and_clear_,
    "copy_": copy_,
    "any": any_,
}
FUNCTIONS_OF_ROOT = {"hspmm": hspmm, "sspaddmm": sspaddmm, "smm": smm}
