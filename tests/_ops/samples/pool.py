"""Rows of the poolings."""

from math import inf, nan

from tests._ops.samples import S, v, x

_TIES = v([[[0.0] * 5] * 4] * 2)
_LOW = v([[[-inf] * 4] * 4])
_NAN = v([[[nan, 1.0, 2, 3], [4, nan, 6, 7], [0, 1, 2, nan], [1, 1, nan, 0]]])

_MAX2D = [
    S(x(2, 3, 6, 6), 2).twice(),
    S(x(2, 3, 7, 6), 3, stride=2, padding=1),
    S(x(3, 5, 7), (2, 3), stride=(1, 2)).twice(),
    S(x(1, 2, 9, 9), 3, stride=2, dilation=2, padding=1),
    S(x(1, 2, 6, 7), 2, 2, 0, 1, True),
    S(x(1, 1, 7, 7), 3, 3, 1, ceil_mode=True),
    S(x(1, 2, 8, 8), 3, 5),
    S(x(1, 1, 12, 12), 9, 1),
    S(_TIES, 3, 1, 1),
    S(_TIES, 2),
    S(_LOW, 2, padding=1),
    S(_NAN, 2),
    S(x(0, 3, 5, 5), 2),
    S(x(2, 2, 4, 4, dtype="int64"), 2),
    S(x(2, 4, 4, dtype="bfloat16"), 2),
    S(x(2, 4, 4, dtype="float16"), 3, 1, 1),
    S(x(2, 4, 4, dtype="float64"), 3, 2, 1),
    S(x(5, 5), 2).raises(),
    S(x(2, 3, 5, 5), 2, padding=2).raises(),
    S(x(2, 3, 5, 5), 2, 0).raises(),
    S(x(2, 3, 5, 5), 7).raises(),
    S(x(2, 3, 5, 5), (2, 2, 2)).raises(),
    S(x(2, 3, 5, 5), 2, dilation=0).raises(),
    S(x(2, 3, 5, 5), 2, padding=-1).raises(),
    S(x(2, 0, 5, 5), 2).raises(),
    S(x(1, 4, 4, dtype="bool"), 2).raises(),
    S(x(1, 4, 4, dtype="complex64"), 2).raises(),
]
_MAX1D = [
    S(x(2, 3, 8), 2).twice(),
    S(x(3, 9), 3, 2, 1, 2),
    S(x(2, 7), 3, 2, ceil_mode=True),
    S(v([[nan, 1.0, 2, nan]]), 3, 1, 1),
    S(x(5), 2).raises(),
    S(x(2, 3, 5), 7).raises(),
    S(x(2, 3, 5), 2, padding=2).raises(),
    S(x(2, 3, 5), 2, -1).raises(),
]
_MAX3D = [
    S(x(2, 2, 4, 4, 4), 2).twice(),
    S(x(2, 5, 4, 6), (2, 3, 2), 2, 1),
    S(x(1, 1, 5, 5, 5), 3, 2, ceil_mode=True),
    S(x(3, 5, 5), 2).raises(),
    S(x(3, 5, 5, 5), (2, 2)).raises(),
    S(x(3, 5, 5, 5), 9).raises(),
]
_AVG2D = [
    S(x(2, 3, 6, 6), 2).twice(),
    S(x(2, 3, 7, 6), 3, stride=2, padding=1),
    S(x(3, 5, 7), (2, 3), stride=(1, 2)),
    S(x(2, 3, 7, 6), 3, 2, 1, count_include_pad=False),
    S(x(1, 2, 6, 7), 3, 2, 1, True),
    S(x(1, 2, 6, 7), 3, 2, 1, True, False),
    S(x(1, 2, 6, 7), 2, divisor_override=3),
    S(x(1, 1, 90, 2), (70, 1), 1),
    S(x(0, 3, 5, 5), 2),
    S(x(2, 4, 4, dtype="bfloat16"), 2),
    S(x(2, 4, 4, dtype="int64"), 2),
    S(v([[[1.0, inf, 2, 3], [1, 2, 3, 4]]]), (1, 2), 1),
    S(x(5, 5), 2).raises(),
    S(x(2, 3, 5, 5), 2, divisor_override=0).raises(),
    S(x(2, 3, 5, 5), 2, padding=2).raises(),
    S(x(2, 3, 5, 5), 9).raises(),
    S(x(2, 3, 5, 5), 2, 0).raises(),
    S(x(2, 0, 5, 5), 2).raises(),
    S(x(1, 4, 4, dtype="complex64"), 2).raises(),
]


def _adaptive(n: int, kind: str) -> list:
    wrong = S(x(5) if n == 1 else x(*(5,) * n), 2).raises()
    rows = [
        S(x(2, 3, *(6,) * n), 3).twice(),
        S(x(3, *(7,) * n), 3),
        S(x(2, *(5,) * n), 1),
        S(x(2, *(3,) * n), 5),
        wrong,
        S(x(1, *(4,) * n, dtype="int64"), 2).raises(),
    ]
    if n > 1:
        rows += [
            S(x(2, *(5,) * n), (None, *(2,) * (n - 1))),
            S(x(2, *(4,) * n, dtype="bfloat16"), 2),
            S(x(0, 3, *(5,) * n), 2),
        ]
        rows += [S(x(2, *(5,) * n), (1,) * (n + 1)).raises()] if kind == "avg" else []
    return rows


SAMPLES = {
    "max_pool1d": [*_MAX1D, S(x(1, 4, dtype="int64"), 2).raises()],
    "max_pool2d": _MAX2D,
    "max_pool3d": _MAX3D,
    "nn.functional.max_pool1d_with_indices": _MAX1D,
    "nn.functional.max_pool2d_with_indices": _MAX2D,
    "nn.functional.max_pool3d_with_indices": _MAX3D,
    "avg_pool1d": [
        S(x(2, 3, 7), 2).twice(),
        S(x(3, 7), 3, 2, 1, True, False),
        S(x(5), 2).raises(),
        S(x(3, 5), 9).raises(),
        S(x(3, 5), 2, padding=2).raises(),
    ],
    "nn.functional.avg_pool2d": _AVG2D,
    "nn.functional.avg_pool3d": [
        S(x(2, 2, 4, 4, 4), 2).twice(),
        S(x(2, 5, 4, 6), (2, 3, 2), 2, 1),
        S(x(1, 1, 5, 5, 5), 3, 2, 1, True, False),
        S(x(2, 4, 4, 4), 2, divisor_override=5),
        S(x(3, 5, 5), 2).raises(),
        S(x(3, 5, 5), 2, padding=-1).raises(),
        S(x(3, 5, 5, 5), 9).raises(),
    ],
    "adaptive_avg_pool1d": [*_adaptive(1, "avg"), S(x(2, 3, 5), (2, 2)).raises()],
    "nn.functional.adaptive_avg_pool2d": [*_adaptive(2, "avg"), S(x(2, 5, 5), -1).raises()],
    "nn.functional.adaptive_avg_pool3d": _adaptive(3, "avg"),
    "nn.functional.adaptive_max_pool1d_with_indices": _adaptive(1, "max"),
    "nn.functional.adaptive_max_pool2d_with_indices": [*_adaptive(2, "max"), S(x(2, 3, 0, 5), 2).raises()],
    "nn.functional.adaptive_max_pool3d_with_indices": _adaptive(3, "max"),
    "nn.functional.max_unpool1d": [
        S(x(2, 3), v([[1, 2, 5], [0, 3, 3]], "int64"), 2),
        S(x(1, 2, 2), v([[[0, 2], [1, 3]]], "int64"), 2, output_size=(5,)),
        S(x(2, 3), v([[1, 2, 6], [0, 3, 3]], "int64"), 2).raises(),
    ],
    "nn.functional.max_unpool2d": [
        S(x(1, 2, 2), v([[[0, 3], [9, 15]]], "int64"), 2).twice(),
        S(x(1, 2, 2), v([[[0, 3], [9, 15]]], "int64"), 3, 2, 1, (4, 4)),
        S(x(0, 1, 2, 2), v([], "int64"), 2).raises(),
        S(x(1, 2, 2), v([[[0, 3], [9, 16]]], "int64"), 2).raises(),
        S(x(1, 2, 2), v([[[0, 3], [9, 15]]], "int32"), 2).raises(),
        S(x(1, 2, 2), v([[[0, 3], [9, 15]]], "int64"), 2, output_size=(7, 5)).raises(),
        S(x(2, 2), v([[0, 3], [9, 15]], "int64"), 2).raises(),
    ],
    "nn.functional.max_unpool3d": [
        S(x(2, 1, 2, 1), v([[[[3], [5]]], [[[0], [15]]]], "int64"), 2),
        S(x(1, 1, 1), v([[[3]]], "int64"), 2).raises(),
    ],
    "nn.functional.fractional_max_pool2d": [
        S(x(2, 3, 7, 6), 2, output_size=3, _random_samples=x(2, 3, 2, low=0, high=1, grad=False)),
        S(
            x(3, 7, 6),
            (2, 3),
            output_ratio=(0.5, 0.5),
            return_indices=True,
            _random_samples=x(1, 3, 2, low=0, high=1, grad=False),
        ),
        S(x(2, 3, 5, 5), 2, output_size=9, _random_samples=x(2, 3, 2, low=0, high=1, grad=False)).raises(),
        S(x(2, 3, 5, 5), 2, output_size=3, _random_samples=x(2, 2, 2, low=0, high=1, grad=False)).raises(),
        S(x(2, 3, 5, 5), 2).raises(),
    ],
    "nn.functional.fractional_max_pool3d": [
        S(x(1, 2, 6, 5, 7), 2, output_size=(3, 2, 1), _random_samples=x(1, 2, 3, low=0, high=1, grad=False)),
    ],
    "nn.functional.lp_pool1d": [S(x(2, 3, 7), 2, 3).twice(), S(x(3, 7, low=0.1), 1.5, 2, 1, True), S(x(2, 7), inf, 2)],
    "nn.functional.lp_pool2d": [S(x(2, 3, 5, 6), 2.0, (2, 3)).twice(), S(v([[[0.0, 0.0], [0.0, 0.0]]]), 2, 2)],
    "nn.functional.lp_pool3d": [S(x(2, 4, 4, 4), 3, 2)],
}
