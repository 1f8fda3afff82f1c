"""Linear maps. Serves F.linear and F.bilinear."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from jaxtorch._base.dtypes import BOOL
from jaxtorch._ops.norm_sums import over_rows
from jaxtorch._ops.pointwise import opmath, reject, scalar_name
from jaxtorch._ops.pool_windows import adjoint
from jaxtorch._ops.table import op

_ALIASING = 512  # floats between two rows that share their cache sets
_CPP_NAMES = {
    "Float": "float",
    "Double": "double",
    "Half": "c10::Half",
    "BFloat16": "c10::BFloat16",
    "Long": "long int",
    "Int": "int",
    "Short": "short int",
    "Byte": "unsigned char",
    "Char": "signed char",
    "Bool": "bool",
    "ComplexFloat": "c10::complex<float>",
    "ComplexDouble": "c10::complex<double>",
}


def cpp_name(x) -> str:
    """The C++ name of the element type, which some of PyTorch's messages use."""
    name = scalar_name(x)
    return _CPP_NAMES.get(name, name)


def _pull_linear(cotangent, x, weight, bias, *, wanted):
    if cotangent.ndim == 0 or not cotangent.size:
        return None
    rows, columns = math.prod(cotangent.shape[:-1]), cotangent.shape[-1]
    by_rows = lax.reshape(cotangent, (rows, columns)) if cotangent.ndim != 2 else cotangent
    of_x = of_weight = of_bias = None
    if wanted[0]:
        if weight.ndim != 2:
            return None
        of_x = lax.dot_general(by_rows, weight, (((1,), (0,)), ((), ())))
        of_x = lax.reshape(of_x, (*cotangent.shape[:-1], weight.shape[1])) if cotangent.ndim != 2 else of_x
    if wanted[1]:
        if x.ndim != cotangent.ndim:  # a vector of weights
            return None
        of_weight = _of_matrix(by_rows, lax.reshape(x, (rows, x.shape[-1])) if x.ndim != 2 else x)
    if len(wanted) > 2 and wanted[2]:
        if bias is not None and bias.shape != (columns,):
            return None
        ones = lax.full((rows,), 1, cotangent.dtype)
        of_bias = lax.dot_general(by_rows, ones, (((0,), (0,)), ((), ())))
    return of_x, of_weight, of_bias


@op(
    "nn.functional.linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
    grad="bilinear",
    saves=("input", "weight"),
    variants="fo",
    grad_name="AddmmBackward0",
    pull=_pull_linear,
)
def linear(input, weight, bias):
    _check_linear(input, weight, bias)
    return _linear(input, weight, bias)


@opmath
def _linear(x, weight, bias):
    # As one matrix product over dimension 1 of both: 1.5 times as fast on CPU as x @ weight.T of more dimensions.
    matrix = weight if weight.ndim == 2 else weight[None]
    rows = x.reshape(-1, x.shape[-1]) if x.size else x.reshape(_rows(x), x.shape[-1])
    out = _product(rows, matrix)
    if bias is not None:
        # the derivative is a sum over rows: as a product with ones 20 times as fast as where XLA makes it one over the
        # input's dimensions
        out = out + (over_rows(bias, rows.shape[0]) if bias.shape == out.shape[1:] else bias)
    return out.reshape(x.shape[:-1] + weight.shape[:-1])


@jax.custom_jvp
def _product(rows, matrix):
    """(N, in) and (out, in) -> (N, out)"""
    return lax.dot_general(rows, matrix, (((1,), (1,)), ((), ())))


@_product.defjvp
def _product_jvp(primals, tangents):
    rows, matrix = primals
    d_rows, d_matrix = tangents
    by_rows = lax.dot_general(d_rows, matrix, (((1,), (1,)), ((), ())))
    return _product(rows, matrix), by_rows + _by_matrix(rows, d_matrix)


def _by_matrix(rows, d_matrix):
    n, out = rows.shape[0], d_matrix.shape[0]
    if not _aliases(n, out):
        return lax.dot_general(rows, d_matrix, (((1,), (1,)), ((), ())))
    return adjoint(lambda ct: _of_matrix(ct, rows), jax.ShapeDtypeStruct((n, out), rows.dtype), d_matrix)


def _aliases(n: int, out: int) -> bool:
    return out % _ALIASING == 0 and n >= 256 and jax.default_backend() == "cpu"


def _of_matrix(cotangent, rows):
    """(N, out) and (N, in) -> (out, in)"""
    if not _aliases(*cotangent.shape):
        return lax.dot_general(cotangent, rows, (((0,), (0,)), ((), ())))
    # Rows a multiple of 2 KiB apart share their cache sets: copied across first, the product is 1.4 times as fast.
    return lax.dot_general(lax.optimization_barrier(cotangent.T), rows, (((1,), (0,)), ((), ())))


def _rows(x) -> int:
    rows = 1
    for size in x.shape[:-1]:
        rows *= size
    return rows


def _check_linear(x, weight, bias) -> None:
    if x.ndim == 0 or weight.ndim == 0:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {x.ndim}D and {weight.ndim}D"
        )
    if weight.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {weight.ndim}D")
    if weight.ndim == 1 and bias is not None:
        raise RuntimeError("mat2 must be a matrix, got 1-D tensor")
    if x.dtype != weight.dtype and bias is not None:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {scalar_name(x)} and {scalar_name(weight)}"
        )
    if x.dtype != weight.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {cpp_name(x)} != {cpp_name(weight)}")
    if bias is not None and bias.dtype != x.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {scalar_name(bias)} and {scalar_name(weight)}"
        )
    reject(x, "addmm_impl_cpu_", BOOL)
    if x.shape[-1] != weight.shape[-1]:
        outer = weight.shape[0] if weight.ndim == 2 else 1
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({_rows(x)}x{x.shape[-1]} and {weight.shape[-1]}x{outer})"
        )
    if bias is not None:
        _check_bias(bias, (_rows(x), weight.shape[0]))


def _check_bias(bias, target: tuple[int, int]) -> None:
    if bias.ndim > 2:
        raise RuntimeError(
            f"expand(torch.{scalar_name(bias)}Tensor{{{list(bias.shape)}}}, size={list(target)}): the number of "
            f"sizes provided (2) must be greater or equal to the number of dimensions in the tensor ({bias.ndim})"
        )
    for dim in range(-bias.ndim, 0):
        if bias.shape[dim] not in (1, target[dim]):
            raise RuntimeError(
                f"The expanded size of the tensor ({target[dim]}) must match the existing size "
                f"({bias.shape[dim]}) at non-singleton dimension {2 + dim}.  Target sizes: {list(target)}.  "
                f"Tensor sizes: {list(bias.shape)}"
            )


@op(
    "bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor",
    variants="f",
    aliases=("nn.functional.bilinear",),
    saves=("input1", "input2", "weight"),
)
def bilinear(input1, input2, weight, bias):
    _check_bilinear(input1, input2, weight, bias)
    return _bilinear(input1, input2, weight, bias)


@opmath
def _bilinear(x, y, weight, bias):
    # x with the weight first: one matrix product, then a batched one with y.
    partial = jnp.einsum("...i,oij->...oj", x, weight)
    out = jnp.einsum("...oj,...j->...o", partial, y)
    return out if bias is None else out + bias


def _check_bilinear(x, y, weight, bias) -> None:
    if x.ndim != y.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {x.ndim} and {y.ndim}")
    for dim in range(x.ndim - 1):
        if x.shape[dim] != y.shape[dim]:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {dim}: got {x.shape[dim]} and {y.shape[dim]}"
            )
    for name, value, dim in (("input1", x, 1), ("input2", y, 2)):
        if value.shape[-1] != weight.shape[dim]:
            raise RuntimeError(
                f"bilinear(): {name} size does not match weight size: got {value.shape[-1]} but expected "
                f"{weight.shape[dim]}"
            )
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )
