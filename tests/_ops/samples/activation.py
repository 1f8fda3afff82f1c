"""Rows of the activation functions."""

from math import inf, nan

from tests._ops.samples import Row, S, dt, v, x

_CORNERS = [-6.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 6.0, 25.0, -90.0, nan, inf, -inf]


def _rows(*more: Row, ints: bool = False, corners: list[float] = _CORNERS) -> list[Row]:
    integers = S(x(3, dtype="int64"))
    return [
        S(x(2, 3)).twice(),
        S(v(corners)),
        S(x(4, dtype="bfloat16")),
        integers if ints else integers.raises(),
        S(x(2, dtype="bool")).raises(),
        *more,
    ]


_ALONG = [
    S(x(2, 3), 1).twice(),
    S(x(2, 3, 2), 0),
    S(x(2, 3), -1, dtype=dt("float64")),
    S(x(2, 3, dtype="bfloat16"), 1),
    S(v([[-inf, 1.0], [nan, 1.0], [100.0, -100.0]]), 1),
    S(x(), 0),
    S(x(0, 3), 1),
    S(x(2, 3), 2).raises(),
    S(x(3, dtype="int64"), 0).raises(),
    S(x(2, 3, dtype="int64"), 0).raises(),
    S(x(3, dtype="int64"), 0, dtype=dt("float32")),
]

SAMPLES = {
    "relu": _rows(ints=True),
    "nn.functional.relu": _rows(ints=True),
    "nn.functional.relu6": _rows(ints=True),
    "nn.functional.hardtanh": _rows(S(x(6), -0.5, 1.5), S(x(2), 2.0, 1.0).raises(), ints=True),
    "nn.functional.leaky_relu": _rows(S(x(6), 0.3)),
    "nn.functional.elu": _rows(S(x(6), 0.3)),
    "nn.functional.selu": _rows(),
    "selu": _rows()[:2],
    "nn.functional.celu": _rows(S(x(6), 0.3), S(x(2), 0.0).raises()),
    "celu": [S(x(2, 3), 0.7)],
    "nn.functional.rrelu": _rows(S(x(6), 0.2, 0.4)),
    "rrelu": [S(x(6), 0.2, 0.4)],
    "prelu": [
        S(x(2, 3), x(1)).twice(),
        S(x(2, 3, 2), x(3)).twice(),
        S(v([0.0, nan, -1.0]), x(1)),
        S(x(), x(1)),
        S(x(3), x(3)).raises(),
        S(x(), x(3)).raises(),
        S(x(2, 3), x(3, 1)).raises(),
        S(x(2, 3), x(2)).raises(),
        S(x(2, 3), x(1, dtype="float64")).raises(),
    ],
    "nn.functional.threshold": [S(x(2, 3), 0.5, 2.0), S(v([0.5, nan]), 0.5, 2.0), S(x(3, dtype="int64"), 1, 7)],
    "threshold": [S(x(2, 3), 0.5, 2.0)],
    "nn.functional.gelu": _rows(
        *[
            S(x(2, 3), approximate="tanh").twice(),
            S(v(_CORNERS[:12]), approximate="tanh"),
            S(x(2), approximate="sigmoid").raises(),
        ],
        corners=_CORNERS[:12],
    ),
    "nn.functional.silu": _rows(S(x(3, dtype="complex64", grad=False))),
    "nn.functional.mish": _rows(),
    "nn.functional.softplus": _rows(S(x(6), 2.0, 1.0), S(x(6), beta=0.5)),
    "nn.functional.logsigmoid": _rows(),
    "nn.functional.hardsigmoid": [S(x(2, 3)), *_rows()[1:]],
    "nn.functional.hardswish": _rows(),
    "hardshrink": _rows(S(x(6), 1.0)),
    "nn.functional.softshrink": _rows(S(x(6), 1.0), S(x(2), -1.0).raises()),
    "nn.functional.softsign": [S(x(2, 3)).twice(), S(v(_CORNERS)), S(x(3, dtype="int64"))],
    "nn.functional.tanhshrink": [S(x(2, 3)).twice(), S(v(_CORNERS)), S(x(3, dtype="int64"))],
    "nn.functional.glu": [
        S(x(2, 4)).twice(),
        S(x(4, 3), 0),
        S(x(2, 3)).raises(),
        S(x()).raises(),
        S(x(2, 4), 2).raises(),
        S(x(2, 4, dtype="bfloat16")),
    ],
    "softmax": _ALONG,
    "log_softmax": _ALONG,
    "nn.functional.softmax": [S(x(2, 3), dim=1).twice(), S(x(2, 3)), S(x(2, 3, 2)), S(x(3), 0, dtype=dt("float64"))],
    "nn.functional.log_softmax": [S(x(2, 3), dim=1).twice(), S(x(2, 3)), S(x(3), 0, dtype=dt("float64"))],
    "nn.functional.softmin": [S(x(2, 3), dim=1).twice(), S(x(2, 3)), S(x(3), 0, dtype=dt("float64"))],
}
