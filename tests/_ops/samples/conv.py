"""Rows of the convolutions."""

from tests._ops.samples import S, x

_CONV2D = [
    S(x(2, 3, 5, 6), x(4, 3, 3, 2), x(4)).twice(), S(x(2, 1, 6, 6), x(4, 1, 3, 3), x(4), padding=1).twice(),
    S(x(2, 9, 5, 5), x(4, 9, 3, 3), stride=2, padding=(1, 2), dilation=(1, 2)).twice(),
    S(x(2, 5, 7, 7), x(4, 5, 3, 3), stride=(2, 1), padding=1).twice(), S(x(3, 5, 5), x(2, 3, 1, 1), x(2)),
    S(x(2, 4, 6, 6), x(8, 1, 3, 3), x(8), padding=1, groups=4).twice(), S(x(1, 6, 5, 5), x(9, 2, 2, 2), groups=3, stride=2),
    S(x(1, 32, 5, 5), x(32, 2, 3, 3), groups=16, padding=1), S(x(2, 3, 5, 5), x(4, 3, 3, 3), padding="same"),
    S(x(2, 3, 5, 5), x(4, 3, 2, 4), padding="same", dilation=2), S(x(2, 3, 5, 5), x(4, 3, 3, 3), padding="valid", stride=2),
    S(x(1, 3, 4, 4, dtype="bfloat16"), x(2, 3, 3, 3, dtype="bfloat16")), S(x(1, 3, 4, 4, dtype="float64"), x(2, 3, 3, 3, dtype="float64")),
    S(x(1, 3, 4, 4, dtype="complex64"), x(2, 3, 3, 3, dtype="complex64")), S(x(1, 3, 4, 4, dtype="int64"), x(2, 3, 3, 3, dtype="int64")),
    S(x(0, 3, 5, 5), x(4, 3, 3, 3), x(4)), S(x(2, 3, 5, 5), x(4, 3, 3, 3), stride=(2,)),
    S(x(2, 3), x(4, 3, 3, 3)).raises(), S(x(2, 3, 8, 8), x(4, 2, 3, 3)).raises(), S(x(2, 3, 2, 2), x(4, 3, 3, 3)).raises(),
    S(x(3, 8, 8), x(4, 2, 3, 3)).raises(), S(x(2, 3, 8, 8), x(4, 3, 3, 3, dtype="float64")).raises(),
    S(x(2, 3, 8, 8), x(4, 3, 3, 3), x(4, dtype="float64")).raises(), S(x(2, 3, 8, 8), x(4, 3, 3, 3), x(3)).raises(),
    S(x(2, 3, 8, 8), x(4, 3, 3, 3), padding="same", stride=2).raises(), S(x(2, 3, 8, 8), x(4, 3, 3, 3), padding="foo").raises(),
    S(x(2, 3, 8, 8), x(4, 3, 3, 3), stride=0).raises(), S(x(2, 3, 8, 8), x(4, 3, 3, 3), padding=-1).raises(),
    S(x(2, 3, 8, 8), x(4, 3, 3, 3), dilation=0).raises(), S(x(2, 3, 8, 8), x(4, 3, 3, 3), stride=(1, 2, 3)).raises(),
    S(x(2, 4, 8, 8), x(5, 2, 3, 3), groups=2).raises(), S(x(2, 4, 8, 8), x(4, 2, 3, 3), groups=0).raises(),
    S(x(2, 4, 8, 8), x(4, 4)).raises(), S(x(1, 1, 4, 4, dtype="bool"), x(1, 1, 3, 3, dtype="bool")).raises(),
]

_TRANSPOSED2D = [
    S(x(2, 3, 4, 5), x(3, 4, 3, 2), x(4)).twice(), S(x(2, 3, 4, 4), x(3, 2, 4, 4), stride=2, padding=1).twice(),
    S(x(2, 12, 4, 4), x(12, 10, 3, 3), x(10), stride=2, padding=1, output_padding=1).twice(),
    S(x(2, 4, 5, 5), x(4, 3, 3, 3), groups=2), S(x(2, 4, 5, 5), x(4, 1, 3, 3), x(4), groups=4, stride=2),
    S(x(2, 3, 5, 5), x(3, 4, 3, 3), stride=2, dilation=3, output_padding=2), S(x(3, 4, 4), x(3, 2, 3, 3), padding=(1, 0)),
    S(x(1, 3, 4, 4, dtype="bfloat16"), x(3, 2, 3, 3, dtype="bfloat16")), S(x(0, 3, 5, 5), x(3, 4, 3, 3)),
    S(x(2, 3), x(3, 4, 3, 3)).raises(), S(x(2, 3, 5, 5), x(2, 4, 3, 3)).raises(), S(x(2, 3, 5, 5), x(3, 4, 3, 3), x(3)).raises(),
    S(x(2, 3, 5, 5), x(3, 4, 3, 3), output_padding=1).raises(), S(x(2, 3, 5, 5), x(3, 4, 3, 3), groups=2).raises(),
    S(x(2, 3, 0, 5), x(3, 4, 3, 3)).raises(), S(x(2, 4, 5, 5), x(4, 4, 3, 3), output_padding=-1).raises(),
]

SAMPLES = {
    "conv1d": [S(x(2, 3, 8), x(4, 3, 3), x(4)).twice(), S(x(3, 8), x(4, 3, 3), stride=2, padding=2, dilation=2),
               S(x(2, 4, 8), x(4, 1, 3), groups=4, padding=1), S(x(2, 3, 8), x(4, 3, 4), padding="same"),
               S(x(2, 1, 9), x(4, 1, 3)), S(x(3), x(4, 3, 3)).raises(), S(x(2, 3, 2), x(4, 3, 3)).raises(),
               S(x(2, 3, 8), x(4, 3, 3), stride=(1, 2)).raises()],
    "conv2d": _CONV2D,
    "conv3d": [S(x(1, 3, 4, 5, 4), x(2, 3, 2, 3, 2), x(2)).twice(), S(x(1, 1, 4, 4, 4), x(2, 1, 3, 3, 3), padding=1, stride=2),
               S(x(4, 4, 4, 4), x(4, 2, 2, 2, 2), groups=2, dilation=2), S(x(1, 3, 4, 4, 4), x(2, 3, 3, 2, 3), padding="same"),
               S(x(1, 3, 4), x(2, 3, 2, 2, 2)).raises()],
    "conv_transpose1d": [S(x(2, 3, 5), x(3, 4, 3), x(4)).twice(), S(x(4, 5), x(4, 2, 3), stride=3, padding=1, output_padding=2),
                         S(x(2, 4, 5), x(4, 4, 3), output_padding=(1, 2)).raises(),
                         S(x(2, 4, 5), x(4, 4, 3), output_padding=1).raises()],
    "conv_transpose2d": _TRANSPOSED2D,
    "conv_transpose3d": [S(x(1, 3, 3, 3, 3), x(3, 2, 2, 3, 2), x(2)).twice(),
                         S(x(4, 3, 3, 3), x(4, 2, 3, 3, 3), stride=2, padding=1, output_padding=1, groups=2),
                         S(x(4, 5), x(4, 4, 3, 3, 3)).raises(), S(x(1, 4, 5, 5, 5), x(4, 4, 3, 3, 3), output_padding=1).raises()],
    "conv_tbc": [S(x(5, 2, 3), x(3, 3, 4), x(4), 1).twice(), S(x(5, 2, 3), x(2, 3, 4), x(4)),
                 S(x(5, 2, 3), x(3, 2, 4), x(4)).raises(), S(x(5, 2, 3), x(3, 3, 4), x(3)).raises()],
}
