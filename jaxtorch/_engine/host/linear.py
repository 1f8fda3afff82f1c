"""lax primitives of linear algebra, on SciPy's LAPACK, which is XLA's too. What fails gives NaN, as there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.linalg import get_blas_funcs, get_lapack_funcs

from jaxtorch._engine.host.elementwise import Maker, Unsupported

# primitive -> multiply-adds of a matrix, in units of n ** 3
WORK = {
    "cholesky": 1.0,
    "triangular_solve": 1.0,
    "lu": 1.0,
    "qr": 4.0,
    "householder_product": 2.0,
    "svd": 20.0,
    "eigh": 10.0,
    "eig": 30.0,
}
MATRIX_SECONDS = 6e-6  # a call of LAPACK by SciPy


def flops(eqn: Any) -> tuple[float, int]:
    """About how many multiply-adds a decomposition takes, and of how many matrices."""
    shape = eqn.invars[0].aval.shape
    matrices = math.prod(shape[:-2])
    columns = eqn.invars[-1].aval.shape[-1] if eqn.primitive.name == "triangular_solve" else min(shape[-2:])
    return WORK[eqn.primitive.name] * matrices * max(shape[-2:]) * min(shape[-2:]) * columns, matrices


def _lapack_types(eqn: Any) -> None:
    if any(v.aval.dtype.char not in "fdFD" for v in eqn.invars) or any(0 in v.aval.shape for v in eqn.invars):
        raise Unsupported(eqn.primitive.name)


def _batched(one: Callable, eqn: Any) -> Callable:
    """Run a function of single matrices over the leading dimensions."""
    avals = [v.aval for v in eqn.outvars]
    lead = eqn.invars[0].aval.shape[:-2]

    def run(*arrays: Any) -> Sequence[np.ndarray]:
        if not lead:
            return [np.asarray(part, aval.dtype) for part, aval in zip(one(*arrays), avals, strict=True)]
        outs = [np.empty(aval.shape, aval.dtype) for aval in avals]
        for index in np.ndindex(*lead):
            for out, part in zip(outs, one(*[x[index] for x in arrays]), strict=True):
                out[index] = part
        return outs

    return run


def _failing(one: Callable, eqn: Any) -> Callable:
    """Over a batch; `one` gives the results and LAPACK's `info`, which is not 0 where there are none."""
    avals = [v.aval for v in eqn.outvars]
    trailing = [aval.shape[len(eqn.invars[0].aval.shape) - 2 :] for aval in avals]

    def checked(x: Any) -> Sequence[Any]:
        *parts, info = one(x)
        if info == 0:
            return parts
        return [np.full(shape, np.nan, aval.dtype) for shape, aval in zip(trailing, avals, strict=True)]

    return _batched(checked, eqn)


def _functions(eqn: Any, *names: str) -> Any:
    """SciPy's, as XLA calls them too: another LAPACK might choose other signs, and a program may use both tiers."""
    _lapack_types(eqn)
    return get_lapack_funcs(names, dtype=eqn.invars[0].aval.dtype)


def _cholesky(params: dict, eqn: Any) -> Callable:
    (factorise,) = _functions(eqn, "potrf")
    run = _failing(lambda x: factorise(x, lower=True, clean=True), eqn)
    return lambda x: run(x)[0]


def _eigh(params: dict, eqn: Any) -> Callable:
    if params["subset_by_index"] is not None or params["algorithm"] is not None:
        raise Unsupported("eigh")
    (decompose,) = _functions(eqn, "heevd" if eqn.invars[0].aval.dtype.kind == "c" else "syevd")
    lower = int(bool(params["lower"]))

    def one(x: Any) -> tuple:
        values, vectors, info = decompose(x, lower=lower)
        return vectors, values, info

    return _failing(one, eqn)


def _eig(params: dict, eqn: Any) -> Callable:
    if params["compute_left_eigenvectors"] or not params["compute_right_eigenvectors"]:
        raise Unsupported("eig")
    (decompose,) = _functions(eqn, "geev")

    def of_real(x: Any) -> tuple:
        real, imaginary, _, vectors, info = decompose(x, compute_vl=False)
        values = real + imaginary.astype(eqn.outvars[0].aval.dtype) * 1j
        vectors = vectors.astype(values.dtype)
        for i in np.flatnonzero(imaginary > 0).tolist():  # of a conjugate pair, real and imaginary part
            vectors[:, i] += 1j * vectors[:, i + 1]
            vectors[:, i + 1] = np.conj(vectors[:, i])
        return values, vectors, info

    def of_complex(x: Any) -> tuple:
        values, _, vectors, info = decompose(x, compute_vl=False)
        return values, vectors, info

    def one(x: Any) -> tuple:
        if not np.isfinite(x).all():
            return (1,)
        return of_complex(x) if x.dtype.kind == "c" else of_real(x)

    return _failing(one, eqn)


def _svd(params: dict, eqn: Any) -> Callable:
    if params["subset_by_index"] is not None or params["algorithm"] is not None:
        raise Unsupported("svd")
    (decompose,) = _functions(eqn, "gesdd")
    vectors, full = int(params["compute_uv"]), int(params["full_matrices"])

    def one(x: Any) -> tuple:
        if not np.isfinite(x).all():  # SciPy's LAPACK may not return from these
            return (1,)
        u, s, vh, info = decompose(x, compute_uv=vectors, full_matrices=full)
        return (s, u, vh, info) if vectors else (s, info)

    return _failing(one, eqn)


def _qr(params: dict, eqn: Any) -> Callable:
    if params["pivoting"]:
        raise Unsupported("qr")
    complex_ = eqn.invars[0].aval.dtype.kind == "c"
    factorise, build = _functions(eqn, "geqrf", "ungqr" if complex_ else "orgqr")
    rows, columns = eqn.invars[0].aval.shape[-2:]
    width = rows if params["full_matrices"] else min(rows, columns)

    def one(x: Any) -> tuple:
        packed, scales, _, _ = factorise(x)
        vectors = np.zeros((rows, width), packed.dtype, order="F")
        shared = min(columns, width)
        vectors[:, :shared] = packed[:, :shared]
        return build(vectors, scales)[0], np.triu(packed[:width])

    return _batched(one, eqn)


def _lu(params: dict, eqn: Any) -> Callable:
    (factorise,) = _functions(eqn, "getrf")

    def one(x: Any) -> tuple:
        factors, pivots, _ = factorise(x)
        return factors, pivots, _permutation(pivots, x.shape[-2])

    return _batched(one, eqn)


def _permutation(pivots: Any, rows: int) -> np.ndarray:
    order = np.arange(rows, dtype=np.int32)
    for i, other in enumerate(pivots.tolist()):
        order[i], order[other] = order[other], order[i]
    return order


def _lu_pivots_to_permutation(params: dict, eqn: Any) -> Callable:
    size, aval = params["permutation_size"], eqn.outvars[0].aval

    def run(pivots: Any) -> np.ndarray:
        out = np.empty(aval.shape, aval.dtype)
        for index in np.ndindex(*pivots.shape[:-1]):
            out[index] = _permutation(pivots[index], size)
        return out

    return run


def _householder_product(params: dict, eqn: Any) -> Callable:
    (build,) = _functions(eqn, "ungqr" if eqn.invars[0].aval.dtype.kind == "c" else "orgqr")
    run = _batched(lambda x, scales: (build(x, scales)[0],), eqn)
    return lambda x, scales: run(x, scales)[0]


def _triangular_solve(params: dict, eqn: Any) -> Callable:
    _lapack_types(eqn)
    dtype = eqn.invars[0].aval.dtype
    (solve,) = get_blas_funcs(("trsm",), dtype=dtype)
    side, lower, unit = (int(bool(params[name])) for name in ("left_side", "lower", "unit_diagonal"))
    transposed, conjugated = params["transpose_a"], params["conjugate_a"] and dtype.kind == "c"
    trans = 2 if transposed and conjugated else int(transposed)

    def one(a: Any, b: Any) -> tuple:
        if conjugated and not transposed:
            a = np.conj(a)
        return (solve(1.0, a, b, side=1 - side, lower=lower, trans_a=trans, diag=unit),)

    run = _batched(one, eqn)
    return lambda a, b: run(a, b)[0]


LINEAR: dict[str, Maker] = {
    "cholesky": _cholesky,
    "eigh": _eigh,
    "eig": _eig,
    "svd": _svd,
    "qr": _qr,
    "lu": _lu,
    "lu_pivots_to_permutation": _lu_pivots_to_permutation,
    "householder_product": _householder_product,
    "triangular_solve": _triangular_solve,
}
SEVERAL = frozenset(("eigh", "eig", "svd", "qr", "lu"))
