"""LU by its old name, and decompositions of low rank: svd_lowrank, pca_lowrank (Halko et al., 2009), lobpcg."""

from __future__ import annotations

from typing import Any

from jaxtorch._root import torch
from jaxtorch._tensor.generate import named_result


def lu(A: Any, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """`linalg.lu_factor`, with `get_infos` what `linalg.lu_factor_ex` gives (deprecated in PyTorch)."""
    found = torch.linalg.lu_factor_ex(A, pivot=pivot, check_errors=not get_infos)
    if out is not None:
        for target, result in zip(out, found, strict=False):
            target.resize_as_(result).copy_(result)
        return out
    return _lu_with_info(*found) if get_infos else tuple(found)[:2]


_lu_with_info = named_result("_lu_with_info", ("LU", "pivots", "info"))


def _approximate_basis(A: Any, q: int, niter: int, M: Any) -> Any:
    """Orthonormal columns Q with Q Q^H (A - M) close to A - M."""

    def product(left: Any, mean: Any, right: Any) -> Any:
        found = left @ right
        return found if mean is None else found - mean @ right

    kind = A.dtype if A.is_floating_point() or A.is_complex() else torch.float32
    R = torch.randn(A.size(-1), q, dtype=kind, device=A.device)
    Q = torch.linalg.qr(product(A, M, R)).Q
    for _ in range(niter):
        Q = torch.linalg.qr(product(A.mH, None if M is None else M.mH, Q)).Q
        Q = torch.linalg.qr(product(A, M, Q)).Q
    return Q


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> tuple:
    """The `q` largest singular values and vectors of A (of A - M), approximately: `(U, S, V)`. Draws random numbers."""
    q, niter = 6 if q is None else q, 2 if niter is None else niter
    M = None if M is None else M.broadcast_to(A.size())
    wide = A.size(-2) < A.size(-1)
    if wide:
        A, M = A.mH, None if M is None else M.mH
    Q = _approximate_basis(A, q, niter, M)
    B = Q.mH @ A if M is None else Q.mH @ A - Q.mH @ M
    U, S, Vh = torch.linalg.svd(B, full_matrices=False)
    U, V = Q @ U, Vh.mH
    return (V, S, U) if wide else (U, S, V)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> tuple:
    """Principal components of rows: `svd_lowrank` of A without its columns' means."""
    rows, columns = A.shape[-2:]
    if q is None:
        q = min(6, rows, columns)
    elif not 0 <= q <= min(rows, columns):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(rows, columns)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(dim=-2, keepdim=True) if center else A, q, niter)


def lobpcg(
    A: Any,
    k: int | None = None,
    B: Any = None,
    X: Any = None,
    n: int | None = None,
    iK: Any = None,
    niter: int | None = None,
    tol: float | None = None,
    largest: bool | None = None,
    method: str | None = None,
    tracker: Any = None,
    ortho_iparams: Any = None,
    ortho_fparams: Any = None,
    ortho_bparams: Any = None,
) -> tuple:
    """The `k` largest (or smallest) eigenvalues and vectors of A x = lambda B x for symmetric A and positive B.

    Differs from PyTorch: the whole problem is solved by `linalg.eigh`, so `niter`, `tol`, `iK`, `method`, `tracker` and
    the parameters of orthogonalisation do not matter.
    """
    if A.size(-1) != A.size(-2):
        raise ValueError(f"A must be square, but got a matrix of size {tuple(A.shape)}")
    k = (1 if X is None else X.size(-1)) if k is None else k
    size = A.size(-1)
    if size < 3 * k:
        raise ValueError(
            f"LPBPCG algorithm is not applicable when the number of A rows (={size}) is smaller than 3 x the number of "
            f"requested eigenpairs (={k})"
        )
    if B is None:
        values, vectors = torch.linalg.eigh(A)
    else:
        L = torch.linalg.cholesky(B)
        half = torch.linalg.solve_triangular(L, A, upper=False)
        values, vectors = torch.linalg.eigh(torch.linalg.solve_triangular(L, half.mH, upper=False).mH)
        vectors = torch.linalg.solve_triangular(L.mH, vectors, upper=True)
    if largest is None or largest:
        values, vectors = values.flip(-1), vectors.flip(-1)
    return values[..., :k], vectors[..., :k]


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (lu, svd_lowrank, pca_lowrank, lobpcg)}
