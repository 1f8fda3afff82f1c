"""Rows of segment_reduce."""

from tests._ops.samples import S, v, x

_LENGTHS = v([2, 0, 3], "int64")

SAMPLES = {
    "segment_reduce": [
        *[S(x(5, 2), reduce, lengths=_LENGTHS) for reduce in ("sum", "mean", "max", "min", "prod")],
        S(x(5), "mean", lengths=_LENGTHS, initial=0.5),
        S(v([1.0, 2, 2, 0, 3]), "max", lengths=_LENGTHS),
        S(x(5), "sum", offsets=v([0, 2, 5], "int64")),
        S(x(2, 3, dtype="float64"), "sum", lengths=v([[1, 2], [3, 0]], "int32"), axis=1),
        S(x(4), "sum", lengths=_LENGTHS).raises(),
        S(x(5), "median", lengths=_LENGTHS).raises(),
        S(x(5), "sum").raises(),
    ],
}
