"""Functions of compressed tensors: of the values where the places stay, through COO elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._tensor.construct import as_index
from jaxtorch._tensor.layouts import sparse_bsc, sparse_bsr, sparse_csc, sparse_csr, strided
from jaxtorch._tensor.tensor import FUNCTIONS
from jaxtorch.sparse import _functions as coo
from jaxtorch.sparse._compressed import BY_ROWS, CompressedTensor, compressed
from jaxtorch.sparse._convert import to_layout
from jaxtorch.sparse._coo import is_sparse

_TRANSPOSED = {sparse_csr: sparse_csc, sparse_csc: sparse_csr, sparse_bsr: sparse_bsc, sparse_bsc: sparse_bsr}


def is_compressed(x: Any) -> bool:
    """Whether `x` is a compressed tensor."""
    return type(x) is CompressedTensor


def unary(name: str) -> Callable:
    """The function `name` of the values."""
    dense = FUNCTIONS[name]

    def function(input: Any, *args: Any, **options: Any) -> Any:
        return input.with_values(dense(input._of, *args, **options))

    return function


def _as_coo(x: Any) -> Any:
    return x.to_coo() if is_compressed(x) else x


def _back(result: Any, like: Any) -> Any:
    """A COO result in the layout of an input."""
    return to_layout(result, like.layout, like.blocksize or None) if is_sparse(result) else result


def through_coo(function: Callable) -> Callable:
    """A function of COO tensors, for compressed ones; what it gives has the layout of the first of them."""

    def of_compressed(*args: Any, **options: Any) -> Any:
        like = next(a for a in args if is_compressed(a))
        return _back(function(*map(_as_coo, args), **options), like)

    return of_compressed


def _is_number(x: Any) -> bool:
    return not isinstance(x, Variable) or (not x._aval.ndim and not is_compressed(x) and not is_sparse(x))


def mul(input: Any, other: Any) -> Any:
    """Products: with a number the places stay."""
    if _is_number(input):
        input, other = other, input
    if _is_number(other):
        return input.with_values(input._of * other)
    if not is_compressed(input):
        input, other = other, input
    if isinstance(other, Variable) and not is_sparse(other) and not is_compressed(other):
        other = other.expand(input.shape) if other.shape != input.shape else other
    return through_coo(coo.mul)(input, other)


def add(input: Any, other: Any, alpha: Any = None) -> Any:
    """Sums: of two compressed tensors one of the first's layout, with a dense one a dense one."""
    if not is_compressed(input) and not is_sparse(input):
        return coo.add(input, _as_coo(other), alpha)
    if not is_compressed(other) and not is_sparse(other):
        return input.to_dense() + (other if alpha is None else other * alpha)
    return through_coo(coo.add)(input, other, alpha)


def sub(input: Any, other: Any, alpha: Any = None) -> Any:
    """`add` of the negated second tensor."""
    return add(input, other, -1 if alpha is None else -alpha)


def div(input: Any, other: Any, rounding_mode: Any = None) -> Any:
    """Quotients by numbers."""
    if not _is_number(other):
        raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor")
    return input.with_values(FUNCTIONS["div"](input._of, other, rounding_mode=rounding_mode))


def mm(mat1: Any, mat2: Any) -> Any:
    """Products of matrices: two sparse ones give one of the first's layout."""
    return through_coo(coo.mm)(mat1, mat2)


def addmm(input: Any, mat1: Any, mat2: Any, beta: Any = None, alpha: Any = None) -> Any:
    """`beta * input + alpha * (mat1 @ mat2)`."""
    product = HANDLERS["mm"](mat1, mat2) if is_compressed(mat1) or is_compressed(mat2) else FUNCTIONS["mm"](mat1, mat2)
    product = product if alpha is None else product * alpha
    scaled = input if beta is None else input * beta
    if is_sparse(product) or is_compressed(product):
        return FUNCTIONS["add"](scaled, product)
    return (scaled if scaled.layout is strided else scaled.to_dense()) + product


def sum(input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """Sums over all elements, or over one dimension of a CSR tensor."""
    x = input if dtype is None else input.to(dtype)
    if dim is None or dim == ():
        return x._of.sum()
    if not keepdim:
        raise RuntimeError("reduction operations on CSR tensors with keepdim=False is unsupported")
    return to_layout(x.to_dense().sum(dim, True), x.layout, x.blocksize or None, x.dense_dim())


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions of one kind exchanged: of rows and columns, the layout is the other one."""
    a, b = wrap_dim(dim0, input.ndim), wrap_dim(dim1, input.ndim)
    n = input.batch_dim
    kinds = ["Batch" if d < n else "Sparse" if d < n + 2 else "Dense" for d in (a, b)]
    if kinds[0] != kinds[1]:
        raise RuntimeError(
            "transpose(): can only transpose dimensions of the same type (Batch, Sparse, Dense), got "
            f"{a}({kinds[0]}) and {b}({kinds[1]})"
        )
    size = list(input.shape)
    size[a], size[b] = size[b], size[a]
    outer, inner, values, layout = input._outer, input._inner, input._of, input.layout
    blocks = len(input.blocksize)
    if kinds[0] == "Sparse" and a != b:
        layout = _TRANSPOSED[layout]
        values = values.transpose(n + 1, n + 2) if blocks else values
    elif kinds[0] == "Batch":
        outer, inner, values = outer.transpose(a, b), inner.transpose(a, b), values.transpose(a, b)
    elif kinds[0] == "Dense":
        shift = 1 - 2 + blocks
        values = values.transpose(a + shift, b + shift)
    return compressed(layout, outer, inner, values, size)


def t(input: Any) -> Any:
    """The transposed matrix."""
    return transpose(input, 0, 1)


def select(input: Any, dim: int, index: int) -> Any:
    """One slice: of a batch a compressed tensor, of rows or columns a COO one; dense where none is left."""
    d, n = wrap_dim(dim, input.ndim), input.batch_dim
    if d < n:
        size = [k for i, k in enumerate(input.shape) if i != d]
        outer, inner, values = (x.select(d, index) for x in (input._outer, input._inner, input._of))
        return compressed(input.layout, outer, inner, values, size)
    if d < n + 2:
        if n:
            raise RuntimeError("selecting sparse dimensions is not supported for batched sparse compressed tensors.")
        return coo.select(input.to_coo().coalesce(), d, index)
    size = [k for i, k in enumerate(input.shape) if i != d]
    values = input._of.select(d - 1 + len(input.blocksize), index)
    return compressed(input.layout, input._outer, input._inner, values, size)


def sampled_addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1.0, alpha: Any = 1.0) -> Any:
    """`beta * input + alpha * (mat1 @ mat2)` at the places of a CSR tensor.

    Example:
        >>> import jaxtorch as torch
        >>> a = torch.eye(2).to_sparse_csr()
        >>> torch.sparse.sampled_addmm(a, torch.ones(2, 3), torch.ones(3, 2)).values()
        tensor([4., 4.])
    """
    if not is_compressed(input) or input.layout not in BY_ROWS or input.blocksize:
        raise RuntimeError(f"sampled_addmm: Expected self to have sparse csr layout, but got {input.layout}")
    places, values = input.coordinates()
    at = [as_index(row, input._aval.device) for row in places]
    rows = mat1[(*at[:-1], slice(None))]
    columns = mat2.transpose(-2, -1)[(*at[:-2], at[-1], slice(None))]
    made = (rows * columns).sum(-1) * alpha + values * beta
    return input.with_values(made.reshape(input._of.shape))


HANDLERS: dict[str, Callable] = {name: unary(name) for name in (*coo.UNARY, "neg", "angle")}
HANDLERS |= {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": div,
    "mm": mm,
    "matmul": mm,
    "mv": mm,
    "sum": sum,
    "addmv": addmm,
}
HANDLERS |= {"pow": lambda input, exponent: input.with_values(input._of**exponent)}
HANDLERS |= {"addmm": addmm, "norm": through_coo(coo.norm)}
