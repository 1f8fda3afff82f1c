"""Rows of the running reductions, differences and integrals."""

from math import inf, nan

from tests._ops.samples import Row, S, dt, v, x


def _running(*more: Row) -> list[Row]:
    return [
        S(x(3, 4), 1).twice(),
        S(x(3, 4), 0),
        S(x(2, 3, 2), -2),
        S(x(), 0),
        S(x(0, 3), 0),
        S(x(2), 1).raises(),
        S(x(2, 5, dtype="bfloat16"), 1),
        *more,
    ]


_INTS = [S(x(5, dtype="int32"), 0), S(x(2, 3, dtype="bool"), 1), S(x(3, dtype="int64"), 0, dtype=dt("float32"))]
_TIED = v([[1.0, 3, 3, 2, 4], [2, nan, 5, nan, 1]])
_EXTREME = [
    S(x(3, 4), 1),
    S(_TIED, 1),
    S(x(3, 4), 0),
    S(x(5, dtype="int64"), 0),
    S(x(), 0),
    S(x(0, 2), 0),
    S(x(2), 1).raises(),
    S(x(2000, dtype="int16"), 0),
    S(x(5, dtype="bool"), 0),
]

SAMPLES = {
    # beyond 4096 elements cumsum is a loop over rows, or a tree where a row is short; the others whatever their size
    "cumsum": _running(
        *_INTS,
        S(x(70, 60, dtype="int32"), 0),
        S(x(70, 60, dtype="int32"), 1),
        S(x(3, 1400), 1).tol(1e-4),
        S(x(5000, dtype="int32"), 0),
        S(x(3, dtype="complex64"), 0),
    ),
    "cumprod": _running(
        *_INTS, S(x(1100, low=0.99, high=1.01), 0).tol(2e-4), S(v([1.0, 0, 3, 0, 2]), 0), S(x(3, dtype="complex64"), 0)
    ),
    "logcumsumexp": _running(
        S(x(1100, grad=False), 0).tol(1e-4),
        S(v([-inf, -inf, 1, inf], grad=False), 0),
        S(x(3, dtype="int64"), 0).raises(),
        S(v([2 + 3j, 1 - 3j, 4 + 3j, -1 - 3j], "complex64"), 0),
        S(v([1e4, 1, -2], "complex64"), 0).tol(1e-3),
    ),
    "cummax": _EXTREME,
    "cummin": _EXTREME,
    "diff": [
        S(x(2, 4)),
        S(x(2, 4), 2),
        S(x(4, 2), dim=0),
        S(x(2, 3), prepend=x(2, 1), append=x(2, 2)),
        S(x(4, dtype="int32")),
        S(x(4, dtype="bool")),
        S(x(3), 5),
        S(x()).raises(),
        S(x(2), -1).raises(),
        S(x(2, 3), prepend=x(2)).raises(),
    ],
    "trapezoid": [
        S(x(3, 4)),
        S(x(3, 4), x(4)).twice(),
        S(x(3, 4), x(3, 4)),
        S(x(3, 4), dx=0.5, dim=0),
        S(x(3, 4), x(3), dim=0),
        S(x(3, 4), x(3)).raises(),
        S(x(4, dtype="int64")),
        S(x(1)),
        S(x(4, dtype="int64"), x(4, dtype="int64")),
    ],
    "trapz": [S(x(3, 4)), S(x(3, 4), x(4)), S(x(3, 4), dx=0.5, dim=0)],
    "cumulative_trapezoid": [S(x(3, 4)), S(x(3, 4), x(4)).twice(), S(x(3, 4), dx=0.5, dim=0), S(x(1))],
    "gradient": [
        S(x(3, 4)),
        S(x(5), spacing=0.5),
        S(x(3, 4), spacing=(2.0, 3.0), edge_order=2),
        S(x(3, 4), dim=1),
        S(x(5), spacing=[v([0.0, 1, 3, 4, 7], grad=False)]),
        S(x(5), spacing=[v([0.0, 1, 3, 4, 7], grad=False)], edge_order=2),
        S(x(2), edge_order=3).raises(),
        S(x(1)).raises(),
    ],
}
