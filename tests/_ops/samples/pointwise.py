"""Rows of the pointwise ops."""

from tests._ops.samples import S, x

SAMPLES = {
    "add": [S(x(2, 3), x(3)), S(x(2, 3), 2.0, alpha=3), S(x(2, 3), x(4)).raises(), S(x(2, dtype="bfloat16"), x(2))],
    "mul": [S(x(2, 3), x(3)).twice()],
}
