"""Arithmetic of sparse tensors, over the values where the indices allow it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.dtypes import FLOATING, int64
from jaxtorch._base.sizes import broadcast_shapes, wrap_dim
from jaxtorch._tensor.tensor import FUNCTIONS
from jaxtorch.sparse._coo import SparseTensor, is_sparse, keys_of, make, same_size

_cat, _unique, _softmax, _log_softmax = (FUNCTIONS[n] for n in ("cat", "unique", "softmax", "log_softmax"))


# ----- Sums and products -----


def add(input: Any, other: Any, alpha: Any = None) -> Any:
    """Sparse + sparse gives a sparse tensor, dense + sparse a dense one."""
    if not is_sparse(other):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    scaled = other if alpha is None or alpha == 1 else mul(other, alpha)
    if not is_sparse(input):
        sizes = scaled._sparse_sizes()
        same_size(input, scaled, "add")
        flat = input.reshape((-1, *scaled._of.shape[1:]))
        return flat.index_add(0, keys_of(scaled._at, sizes), scaled._of.to(flat.dtype)).reshape(input.shape)
    same_size(input, scaled, "add")
    if input.sparse_dim() != scaled.sparse_dim():
        raise RuntimeError(
            f"add: expected 'self' and 'other' to have same number of sparse dimensions, but self has "
            f"{input.sparse_dim()} sparse dimensions while other has {scaled.sparse_dim()} sparse dimensions"
        )
    joined = make(_cat([input._at, scaled._at], 1), _cat([input._of, scaled._of], 0), input.shape)
    return joined.coalesce() if input._distinct and scaled._distinct else joined


def sub(input: Any, other: Any, alpha: Any = None) -> Any:
    """`add` of the negated second tensor."""
    return add(input, other, -1 if alpha is None else -alpha)


def mul(input: Any, other: Any) -> Any:
    """Products with numbers, dense tensors of the same shape, and sparse ones."""
    if not is_sparse(input):
        return mul(other, input)
    if not isinstance(other, Variable) or not other._aval.ndim:
        return input.with_values(input._of * other)
    if is_sparse(other) and not (input.ndim and other.ndim):
        whole, number = (input, other) if input.ndim else (other, input)
        return whole.with_values(whole._of * number.to_dense())
    if tuple(input.shape) != tuple(other.shape):
        count = input.sparse_dim()
        fits = is_sparse(other) and other.ndim == input.ndim and other.sparse_dim() == count
        if fits and input.shape[:count] == other.shape[:count]:
            return _sparse_product(input.coalesce(), other.coalesce())
        if is_sparse(other):
            raise RuntimeError(
                "sparse_binary_op_intersection_cpu(): expects sparse inputs with equal dimensionality, number of "
                "sparse dimensions, and shape of sparse dimensions"
            )
        size = tuple(broadcast_shapes(tuple(input.shape), tuple(other.shape)))
        input, other = expand(input, size), expand(other, size)
    if is_sparse(other):
        return _sparse_product(input.coalesce(), other.coalesce())
    return input.with_values(input._of * _taken(other, input))


def expand(input: Any, size: tuple) -> Any:
    """A tensor broadcast to a size; sparse dimensions get their elements again and again."""
    if not is_sparse(input):
        return input.expand(size)
    for _ in range(len(size) - input.ndim):
        input = unsqueeze(input, 0) if input.sparse_dim() else unsqueeze(from_dense(input.to_dense(), None), 0)
    count = input.sparse_dim()
    at, values, wide = input._at, input._of, [*input.shape]
    if count < len(size):
        values = values.expand(values.shape[0], *size[count:])
    for d in range(count):
        if wide[d] != size[d]:
            n, k = size[d], at.shape[1]
            places = at.new_tensor(range(n)).repeat_interleave(k).reshape(1, -1)
            at = at.repeat(1, n)
            at = _cat([at[:d], places, at[d + 1 :]])
            values = values.repeat(n, *(1 for _ in values.shape[1:]))
            wide[d] = n
    return make(at, values, size)


def _taken(dense: Any, at: SparseTensor) -> Any:
    """The elements of a dense tensor at a sparse one's indices."""
    flat = dense.reshape((-1, *at._of.shape[1:]))
    return flat.index_select(0, keys_of(at._at, at._sparse_sizes()))


def _sparse_product(a: Any, b: Any) -> Any:
    sizes = a._sparse_sizes()
    ka, kb = keys_of(a._at, sizes), keys_of(b._at, sizes)
    keys, inverse, counts = _unique(_cat([ka, kb]), return_inverse=True, return_counts=True)
    both = counts[inverse] == 2
    of_a, of_b = both[: ka.shape[0]].nonzero()[:, 0], both[ka.shape[0] :].nonzero()[:, 0]
    values = a._of.index_select(0, of_a) * b._of.index_select(0, of_b)
    return make(a._at.index_select(1, of_a), values, (*sizes, *values.shape[1:]), True)


def div(input: Any, other: Any, rounding_mode: Any = None) -> Any:
    """Quotients by numbers."""
    if not is_sparse(input) or is_sparse(other) or (isinstance(other, Variable) and other._aval.ndim):
        raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor")
    exact = input.coalesce() if rounding_mode else input
    return exact.with_values(FUNCTIONS["div"](exact._of, other, rounding_mode=rounding_mode))


def neg(input: Any) -> Any:
    """The negated values."""
    return input.with_values(-input._of)


def pow(input: Any, exponent: Any) -> Any:
    """Powers of the values."""
    exact = input.coalesce()
    return exact.with_values(exact._of**exponent)


# ----- Matrices -----


def _require_matrices(mat1: Any, mat2: Any) -> None:
    if mat1._aval.ndim != 2 or mat2._aval.ndim not in (1, 2):
        raise RuntimeError(f"addmm: 2-D matrices expected, got {mat1._aval.ndim}D and {mat2._aval.ndim}D tensors")
    if mat1._aval.shape[1] != mat2._aval.shape[0]:
        raise RuntimeError(
            f"addmm: Argument #3 (dense): Expected dim 0 size {mat1._aval.shape[1]}, got {mat2._aval.shape[0]}"
        )


def spmm(input: Any, mat2: Any) -> Any:
    """`torch.mm` by its older name: either matrix may be sparse."""
    return FUNCTIONS["mm"](input, mat2)


def dsmm(input: Any, mat2: Any) -> Any:
    """`torch.mm` by its oldest name: either matrix may be sparse."""
    return FUNCTIONS["mm"](input, mat2)


def mm(mat1: Any, mat2: Any, reduce: str | None = None) -> Any:
    """The product of two matrices, one of them or both sparse; both give a sparse one.

    `reduce` needs CSR in PyTorch and is not supported. The product of two sparse matrices goes through a dense one.

    Example:
        >>> import jaxtorch as torch
        >>> a = torch.sparse_coo_tensor([[0, 1], [1, 0]], [2.0, 3.0], (2, 2))
        >>> torch.sparse.mm(a, torch.eye(2))
        tensor([[0., 2.],
                [3., 0.]])
    """
    if reduce is not None:
        raise NotImplementedError("torch.sparse.mm(reduce=...) is not supported by jaxtorch; use dense tensors")
    if not is_sparse(mat1) and not is_sparse(mat2):
        return FUNCTIONS["mm"](mat1, mat2)
    _require_matrices(mat1, mat2)
    if is_sparse(mat1) and is_sparse(mat2):
        return from_dense(mm(mat1, mat2.to_dense()))
    if is_sparse(mat2):
        return mm(transpose(mat2, 0, 1), mat1.t()).t()
    if mat1.dense_dim():
        return mat1.to_dense() @ mat2
    rows, columns = mat1._at[0], mat1._at[1]
    taken = mat2.index_select(0, columns)
    products = mat1._of.reshape((-1, *(1,) * (mat2.ndim - 1))) * taken
    return products.new_zeros((mat1.shape[0], *mat2.shape[1:])).index_add(0, rows, products)


def addmm(mat: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * mat + alpha * (mat1 @ mat2)` of a sparse `mat1`."""
    product = mm(mat1, mat2)
    return mat * beta + (product if alpha == 1 else product * alpha)


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two sparse dimensions, or two dense ones, exchanged."""
    a, b = wrap_dim(dim0, input.ndim), wrap_dim(dim1, input.ndim)
    count, size = input.sparse_dim(), list(input.shape)
    size[a], size[b] = size[b], size[a]
    if (a < count) != (b < count):
        raise RuntimeError(
            f"transpose: transposing of {a} and {b} dimensions is not possible as one is sparse and the other dense"
        )
    if a >= count:
        return make(input._at, input._of.transpose(a - count + 1, b - count + 1), size, input._distinct)
    order = list(range(count))
    order[a], order[b] = order[b], order[a]
    return make(input._at[order], input._of, size, a == b and input._distinct)


def t(input: Any) -> Any:
    """The transposed matrix."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 sparse and 0 dense dimensions, but got {input.ndim}D")
    return transpose(input, 0, 1) if input.ndim == 2 else input


# ----- Reductions -----


def sum(input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """Sums over all elements, or over dimensions: dense where no sparse dimension is left."""
    x = input if dtype is None else input.to(dtype)
    if dim is not None and dim in ((), []):
        return x.to(int64) if x._aval.dtype.category < FLOATING and dtype is None else x
    if dim is None:
        return x._of.sum()
    dims = {wrap_dim(d, x.ndim) for d in ((dim,) if isinstance(dim, int) else dim)}
    if keepdim:
        made = sum(x, sorted(dims), False)
        if not is_sparse(made):
            made = from_dense(made, None) if made.ndim == 0 else made
        for d in sorted(dims):
            made = unsqueeze(made, d) if is_sparse(made) else made.unsqueeze(d)
        return made
    count = x.sparse_dim()
    within = [d - count + 1 for d in sorted(dims) if d >= count]
    values = x._of.sum(within) if within else x._of
    size = [n for d, n in enumerate(x.shape) if d not in dims]
    kept = [d for d in range(count) if d not in dims]
    if not kept:
        return values.sum(0)
    if len(kept) == count:
        return make(x._at, values, size, x._distinct)
    return make(x._at[kept], values, size).coalesce()


def _grouped(input: Any, dim: int, log: bool, dtype: Any) -> Any:
    x = (input if dtype is None else input.to(dtype)).coalesce()
    d, count = wrap_dim(dim, x.ndim), x.sparse_dim()
    if d >= count:
        return x.with_values((_log_softmax if log else _softmax)(x._of, d - count + 1))
    others = [i for i in range(count) if i != d]
    keys = keys_of(x._at[others], [x.shape[i] for i in others])
    found, group = _unique(keys, return_inverse=True)
    shape = (found.shape[0], *x._of.shape[1:])
    flat = x._of.detach()
    largest = flat.new_full(shape, float("-inf")).index_reduce(0, group, flat, "amax").index_select(0, group)
    shifted = x._of - largest
    powers = shifted.exp()
    sums = powers.new_zeros(shape).index_add(0, group, powers)
    return x.with_values(shifted - sums.log().index_select(0, group) if log else powers / sums.index_select(0, group))


def softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Softmax over the specified elements along `dim`; the others count as -inf."""
    return _grouped(input, dim, False, dtype)


def log_softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Logarithm of the softmax over the specified elements along `dim`."""
    return _grouped(input, dim, True, dtype)


# ----- Selection -----


def select(input: Any, dim: int, index: int) -> Any:
    """One slice along a dimension; reads the indices."""
    d, count = wrap_dim(dim, input.ndim), input.sparse_dim()
    size = [n for i, n in enumerate(input.shape) if i != d]
    i = index + input.shape[d] if index < 0 else index
    if not 0 <= i < input.shape[d]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {d}"
        )
    if d >= count:
        return make(input._at, input._of.select(d - count + 1, i), size, input._distinct)
    at = (input._at[d] == i).nonzero()[:, 0]
    values = input._of.index_select(0, at)
    if count == 1:
        return values.sum(0, dtype=values.dtype)
    kept = [j for j in range(count) if j != d]
    return make(input._at[kept].index_select(1, at), values, size, input._distinct)


def unsqueeze(input: Any, dim: int) -> Any:
    """A dimension of size one put in: sparse among the sparse ones."""
    d, count = wrap_dim(dim, input.ndim + 1), input.sparse_dim()
    size = [*input.shape[:d], 1, *input.shape[d:]]
    if d > count:
        return make(input._at, input._of.unsqueeze(d - count + 1), size, input._distinct)
    row = input._at.new_zeros((1, input._nnz()))
    return make(_cat([input._at[:d], row, input._at[d:]], 0), input._of, size, input._distinct)


# ----- From dense tensors -----


def from_dense(input: Any, sparse_dim: int | None = None) -> Any:
    """The elements of a dense tensor that are not zero; reads them."""
    count = input.ndim if sparse_dim is None else sparse_dim
    least = min(input.ndim, 1)
    if not least <= count <= input.ndim:
        raise RuntimeError(f"sparse_dim argument must be in [{least},{input.ndim}] range, but {count} is given")
    kept = input != 0
    if count < input.ndim:
        kept = kept.flatten(count).any(-1)
    at = kept.nonzero().t().contiguous()
    return make(at, input[tuple(at)] if count else input.reshape(1)[: at.shape[1]], input.shape, True)


def masked(input: Any, mask: Any) -> Any:
    """The elements of a dense tensor at a sparse one's indices."""
    if not is_sparse(mask):
        raise RuntimeError("sparse_mask: expected a sparse mask")
    return mask.with_values(_taken(input, mask))


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The norm of all elements."""
    if dim is not None and dim != []:
        raise NotImplementedError("norms of sparse tensors along dimensions are not supported by jaxtorch")
    return FUNCTIONS["norm"](input.coalesce()._of.reshape(-1), 2 if p == "fro" else p)


# Functions that leave zero alone; PyTorch coalesces before them.
UNARY = (
    "abs asin asinh atan atanh ceil deg2rad erf erfinv expm1 floor frac log1p nan_to_num positive rad2deg relu round "
    "sgn sign sin sinh sqrt square tan tanh trunc conj_physical isnan isinf isposinf isneginf signbit"
).split()


def unary(name: str) -> Callable:
    """The function `name` of the values."""
    dense = FUNCTIONS[name]

    def function(input: Any, *args: Any, **options: Any) -> Any:
        exact = input.coalesce()
        return exact.with_values(dense(exact._of, *args, **options))

    function.__name__ = function.__qualname__ = name
    return function
