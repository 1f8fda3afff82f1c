"""Rows of linear algebra. Where vectors are open up to sign or phase, only what does not depend on it is compared."""

from math import inf

from tests._ops.samples import S, X, v, x


def _spd(*shape: int, dtype: str = "float32") -> X:
    return x(*shape, dtype=dtype, make="spd")


_COMPLEX = v([[2 + 1j, 1j], [1.0, 3 - 1j]], "complex64")
_SINGULAR = v([[1.0, 2], [2, 4]])
_LOWER = v([[2.0, 0, 0], [1, 3, 0], [-1, 0.5, 1]])
_HERMITIAN = v([[2.0, 1 + 1j], [1 - 1j, 4]], "complex64")
_SQUARE_ERRORS = [S(x(2, 3)).raises(), S(x(3)).raises(), S(x(2, 2, dtype="int64")).raises()]
_PIVOTS = v([2, 3, 3], "int32")

_CHOLESKY = {
    "linalg.cholesky": [
        S(_spd(3, 3)),
        S(_spd(2, 2, 2, dtype="float64"), upper=True),
        S(_HERMITIAN),
        S(v([[1.0, 2], [2, 1]])).raises(),
        *_SQUARE_ERRORS,
    ],
    "cholesky": [S(_spd(3, 3)), S(_spd(2, 2), True)],
    "linalg.cholesky_ex": [S(_spd(3, 3)), S(_spd(2, 2), upper=True)],
    "cholesky_solve": [S(x(3, 2), _LOWER), S(x(3, 1), _spd(3, 3), True), S(x(2, 1), x(3, 3)).raises()],
    "cholesky_inverse": [S(_LOWER).tol(1e-4), S(_spd(2, 2), True)],
}

_INVERSES = {
    "linalg.inv": [
        S(_spd(3, 3)).twice(),
        S(_spd(2, 2, 2, dtype="float64")),
        S(_COMPLEX),
        S(_SINGULAR).raises(),
        *_SQUARE_ERRORS,
    ],
    "inverse": [S(_spd(3, 3)), S(x(2, 3)).raises()],
    "linalg.inv_ex": [S(_spd(3, 3)), S(_spd(2, 2, 2))],
    "linalg.pinv": [S(x(3, 2)).tol(1e-4), S(_spd(2, 2), hermitian=True).tol(1e-4), S(_SINGULAR, rtol=1e-3).tol(1e-4)],
    "pinverse": [S(x(3, 2)).tol(1e-4)],
    "linalg.tensorinv": [S(_spd(4, 4), ind=1), S(x(2, 2, 4), ind=2).tol(1e-3)],
}

_SOLVING = {
    "linalg.solve": [
        S(_spd(3, 3), x(3)).twice(),
        S(_spd(3, 3), x(3, 2)),
        S(_spd(2, 3, 3), x(2, 3)),
        S(_spd(3, 3), x(2, 3), left=False),
        S(_COMPLEX, x(2, 1, dtype="complex64")),
        S(_SINGULAR, x(2)).raises(),
        S(x(2, 3), x(2)).raises(),
        S(_spd(2, 2), x(3)).raises(),
    ],
    "linalg.solve_ex": [S(_spd(3, 3), x(3)), S(_spd(3, 3), x(3, 2))],
    "linalg.solve_triangular": [
        S(_LOWER, x(3, 2), upper=False).twice(),
        S(_spd(3, 3), x(2, 3), upper=True, left=False),
        S(_spd(3, 3), x(3, 2), upper=True, unitriangular=True),
        S(x(3, 3), x(2, 1), upper=True).raises(),
    ],
    "triangular_solve": [S(x(3, 2), _spd(3, 3)), S(x(3, 2), _LOWER, upper=False, transpose=True)],
    "linalg.lstsq": [
        S(x(4, 2, grad=False), x(4, 3, grad=False)).tol(1e-4),
        S(x(2, 3, grad=False), x(2, 1, grad=False), driver="gelsy").tol(1e-4),
        S(x(4, 2, grad=False), x(4, 1, grad=False), driver="gelsd").tol(1e-4),
        S(x(4, 2), x(3, 1)).raises(),
    ],
    "linalg.tensorsolve": [S(_spd(4, 4), x(4)), S(x(2, 3, 6, dtype="float64"), x(2, 3, dtype="float64"))],
    "linalg.lu_solve": [S(_spd(3, 3), _PIVOTS, x(3, 2)), S(_spd(3, 3), _PIVOTS, x(2, 3), left=False)],
    "lu_solve": [S(x(3, 2), _spd(3, 3), _PIVOTS)],
    "linalg.ldl_solve": [S(x(3, 3, make="spd", grad=False), v([1, 2, 3], "int32"), x(3, 2, grad=False))],
}

_DETERMINANTS = {
    "linalg.det": [
        S(x(3, 3)).twice(),
        S(x(2, 2, 2, dtype="float64")),
        S(_COMPLEX),
        S(v([[1.0, 2], [2, 4]], grad=False)).tol(1e-5),
        S(x(0, 0)),
        *_SQUARE_ERRORS,
    ],
    "det": [S(x(3, 3)), S(x(2, 3)).raises()],
    "linalg.slogdet": [S(x(3, 3)), S(_spd(2, 2, 2)), S(_COMPLEX), S(x(2, 3)).raises()],
    "slogdet": [S(x(3, 3))],
    "logdet": [S(_spd(3, 3)), S(v([[0.0, 1], [1, 0]], grad=False))],
}

_FACTORS = {
    "linalg.qr": [
        S(x(4, 3)).tol(1e-4),
        S(x(3, 3, dtype="float64")),
        S(x(4, 3, grad=False), mode="complete").tol(1e-4),
        S(x(4, 3, grad=False), "r"),
        S(x(3)).raises(),
        S(x(3, 3), mode="full").raises(),
    ],
    "qr": [S(x(4, 3)).tol(1e-4), S(x(4, 3, grad=False), some=False).tol(1e-4)],
    "geqrf": [S(x(4, 3, grad=False)), S(x(3)).raises()],
    "linalg.householder_product": [S(x(4, 3), x(3, low=0.5)).tol(1e-4), S(x(4, 3), x(4)).raises()],
    "orgqr": [S(x(4, 3), x(3, low=0.5)).tol(1e-4)],
    "ormqr": [S(x(4, 3), x(3, low=0.5), x(4, 2)).tol(1e-4), S(x(4, 3), x(3, low=0.5), x(2, 4), False, True).tol(1e-4)],
    "linalg.lu": [S(x(3, 3, grad=False)).tol(1e-4), S(x(4, 2, dtype="float64", grad=False)), S(x(3)).raises()],
    "linalg.lu_factor": [S(x(3, 3)).tol(1e-4), S(_SINGULAR).raises(), S(x(2, 4, grad=False))],
    "linalg.lu_factor_ex": [S(x(3, 3)).tol(1e-4)],
    "lu_unpack": [S(x(3, 3, grad=False), _PIVOTS), S(x(3, 3, grad=False), _PIVOTS, unpack_pivots=False)],
    "linalg.ldl_factor": [S(x(3, 3, make="spd", grad=False))],
    "linalg.ldl_factor_ex": [S(x(3, 3, make="spd", grad=False))],
}

_SPECTRA = {
    "linalg.eig": [S(x(3, 3, make="spd", grad=False)).ignores(0, 1), S(x(2, 3)).raises()],
    "linalg.eigvals": [S(v([[1.0, 2], [0, 4]])).tol(1e-4), S(x(3, grad=False)).raises()],
    "linalg.eigh": [S(x(3, 3, make="spd", grad=False)).ignores(1).tol(1e-4), S(x(2, 2), "X").raises()],
    "linalg.eigvalsh": [S(_spd(3, 3)).tol(1e-4), S(_HERMITIAN).tol(1e-4), S(x(3, 3), UPLO="U").tol(1e-4)],
    "linalg.svd": [
        S(x(4, 3, grad=False)).ignores(0, 2).tol(1e-4),
        S(x(2, 3, 4, grad=False), full_matrices=False).ignores(0, 2).tol(1e-4),
        S(x(3)).raises(),
    ],
    "linalg.svdvals": [S(x(4, 3)).twice().tol(1e-3), S(x(2, 2, 3, dtype="float64")), S(x(3)).raises()],
    "svd": [S(x(4, 3, grad=False)).ignores(0, 2).tol(1e-4), S(x(4, 3, grad=False), some=False).ignores(0, 2).tol(1e-4)],
    "linalg.matrix_rank": [S(x(4, 3)), S(_SINGULAR), S(_spd(2, 2), hermitian=True), S(x(3, 3), tol=100.0)],
    "linalg.cond": [S(_spd(3, 3)).tol(1e-4), *[S(x(3, 3, grad=False), p).tol(1e-4) for p in ("fro", 1, inf, -2)]],
}

_NORMS = {
    "linalg.norm": [
        S(x(2, 3)).twice(),
        S(x(3), 1),
        S(x(2, 3), dim=1),
        S(x(2, 3), 2).tol(1e-4),
        S(x(2, 3), "nuc").tol(1e-4),
        S(x(2, 3), inf, (0, 1), True),
        S(x(2, 3, 2), "fro", (1, 2)),
        S(x(3, dtype="complex64")),
        S(x(3, dtype="int64")).raises(),
        S(x(2, 3), "max").raises(),
    ],
    "linalg.matrix_norm": [
        S(x(2, 3)).twice(),
        *[S(x(2, 3), p).tol(1e-4) for p in (1, -1, 2, inf, "nuc")],
        S(x(2, 3, 4), dim=(0, 2), keepdim=True),
        S(x(3)).raises(),
        S(x(2, 2), "best").raises(),
    ],
}

_POWERS = {
    "linalg.matrix_power": [S(x(3, 3), 3).tol(1e-4), S(_spd(2, 2), -2), S(x(2, 2), 0), S(x(2, 3), 2).raises()],
    "matrix_power": [S(x(3, 3), 2)],
    "linalg.matrix_exp": [S(x(3, 3)).tol(1e-4), S(x(2, 2, 2, dtype="float64")), S(x(2, 3)).raises()],
    "matrix_exp": [S(x(3, 3)).tol(1e-4)],
    "linalg.vander": [S(x(3)), S(x(2, 3), N=2), S(x(3, dtype="int64"))],
    "vander": [S(x(3, grad=False)), S(x(3, dtype="int64"), 2, True), S(x(2, 2)).raises()],
}

SAMPLES = {**_CHOLESKY, **_INVERSES, **_SOLVING, **_DETERMINANTS, **_FACTORS, **_SPECTRA, **_NORMS, **_POWERS}
