"""Rows of the reductions: sums, means, variances, truth, extremes, norms, statistics."""

from math import inf, nan

from tests._ops.samples import Row, S, dt, v, x


def _sums(*more: Row, ints: bool = True) -> list[Row]:
    rows = [
        S(x(2, 3)),
        S(x(2, 3), 1),
        S(x(2, 3, 2), (0, -1)),
        S(x(2, 3), dim=0, keepdim=True),
        S(x()),
        S(x(), 0),
        S(x(0, 3), 0),
        S(x(2, 0)),
        S(x(2, 3, dtype="bfloat16"), 1),
        S(x(2, 3, dtype="float16")),
        S(x(2, 3, dtype="int32"), 1, dtype=dt("float64")),
        S(x(2), 1).raises(),
        S(x(2, 2), (0, 0)).raises(),
        *more,
    ]
    if ints:
        return [*rows, S(x(3, dtype="int32")), S(x(2, 3, dtype="bool"), 1)]
    return [*rows, S(x(3, dtype="int32")).raises(), S(x(3), dtype=dt("int64")).raises()]


_HOLES = v([[1.0, nan, 3.0], [nan, nan, 2.0]])
_COMPLEX = S(x(2, 3, dtype="complex64"), 1).twice()

SUMS = {
    "sum": _sums(_COMPLEX),
    "mean": _sums(_COMPLEX, ints=False),
    "nansum": [
        S(_HOLES),
        S(_HOLES, 1),
        S(x(2, 3, dtype="int32"), 0, keepdim=True),
        S(x(2, dtype="complex64")).raises(),
    ],
    "nanmean": [
        S(_HOLES),
        S(_HOLES, 1),
        S(_HOLES, 1, keepdim=True),
        S(x(2, dtype="int64")).raises(),
        S(v([nan], grad=False)),
    ],
    "prod": [
        S(x(2, 3)).twice(),
        S(x(2, 3), 1).twice(),
        S(v([[1.0, 0, 3], [0, 0, 2]]), 1),
        S(v([[1.0, 0, 3]])),
        S(x(2, 3, dtype="int32")),
        S(x(2, 3), 0, keepdim=True, dtype=dt("float64")),
        S(x(0)),
        S(x()),
        S(x(2, dtype="bool")),
        S(x(2, 3, dtype="complex64"), 1),
    ],
}


def _variances(*more: Row) -> list[Row]:
    return [
        S(x(2, 3)).twice(),
        S(x(2, 3), 1),
        S(x(2, 3), False),
        S(x(2, 3), 0, False, True),
        S(x(2, 3), dim=(0, 1), correction=0, keepdim=True),
        S(x(2, 3), 1, unbiased=False),
        S(x(2, 3), unbiased=False),
        S(v([[1.0, 1.0], [1.0, 2.0]]), 1),
        S(x(2, 3, dtype="bfloat16"), 1),
        S(x(1)),
        S(x(3, dtype="complex64")).twice(),
        S(x(3, dtype="int64")).raises(),
        *more,
    ]


VARIANCES = {"var": _variances(), "std": _variances(), "var_mean": _variances(), "std_mean": _variances()}

_TIED = v([[1.0, 3, 3], [2, 2, 2], [nan, 1, 0], [inf, inf, -inf]])
_SHARED = v([[1.0, 3, 3], [2, 2, 2], [inf, inf, -inf]])


def _extremes(*more: Row) -> list[Row]:
    return [
        S(x(2, 3)),
        S(_SHARED, 1),
        S(v([1.0, nan, nan], grad=False)),
        S(x(2, 3, 2), (0, 2)),
        S(x(2, 3), dim=-1, keepdim=True),
        S(x(2, 3, dtype="int32"), 1),
        S(x(3, dtype="bool")),
        S(x(0, 3), 0).raises(),
        S(x(0, 3), 1),
        S(x(0)).raises(),
        S(x(2), 1).raises(),
        S(x()),
        S(x(2, dtype="complex64")).raises(),
        S(x(2, 3, dtype="bfloat16"), 1),
        *more,
    ]


def _best() -> list[Row]:
    return [
        S(x(2, 3)),
        S(v([3.0, 1, 3, 1, 2])),
        S(v([1.0, nan, nan])),
        S(x(2, 3), 1),
        S(_TIED, 1),
        S(x(2, 3), dim=0, keepdim=True),
        S(x(2, 3, dtype="int64"), 0),
        S(x(3, dtype="bool"), 0),
        S(x(), 0),
        S(x(0, 3), 0).raises(),
        S(x(0, 3), 1),
        S(x(0)).raises(),
        S(x(2, 3), x(3)),
        S(x(2), 1).raises(),
        S(x(2, 3), x(4)).raises(),
    ]


def _indices() -> list[Row]:
    return [
        S(x(2, 3)),
        S(_TIED),
        S(_TIED, 1),
        S(x(2, 3), dim=0, keepdim=True),
        S(x(2, 3), keepdim=True),
        S(x(2, 3, dtype="int64"), 1),
        S(x()),
        S(x(), 0),
        S(x(0, 3), 0).raises(),
        S(x(0)).raises(),
        S(x(2, dtype="bool")).raises(),
        S(x(4, dtype="float16")),
        S(x(2), 1).raises(),
    ]


_TRUTH = [
    S(x(2, 3, dtype="bool")),
    S(x(2, 3, dtype="bool"), 1),
    S(v([[0.0, 1, nan], [0, 0, 0]]), 1, keepdim=True),
    S(x(2, 3, dtype="uint8"), 0),
    S(x(2, 3, 2, dtype="int64"), (0, 1)),
    S(x(0)),
    S(x(0, 2), 1),
    S(x(2), 1).raises(),
]

EXTREMES = {
    "amax": _extremes(),
    "amin": _extremes(),
    "aminmax": [
        S(x(2, 3)),
        S(_SHARED, dim=1),
        S(x(2, 3), dim=0, keepdim=True),
        S(x(3, dtype="int32")),
        S(x(0)).raises(),
        S(x(0, 3), dim=1),
    ],
    "max": _best(),
    "min": _best(),
    "argmax": _indices(),
    "argmin": _indices(),
    "all": _TRUTH,
    "any": _TRUTH,
    "logsumexp": [
        S(x(2, 3), 1).twice(),
        S(x(2, 3, 2), (0, 2)),
        S(x(2, 3), 0, keepdim=True),
        S(v([[-inf, -inf], [inf, 1], [nan, 0]], grad=False), 1),
        S(x(2, dtype="int64"), 0),
        S(x(2, 3, dtype="bfloat16"), 1),
        S(x(0, 2), 0),
        S(x(2, 3), 2).raises(),
    ],
    "count_nonzero": [
        S(x(2, 3, dtype="int64", low=-1, high=2)),
        S(v([[0.0, 1, nan]]), 1),
        S(x(2, 3, 2, dtype="bool"), (0, 1)),
        S(x(0)),
    ],
}

_ZERO = v([[0.0, 0, 0], [3, -4, 0]])


def _norms(*more: Row) -> list[Row]:
    return [
        S(x(2, 3)).twice(),
        *[S(x(2, 3), p, 1).twice() for p in (1.0, 2.0, 3.0, 1.5)],
        *[S(x(2, 3), p, 1) for p in (0.0, inf, -inf, 0.5, -1.0)],
        *[S(_ZERO, p, 1) for p in (1.0, 2.0, 3.0, inf, 0.0)],
        S(x(2, 3, 2), 2, (0, 2), True),
        S(x(3, dtype="complex64")).twice(),
        S(x(3, dtype="complex64"), 1),
        S(x(3, dtype="bfloat16")),
        S(x(3, dtype="int64")).raises(),
        S(x(3), dtype=dt("float64")),
        S(x()),
        S(x(0)),
        S(x(2, 3), 2, 5).raises(),
        *more,
    ]


NORMS = {
    "linalg.vector_norm": _norms(S(x(0), inf).raises(), S(v([0.0, 0.0])).twice()),
    "norm": _norms(S(x(2, 3), "fro", (0, 1)), S(x(2, 3), p="nuc"), S(x(2, 3), "max").raises()),
    "dist": [S(x(2, 3), x(3)).twice(), S(x(2, 3), x(2, 3), 1), S(x(3), x(3), inf), S(v([1.0, 2]), v([1.0, 2]))],
    "renorm": [
        S(x(3, 4), 2, 0, 1.0).twice(),
        S(x(3, 4), 1, 1, 0.5),
        S(x(2, 3, 2), 2, 1, 100.0),
        S(x(3), 2, 0, 1.0).raises(),
        S(x(3, 4), 2, 0, -1.0).raises(),
    ],
}

_DISTINCT = x(3, 5, make="permutation", low=-7)


def _medians() -> list[Row]:
    return [
        S(_DISTINCT),
        S(_DISTINCT, 1),
        S(_DISTINCT, dim=0, keepdim=True),
        S(v([[1.0, nan, 3, 2], [4, 3, 2, 1]]), 1),
        S(v([nan, 1.0, 5.0])),
        S(x(4, dtype="int64", make="permutation"), 0),
        S(x()),
        S(x(), 0),
        S(x(0)),
        S(x(0, 2), 0).raises(),
        S(x(2, dtype="bool")).raises(),
        S(x(5, dtype="bfloat16", make="permutation"), 0),
        S(x(5, dtype="float64", make="permutation"), 0),
        S(x(2), 1).raises(),
    ]


def _quantiles() -> list[Row]:
    return [
        S(x(3, 4), 0.4).twice(),
        S(x(3, 4), 0.4, 1),
        S(x(3, 4), v([0.0, 0.3, 1.0], grad=False), 1),
        S(x(3, 4), v([0.1, 0.9], grad=False), dim=0, keepdim=True),
        S(x(3, 4), 0.5, keepdim=True),
        S(x(5, dtype="float64"), 0.25),
        *[S(x(3, 4), 0.3, 1, interpolation=kind) for kind in ("lower", "higher", "midpoint", "nearest")],
        S(v([[1.0, nan, 3, 2], [4, 3, 2, 1]]), 0.5, 1),
        S(x(2, dtype="int64"), 0.5).raises(),
        S(x(2), 1.5).raises(),
        S(x(0), 0.5).raises(),
        S(x(2), 0.5, interpolation="best").raises(),
        S(x(2), v([0.5], "float64", grad=False)).raises(),
    ]


STATISTICS = {
    "median": _medians(),
    "nanmedian": _medians(),
    "kthvalue": [
        S(_DISTINCT, 2),
        S(_DISTINCT, 3, 0, True),
        S(x(4, dtype="int64", make="permutation"), 4),
        S(v([1.0, nan, 3]), 3),
        S(x(), 1),
        S(x(3), 4).raises(),
        S(x(0, 2), 1, 0).raises(),
        S(x(5, dtype="float16", make="permutation"), 2),
    ],
    "mode": [
        S(v([2, 2, 1, 1, 3, 2, 1], "int64")),
        S(v([[1.0, 2, 2], [3, 1, 1], [1, 2, 3]])),
        S(v([[1.0, 2, 2], [3, 1, 1]]), 0, True),
        S(v([True, False, True], "bool")),
        S(x()),
        S(x(0, 2), 0).raises(),
    ],
    "quantile": _quantiles(),
    "nanquantile": _quantiles(),
    "histc": [
        S(x(20, grad=False), 5),
        S(x(20, grad=False), 4, -1.0, 1.0),
        S(v([1.0, 1.0], grad=False), bins=3),
        S(x(0, grad=False), 3),
        S(x(2), 0).raises(),
        S(x(2), 3, 2, 1).raises(),
        S(x(20, dtype="float64", grad=False), 5, min=-2.0, max=2.0),
    ],
    "histogram": [
        S(x(20, grad=False), 5),
        S(x(20, grad=False), 4, range=(-1.0, 1.0)),
        S(x(20, grad=False), 4, density=True),
        S(x(5, grad=False), 4, weight=x(5, grad=False)),
        S(x(20, grad=False), v([-1.0, 0, 0.5, 2], grad=False)),
        S(x(5, grad=False), v([-1.0, 0, 2], grad=False), weight=x(5, grad=False), density=True),
    ],
}

HASHES = {
    "hash_tensor": [
        S(x(5)),
        S(x(2, 3), 1),
        S(x(2, 3, dtype="int64"), dim=0, keepdim=True),
        S(x(5, dtype="bfloat16")),
        S(x(3), mode=1).raises(),
        S(x(0)).raises(),
    ]
}

SAMPLES = {**HASHES, **SUMS, **VARIANCES, **EXTREMES, **NORMS, **STATISTICS}
