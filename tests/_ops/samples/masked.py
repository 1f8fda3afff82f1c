"""Rows of `torch.masked`."""

from math import inf

from tests._ops.samples import S, dt, v, x

_MASK = v([[True, False, True], [True, True, False], [False, False, False]], "bool")
_ROW = v([True, False, True], "bool")


def _reduction(*args: object) -> list:
    return [
        S(x(3, 3), *args, mask=_MASK),
        S(x(3, 3), *args, dim=1, keepdim=True, mask=_ROW),
        S(x(2, 3, 3), *args, dim=(0, 2), mask=_ROW),
        S(x(3, 3), *args, dim=3).raises(),
        S(x(3, 3), *args, mask=v([[[True]]], "bool")).raises(),
    ]


def _index(*args: object) -> list:
    return [
        S(x(3, 3, make="permutation"), *args, mask=_MASK),
        S(x(3, 3, make="permutation"), 1, keepdim=True, mask=_ROW),
        S(x(3, dtype="bool"), mask=_ROW).raises(),
    ]


def _normalization(*args: object) -> list:
    return [
        S(x(3, 3), *args, 1, mask=_ROW).twice(),
        S(x(3, 3), *args, -1, mask=_MASK),
        S(x(2, 3, dtype="float64"), *args, 0),
        S(x(3, 3), *args, 0, dtype=dt("float64"), mask=_ROW),
        S(x(3, 3), *args, 5).raises(),
    ]


SAMPLES = {
    "masked.sum": [*_reduction(), S(x(3, dtype="int32"), mask=_ROW), S(x(3, dtype="bool"), mask=_ROW)],
    "masked.prod": [*_reduction(), S(x(3, dtype="uint8"), mask=_ROW)],
    "masked.amax": [*_reduction(), S(x(3, dtype="int64"), mask=_ROW), S(x(3, dtype="bool"), mask=_ROW).raises()],
    "masked.amin": [*_reduction(), S(x(3, dtype="uint8"), mask=_ROW)],
    "masked.argmax": _index(),
    "masked.argmin": _index(),
    "masked.mean": [*_reduction(), S(x(3, 3), 1), S(x(3, dtype="int64"), mask=_ROW).raises()],
    "masked.median": [
        S(x(3, 3, make="permutation"), 1, mask=_MASK),
        S(v([3, 1, 2], "int64"), mask=_ROW),
        S(v([[3, 1, 2]] * 3, "int64"), mask=_MASK).raises(),
    ],
    "masked.logsumexp": _reduction(),
    "masked.logaddexp": [S(x(3), x(3), input_mask=_ROW, other_mask=v([False, False, True], "bool")), S(x(3), x(2, 3))],
    "masked.norm": [*_reduction(2.0), *_reduction(1.0), S(x(3), inf, mask=_ROW), S(x(3), -inf, mask=_ROW)],
    "masked.var": [*_reduction(), S(x(3, 3), 1, False, mask=_ROW), S(x(3, 3), correction=2), S(x(3, dtype="int64"))],
    "masked.std": [*_reduction(), S(x(3, 3), 1, True, mask=_ROW), S(x(2, dtype="complex64"))],
    "masked.softmax": _normalization(),
    "masked.log_softmax": _normalization(),
    "masked.softmin": _normalization(),
    "masked.normalize": _normalization(2.0),
    "masked.cumsum": [*_normalization(), S(x(3, dtype="int32"), 0, mask=_ROW)],
    "masked.cumprod": _normalization(),
}
