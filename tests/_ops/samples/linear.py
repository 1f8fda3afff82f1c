"""Rows of the linear maps."""

from tests._ops.samples import S, v, x

SAMPLES = {
    "nn.functional.linear": [
        S(x(2, 3), x(4, 3), x(4)).twice(),
        S(x(2, 5, 3), x(4, 3)),
        S(x(3), x(4, 3), x(4)),
        S(x(2, 3), x(3)),
        S(x(3), x(3)),
        S(x(2, 3, dtype="bfloat16"), x(4, 3, dtype="bfloat16"), x(4, dtype="bfloat16")),
        S(x(2, 3, dtype="complex64"), x(4, 3, dtype="complex64")),
        S(x(2, 3, dtype="int64"), x(4, 3, dtype="int64")),
        S(x(0, 3), x(4, 3), x(4)),
        S(x(2, 0), x(4, 0), x(4)),
        S(x(2, 3), x(4, 3), x(1)),
        S(x(2, 3), x(4, 3), v(1.0)),
        S(x(2, 3), x(4, 5)).raises(),
        S(x(2, 3), x(4, 3), x(5)).raises(),
        S(x(2, 5, 3), x(4, 5), x(4)).raises(),
        S(x(2, 3), x(4, 3, dtype="float64")).raises(),
        S(x(2, 3), x(4, 3), x(4, dtype="float64")).raises(),
        S(v(1.0), x(4, 3)).raises(),
        S(x(2, 3, dtype="bool"), x(4, 3, dtype="bool")).raises(),
    ],
    "bilinear": [
        S(x(2, 3), x(2, 4), x(5, 3, 4), x(5)).twice(),
        S(x(2, 2, 3), x(2, 2, 4), x(5, 3, 4)),
        S(x(3), x(4), x(5, 3, 4), x(5)),
        S(x(2, 3), x(3, 4), x(5, 3, 4)).raises(),
        S(x(2, 3), x(2, 5), x(5, 3, 4)).raises(),
        S(x(2, 3), x(2, 4), x(5, 3, 4), x(4)).raises(),
    ],
}
