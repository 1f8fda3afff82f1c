"""Rows of embeddings, which nn.functional makes of the table's core."""

from tests._ops.samples import S, v, x

_INDICES = v([[0, 2, 2], [3, 0, 1]], "int64")

SAMPLES = {
    "nn.functional.embedding": [
        S(_INDICES, x(4, 3)).twice(),
        S(_INDICES, x(4, 3), padding_idx=2),
        S(_INDICES, x(4, 3), padding_idx=-1),
        S(_INDICES, x(4, 3), scale_grad_by_freq=True),
        S(v([1, 3], "int32"), x(4, 3, dtype="bfloat16")),
        S(v(1, "int64"), x(4, 3)),
        S(v([[], []], "int64"), x(4, 3)),
        S(v([0, 4], "int64"), x(4, 3)).raises(),
        S(v([0, -1], "int64"), x(4, 3)).raises(),
        S(v([0.0, 1.0], grad=False), x(4, 3)).raises(),
        S(v([0, 1], "int16"), x(4, 3)).raises(),
        S(_INDICES, x(4, 3), padding_idx=4).raises(),
        S(_INDICES, x(4)).raises(),
    ],
}
