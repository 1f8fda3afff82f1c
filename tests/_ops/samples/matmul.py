"""Rows of products of matrices and vectors, and of covariances."""

from tests._ops.samples import S, v, x

_PRODUCTS = {
    "matmul": [
        S(x(2, 3), x(3, 4)).twice(),
        S(x(3), x(3)),
        S(x(2, 3), x(3)),
        S(x(3), x(3, 2)),
        S(x(2, 1, 2, 3), x(3, 3, 2)),
        S(x(2, 2, 3), x(3)),
        S(x(2, 3, dtype="int64"), x(3, 2, dtype="int64")),
        S(x(2, 3, dtype="bfloat16"), x(3, 2, dtype="bfloat16")),
        S(x(2, 3, dtype="complex64"), x(3, 2, dtype="complex64")),
        S(x(2, 0), x(0, 3)),
        S(x(2, 3), x(2, 3)).raises(),
        S(x(), x(3)).raises(),
        S(x(2, 3), x(3, 2, dtype="float64")).raises(),
    ],
    "mm": [
        S(x(2, 3), x(3, 4)).twice(),
        S(x(2, 3, dtype="float64"), x(3, 1, dtype="float64")),
        S(x(2, 3, dtype="int32"), x(3, 1, dtype="int32")),
        S(x(2, 3, 1), x(3, 4)).raises(),
        S(x(2, 3), x(4, 3)).raises(),
    ],
    "bmm": [
        S(x(2, 2, 3), x(2, 3, 4)).twice(),
        S(x(0, 2, 3), x(0, 3, 4)),
        S(x(2, 2, 3), x(1, 3, 4)).raises(),
        S(x(2, 3), x(2, 3, 4)).raises(),
    ],
    "mv": [S(x(2, 3), x(3)).twice(), S(x(2, 3), x(2)).raises()],
    "dot": [S(x(3), x(3)).twice(), S(x(3, dtype="complex64"), x(3, dtype="complex64")), S(x(3), x(2)).raises()],
    "vdot": [S(x(3), x(3)), S(x(3, dtype="complex64"), x(3, dtype="complex64"))],
    "inner": [S(x(2, 3), x(4, 3)), S(x(3), x(3)).twice(), S(x(2, 3), 2.0).raises(), S(x(2, 3), x(2)).raises()],
    "outer": [S(x(2), x(3)).twice(), S(x(2), x(3, dtype="int64")), S(x(2, 2), x(3)).raises()],
    "kron": [S(x(2, 2), x(1, 3)).twice(), S(x(2), x(2, 2))],
    "linalg.cross": [S(x(2, 3), x(2, 3)).twice(), S(x(3, 2), x(3, 1), dim=0), S(x(2, 4), x(2, 4)).raises()],
    "cross": [S(x(2, 3), x(2, 3), 1), S(x(3, 2), x(3, 2), dim=0)],
    "tensordot": [
        S(x(2, 3, 4), x(3, 4, 2)).twice(),
        S(x(2, 3), x(4, 3), dims=([1], [1])),
        S(x(2), x(3), dims=0),
    ],
    "linalg.vecdot": [
        S(x(2, 3), x(2, 3)),
        S(x(3, 2), x(3, 1), dim=0),
        S(x(2, dtype="complex64"), x(2, dtype="complex64")),
    ],
    "linalg.multi_dot": [S([x(2, 3), x(3, 4), x(4, 2)]), S([x(3), x(3, 2), x(2)]), S([x(2, 3)]).raises()],
}

_ADDED = {
    "addmm": [
        S(x(2, 4), x(2, 3), x(3, 4)).twice(),
        S(x(4), x(2, 3), x(3, 4), beta=0.5, alpha=2.0),
        S(v([float("nan")] * 4, grad=False), x(2, 3), x(3, 4), beta=0),
        S(x(5), x(2, 3), x(3, 4)).raises(),
    ],
    "addmv": [S(x(2), x(2, 3), x(3)).twice(), S(x(1), x(2, 3), x(3), alpha=-1.0)],
    "addr": [S(x(2, 3), x(2), x(3)).twice(), S(x(3), x(2), x(3), beta=2.0, alpha=0.5)],
    "addbmm": [S(x(2, 4), x(3, 2, 3), x(3, 3, 4)), S(x(4), x(3, 2, 3), x(3, 3, 4), beta=0.5, alpha=2.0)],
    "baddbmm": [S(x(3, 2, 4), x(3, 2, 3), x(3, 3, 4)).twice(), S(x(4), x(3, 2, 3), x(3, 3, 4), beta=0.5, alpha=2.0)],
}

_EINSUM = {
    "einsum": [
        S("ij,jk->ik", x(2, 3), x(3, 4)).twice(),
        S("bij,bjk", x(2, 2, 3), x(2, 3, 2)),
        S("ii->i", x(3, 3)),
        S("ii", x(3, 3)),
        S("i,j->ij", [x(2), x(3)]),
        S("...ij->...ji", x(2, 2, 3)),
        S("bhid,bhjd->bhij", x(2, 1, 2, 3), x(2, 1, 4, 3)),
        S("ij,jk,kl->il", x(2, 3), x(3, 2), x(2, 2)),
        S("ij->", x(2, 3)),
        S("ij,jk->ik", x(2, 3), x(2, 3)).raises(),
        S("ij", x(2)).raises(),
    ],
}

_COVARIANCE = {
    "cov": [
        S(x(2, 5)).twice(),
        S(x(5), correction=0),
        S(x(2, 3), fweights=v([1, 2, 1], "int64"), aweights=v([0.5, 1.0, 2.0], grad=False)),
        S(x(2, 2, 2)).raises(),
    ],
    "corrcoef": [S(x(2, 5)), S(x(5)), S(x(2, 2, 2)).raises()],
}

SAMPLES = {**_PRODUCTS, **_ADDED, **_EINSUM, **_COVARIANCE}
