"""Rows of what rearranges elements: joining, repeating, flipping, diagonals, triangles."""

from tests._ops.samples import S, v, x

_JOINING = {
    "cat": [
        S([x(2, 3), x(1, 3)]).twice(),
        S((x(2, 3), x(2, 1)), 1),
        S([x(2, 3), x(2, 2)], dim=-1),
        S([x(2, dtype="int64"), x(3)]),
        S([x(0), x(2, 3)]),
        S([x(2, dtype="bool"), x(1, dtype="uint8")]),
        S([x(2, 3, dtype="bfloat16")]),
        S([x(2, 3), x(2, 2)]).raises(),
        S([x(2), x(2)], 1).raises(),
        S([x(), x()]).raises(),
    ],
    "stack": [
        S([x(2, 3), x(2, 3)]).twice(),
        S((x(2, 3), x(2, 3), x(2, 3)), -1),
        S([x(), x()]),
        S([x(2, dtype="int64"), x(2, dtype="float64")], dim=1),
        S([x(2), x(3)]).raises(),
        S([]).raises(),
        S([x(2), x(2)], 2).raises(),
    ],
}

_REPEATING = {
    "repeat": [S(x(2, 3), 2, 1), S(x(3), (2, 2)).twice(), S(x(2, 3), 0, 2), S(x(2, 3), 2).raises()],
    "tile": [S(x(2, 3), (2,)), S(x(3), (2, 2)), S(x(2, 1), (1, 2))],
    "repeat_interleave": [
        S(x(2, 3), 2),
        S(x(2, 3), 2, dim=1),
        S(x(2, 3), v([1, 2], "int64"), 0),
        S(v([0, 2, 1], "int64")),
        S(x(2, 3), v([2, 0, 1], "int64"), dim=-1, output_size=3),
        S(x(2, 3), -1).raises(),
    ],
}

_TURNING = {
    "roll": [
        S(x(2, 3), 1),
        S(x(2, 3), -1, 1).twice(),
        S(x(2, 3), (1, 2), (0, 1)),
        S(x(0, 3), 1, 0),
        S(x(4, dtype="int64"), 5, 0),
        S(x(2, 3), (1, 2), 0).raises(),
    ],
    "flip": [
        S(x(2, 3), (0,)).twice(),
        S(x(2, 3, 2), [0, -1]),
        S(x(2, 3, dtype="int32"), dims=(1,)),
        S(x(2, 3), (0, 0)).raises(),
        S(x(2, 3), (2,)).raises(),
    ],
    "fliplr": [S(x(2, 3)), S(x(3)).raises()],
    "flipud": [S(x(2, 3)), S(x(3)), S(x()).raises()],
    "rot90": [S(x(2, 3)), S(x(2, 3), -1), S(x(2, 3, 2), 2, (1, 2)), S(x(2, 3), 1, (0, 0)).raises()],
    "clone": [S(x(2, 3)).twice(), S(x(2, dtype="bool")), S(x())],
}

_DIAGONALS = {
    "diag": [S(x(3)).twice(), S(x(3), 1), S(x(2, 3)), S(x(3, 3), -1), S(x(2, 2, 2)).raises()],
    "diag_embed": [S(x(2, 3)), S(x(2, 3), 1, 0, 2), S(x(3), offset=-2), S(x(3), dim1=0, dim2=0).raises()],
    "diagflat": [S(x(2, 2)), S(x(3), 1), S(x())],
    "trace": [S(x(3, 3)), S(x(2, 3)).twice(), S(x(2, 3, dtype="int32")), S(x(3)).raises()],
}


def _triangles() -> list:
    return [
        S(x(3, 3)).twice(),
        S(x(2, 4), 1),
        S(x(2, 3, 3), diagonal=-1),
        S(x(3, 4, dtype="int64")),
        S(x(3, 3, dtype="bool")),
        S(x(0, 3)),
        S(x(3)).raises(),
    ]


_TRIANGLES = {"tril": _triangles(), "triu": _triangles()}

SAMPLES = {**_JOINING, **_REPEATING, **_TURNING, **_DIAGONALS, **_TRIANGLES}
