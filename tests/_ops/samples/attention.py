"""Rows of scaled dot-product attention."""

from math import inf

from tests._ops.samples import S, v, x

_Q, _K, _V = x(2, 3, 4, 5), x(2, 3, 6, 5), x(2, 3, 6, 7)
_SELF = (x(2, 4, 5), x(2, 4, 5), x(2, 4, 5))
_HALF = tuple(x(1, 2, 3, 4, dtype="bfloat16") for _ in range(3))

SAMPLES = {
    "nn.functional.scaled_dot_product_attention": [
        S(_Q, _K, _V).twice(),
        S(_Q, _K, _V, v([[True] * 6, [False] * 6, [True, False] * 3, [False, True] * 3], "bool")),
        S(_Q, _K, _V, v([[0.0] * 6, [-inf] * 6, [1.0, -inf] * 3, [0.5] * 6], grad=False)),
        S(_Q, _K, _V, x(2, 1, 4, 6)),
        S(_Q, _K, _V, is_causal=True),
        S(*_SELF, is_causal=True, scale=0.3),
        S(x(4, 5), x(6, 5), x(6, 2)),
        S(*_HALF),
        S(x(1, 4, 2, 3), x(1, 2, 5, 3), x(1, 2, 5, 3), enable_gqa=True),
        S(x(2, 1, 2, 4), x(1, 3, 2, 4), x(2, 3, 2, 4)),
        S(x(1, 1, 0, 4), x(1, 1, 2, 4), x(1, 1, 2, 4)),
        S(x(1, 1, 2, 4), x(1, 1, 0, 4), x(1, 1, 0, 4)),
        S(x(1, 2, 3, 40, dtype="float64"), x(1, 2, 70, 40, dtype="float64"), x(1, 2, 70, 4, dtype="float64")),
        S(x(4), x(4), x(4)).raises(),
        S(x(2, 3), x(2, 3, dtype="float64"), x(2, 3)).raises(),
        S(*_SELF, v([[True] * 4] * 4, "bool"), is_causal=False, scale=1.0),
        S(*_SELF, x(4, 4, dtype="int64")).raises(),
        S(*_SELF, x(4, 4, dtype="float64")).raises(),
        S(*_SELF, v([[True] * 3] * 4, "bool")).raises(),
        S(x(1, 4, 2, 4), x(1, 2, 2, 4), x(1, 2, 2, 4)).raises(),
        S(x(2, 4), x(2, 4), x(2, 4), enable_gqa=True).raises(),
        S(*(x(1, 1, 2, 4, dtype="int64") for _ in range(3))).raises(),
    ],
}
