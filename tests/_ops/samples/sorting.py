"""Rows of sorting and searching."""

from math import inf, nan

from tests._ops.samples import Row, S, v, x

_TIED = v([[3.0, 1, 3, 2, 1], [0.0, -0.0, nan, -inf, inf], [nan, 2, nan, 2, -1]])
_DTYPES = [x(9, dtype=name) for name in ("int64", "int32", "int8", "uint8", "bool", "float64", "float16", "bfloat16")]
_WIDE = v([2**40, -(2**40), 5, -5, 2**40 + 1, 0, -1, 2**31, -(2**31), 2**32], "int64")
_DOUBLES = v([1e300, -1e300, 1 + 1e-12, 1.0, nan, -inf, inf, 0.0, -1e-300], "float64")


def _orders(*more: Row) -> list[Row]:
    return [
        S(x(3, 4)),
        S(x(3, 4), 0),
        S(x(3, 4), dim=-1, descending=True),
        S(_WIDE),
        S(_WIDE, descending=True),
        S(_DOUBLES),
        S(_DOUBLES, descending=True),
        S(x()),
        S(x(0, 3), 0),
        S(x(2), 1).raises(),
        S(x(2, dtype="complex64")).raises(),
        *more,
    ]


_STABLE = [S(a, stable=True) for a in (_TIED, *_DTYPES)] + [
    S(_TIED, descending=True, stable=True),
    S(_DTYPES[0], stable=True, descending=True),
]
_EDGES = v([-1.0, 0, 0, 2, 5], grad=False)
_POINTS = v([[-2.0, 0, 1], [5, 6, nan]], grad=False)

SAMPLES = {
    "sort": _orders(*_STABLE),
    "argsort": _orders(*_STABLE),
    "msort": [S(x(4, 3)), S(x(4, dtype="int64"))],
    "topk": [
        S(x(3, 8), 2),
        S(x(3, 8), 3, 0, False),
        S(x(3, 8), 8),
        S(x(3, 300), 200),
        S(x(9, make="permutation", dtype="int64"), 3),
        S(x(9, make="permutation", dtype="int64"), 3, largest=False),
        S(x(9, make="permutation", dtype="float16"), 3),
        S(x(9, dtype="float64"), 4),
        S(v([1.0, nan, 3, -inf, inf]), 3),
        S(v([1.0, nan, 3, -inf, inf]), 4, largest=False),
        S(x(), 1),
        S(x(3), 4).raises(),
        S(x(3), 0),
        S(x(3), 1, 1).raises(),
        S(x(3, dtype="bool"), 1).raises(),
    ],
    "searchsorted": [
        S(_EDGES, _POINTS),
        S(_EDGES, _POINTS, right=True),
        S(_EDGES, 0.5),
        S(_EDGES, _POINTS, side="right", out_int32=True),
        S(x(2, 5, make="sorted", grad=False), x(2, 3, grad=False)),
        S(v([5.0, 1, 3], grad=False), v([2.0, 4], grad=False), sorter=v([1, 2, 0], "int64")),
        S(v([1, 3, 5], "int64"), v([3, 6], "int64")),
        S(x(2, 3), x(3, 3)).raises(),
        S(_EDGES, v([1, 2], "int64")),
        S(_EDGES, _POINTS, side="up").raises(),
        S(_EDGES, _POINTS, side="left", right=True).raises(),
        S(_EDGES, 1),
        S(x(0, grad=False), x(2, grad=False)),
    ],
    "bucketize": [
        S(_POINTS, _EDGES),
        S(_POINTS, _EDGES, right=True),
        S(_POINTS, _EDGES, out_int32=True),
        S(0.0, _EDGES),
        S(v([1, 4], "int64"), v([1, 2, 3], "int64")),
        S(x(2), x(2, 2)).raises(),
    ],
    "isin": [
        S(x(3, 4, dtype="int64"), x(3, dtype="int64")),
        S(x(3, 4, dtype="int64"), x(3, dtype="int64"), invert=True),
        S(x(4, dtype="int64"), 1),
        S(1, x(4, dtype="int64")),
        S(x(30, dtype="int64", low=-60, high=60), x(80, dtype="int64", low=-60, high=60)),
        S(v([1.0, nan, 2], grad=False), v([nan, 2], grad=False)),
    ],
}
