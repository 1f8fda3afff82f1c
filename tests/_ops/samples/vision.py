"""Rows of padding, blocks, shuffles and sampling at positions."""

from tests._ops.samples import S, x

_PAD = [
    S(x(2, 3), (1, 2)).twice(),
    S(x(2, 3), (1, 2, 0, 3), value=2.5),
    S(x(2, 3), (-1, 2), "constant", 1.0),
    S(x(2, 3), (1, -2, -1, 0)),
    S(x(2, 3, dtype="int64"), (1, 1), value=3.0),
    S(x(2, 3, dtype="bool"), (1, 1), value=1.0),
    S(x(2, 3, dtype="bfloat16"), (2, 0), value=0.1),
    S(x(2, 0), (1, 1)),
    S(x(2, 3, dtype="complex64"), (1, 1)),
    S(x(2, 3), ()),
    S(x(2, 3), (1,)).raises(),
    S(x(3), (1, 1, 1, 1)).raises(),
    S(x(2, 3), (-2, -2)).raises(),
    S(x(2, 3), (1, 1), "other").raises(),
    S(x(2, 3, 4), (1, 1), "reflect", 1.0).raises(),
    S(x(4), (1, 1), "reflect").raises(),
    S(x(2, 3, 4, 5), (1, 1), "reflect").raises(),
    *[S(x(2, 3, 5), (2, 1), mode).twice() for mode in ("reflect", "replicate", "circular")],
    *[S(x(3, 5), (2, 1), mode) for mode in ("reflect", "replicate", "circular")],
    *[S(x(1, 2, 5, 4), (2, 1, 3, 0), mode) for mode in ("reflect", "replicate", "circular")],
    *[S(x(1, 2, 3, 4, 5), (2, 1, 1, 0, 1, 2), mode) for mode in ("reflect", "replicate", "circular")],
    *[S(x(2, 3, 5), (-1, 2), mode) for mode in ("reflect", "replicate", "circular")],
    *[S(x(1, 2, 5, 4), (1, -2, -1, 2), mode) for mode in ("reflect", "replicate", "circular")],
    *[S(x(2, 3, 5), (5, 1), mode) for mode in ("replicate", "circular")],
    *[S(x(2, 3, 5, dtype="float64"), (1, 1), mode) for mode in ("reflect", "replicate", "circular")],
    S(x(2, 3, 5), (5, 1), "reflect").raises(),
    S(x(1, 2, 5, 4), (1, 1, 5, 1), "reflect").raises(),
    S(x(1, 2, 3, 3, 3), (1, 1, 1, 1, 3, 0), "reflect").raises(),
    S(x(2, 3, 5), (6, 1), "circular").raises(),
    S(x(0, 2, 4), (1, 1), "reflect"),
    S(x(2, 0, 4), (1, 1), "reflect").raises(),
]
_UNFOLD = [
    S(x(2, 3, 5, 6), 2).twice(),
    S(x(3, 5, 6), (2, 3), 1, 1, 2),
    S(x(1, 2, 7, 7), 3, dilation=2, padding=(1, 2), stride=(2, 1)),
    S(x(0, 2, 4, 4), 2),
    S(x(2, 3, 5, 6, dtype="bfloat16"), 2),
    S(x(2, 3, 5, 6, dtype="complex64"), 2),
    S(x(2, 3, 5, 6, dtype="bool"), 2),
    S(x(5, 6), 2).raises(),
    S(x(2, 3, 5, 6), 9).raises(),
    S(x(2, 3, 5, 6), 0).raises(),
    S(x(2, 3, 5, 6), 2, 0).raises(),
    S(x(2, 3, 5, 6), 2, 1, -1).raises(),
    S(x(2, 3, 5, 6), 2, 1, 0, 0).raises(),
    S(x(2, 3, 5, 6, dtype="int64"), 2).raises(),
    S(x(2, 0, 4, 4), 2).raises(),
]
_FOLD = [
    S(x(2, 12, 20), (5, 6), 2).twice(),
    S(x(12, 20), (5, 6), 2),
    S(x(1, 18, 8), (7, 7), 3, 2, (1, 0), (2, 2)).raises(),
    S(x(1, 18, 6), (6, 7), 3, 2, (1, 0), (2, 1)),
    S(x(0, 12, 20), (5, 6), 2),
    S(x(2, 12, 20, dtype="float64"), (5, 6), 2),
    S(x(2, 11, 20), (5, 6), 2).raises(),
    S(x(2, 12, 19), (5, 6), 2).raises(),
    S(x(12), (5, 6), 2).raises(),
    S(x(2, 12, 20), (5, 6), 2, 0).raises(),
    S(x(2, 12, 20), (5, 6), 2, 1, 0, -1).raises(),
]
_GRID = [
    S(x(2, 3, 4, 5), x(2, 3, 6, 2, low=-1.5, high=1.5), mode, padding, align)
    for mode in ("bilinear", "nearest", "bicubic")
    for padding in ("zeros", "border", "reflection")
    for align in (False, True)
]
_VOLUME = [
    S(x(1, 2, 3, 4, 5), x(1, 2, 3, 2, 3, low=-1.5, high=1.5), mode, padding, align)
    for mode in ("bilinear", "nearest")
    for padding in ("zeros", "border", "reflection")
    for align in (False, True)
]

SAMPLES = {
    "nn.functional.pad": _PAD,
    "nn.functional.unfold": _UNFOLD,
    "nn.functional.fold": _FOLD,
    "pixel_shuffle": [
        S(x(2, 8, 3, 4), 2).twice(),
        S(x(9, 2, 2), 3),
        S(x(1, 2, 4, 3, 3), 2),
        S(x(2, 4, 2, 2, dtype="int64"), 2),
        S(x(2, 7, 3, 4), 2).raises(),
        S(x(4, 4), 2).raises(),
        S(x(2, 8, 3, 4), 0).raises(),
    ],
    "pixel_unshuffle": [
        S(x(2, 2, 6, 4), 2).twice(),
        S(x(2, 6, 3), 3),
        S(x(2, 2, 5, 4), 2).raises(),
        S(x(2, 2, 4, 5), 2).raises(),
        S(x(4, 4), 2).raises(),
        S(x(2, 2, 4, 4), -1).raises(),
    ],
    "channel_shuffle": [
        S(x(2, 6, 3, 4), 3).twice(),
        S(x(1, 4, 2), 2),
        S(x(2, 6, 3), 4).raises(),
        S(x(2, 6), 2).raises(),
        S(x(2, 6, 3), 0).raises(),
    ],
    "nn.functional.grid_sample": [
        *_GRID,
        *_VOLUME,
        S(x(2, 3, 4, 5), x(2, 3, 6, 2)).twice(),
        S(x(2, 3, 4, 5, dtype="float64"), x(2, 3, 6, 2, dtype="float64")),
        S(x(2, 3, 1, 1), x(2, 3, 6, 2), "bilinear", "reflection", True),
        S(x(2, 3, 4, 5), x(2, 3, 6, 2), "other").raises(),
        S(x(2, 3, 4, 5), x(2, 3, 6, 2), "nearest", "other").raises(),
        S(x(2, 3, 4, 5), x(1, 3, 6, 2)).raises(),
        S(x(2, 3, 4, 5), x(2, 3, 6, 3)).raises(),
        S(x(2, 3, 4, 5), x(2, 3, 6, 2, dtype="float64")).raises(),
        S(x(2, 3, 4), x(2, 3, 1)).raises(),
        S(x(2, 3, 4, 0), x(2, 3, 6, 2)).raises(),
        S(x(1, 2, 3, 3, 3), x(1, 2, 2, 2, 3), "bicubic").raises(),
    ],
    "nn.functional.affine_grid": [
        S(x(2, 2, 3), (2, 3, 4, 5), False).twice(),
        S(x(2, 2, 3), (2, 3, 4, 5), True),
        S(x(1, 3, 4), (1, 2, 2, 3, 4), True),
        S(x(1, 3, 4), (1, 2, 2, 3, 4)),
        S(x(2, 2, 3), (2, 3, 1, 5), True),
        S(x(2, 2, 3, dtype="float64"), (2, 3, 4, 5)),
        S(x(2, 2, 3), (2, 3, 4)).raises(),
        S(x(2, 3, 3), (2, 3, 4, 5)).raises(),
        S(x(2, 2, 3), (2, 3, 0, 5)).raises(),
        S(x(2, 2, 3, dtype="int64"), (2, 3, 4, 5)).raises(),
    ],
}
