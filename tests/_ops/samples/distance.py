"""Rows of the distances."""

from math import inf

from tests._ops.samples import S, v, x

_TIED = v([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])

SAMPLES = {
    "pairwise_distance": [
        S(x(3, 4), x(3, 4)).twice(),
        S(x(3, 4), x(4), 1.0),
        S(v([5, 1, 6], "uint8"), v([5, 6, 4], "uint8")),
        S(x(4), x(4), 3.0, 0.0),
        S(x(3, 4), x(3, 4), inf, keepdim=True),
        S(x(3, 4), x(3, 4), eps=0.0),
        S(v([[1.0, 2.0]]), v([[1.0, 2.0]]), eps=0.0),
        S(x(2, 3), x(2, 4)).raises(),
        S(v([[1.0, 2.0, 3.0]]), v([[1.0, 2.0, 1.0]]), 1.0, 0.0),
        S(x(2, 3, dtype="int64"), x(2, 3, dtype="int64")),
    ],
    "cosine_similarity": [
        S(x(3, 4), x(3, 4)).twice(),
        S(x(3, 4), x(1, 4), -1),
        S(x(2, 3, 4), x(2, 3, 4), 0, 10.0),
        S(v([[0.0, 0.0], [3.0, 4.0]]), v([[1.0, 0.0], [0.0, 0.0]])),
        S(x(3, 4, dtype="bfloat16"), x(3, 4, dtype="bfloat16")),
        S(x(3, 4), x(3, 4, dtype="float64")).tol(1e-6),
        S(x(4), x(4), dim=0),
        S(x(4), x(4)).raises(),
        S(x(3, 4, dtype="int64"), x(3, 4, dtype="int64")).raises(),
        S(x(2, 3), x(4, 3)).raises(),
    ],
    "cdist": [
        S(x(3, 4), x(2, 4)),
        S(x(2, 3, 4), x(5, 4), 1.0),
        S(x(3, 4), x(2, 4), 3.0),
        S(x(3, 4), x(2, 4), inf),
        S(x(3, 4), x(2, 4), 0.5),
        S(x(3, 4), x(2, 4), 0.0),
        S(_TIED, _TIED),
        S(_TIED, _TIED, 3.0),
        S(_TIED, _TIED, inf),
        S(_TIED, _TIED, 0.5),
        S(x(30, 4, dtype="float64"), x(5, 4, dtype="float64")),
        S(x(3, 4), x(2, 4), compute_mode="use_mm_for_euclid_dist").tol(1e-4),
        S(x(0, 4), x(2, 4)),
        S(x(3, 0), x(2, 0)),
        S(x(3, 4), x(2, 5)).raises(),
        S(x(3), x(2, 3)).raises(),
        S(x(3, 4), x(2, 4), -1.0).raises(),
        S(x(3, 4, dtype="int64"), x(2, 4)).raises(),
        S(x(3, 4), x(2, 4), compute_mode="foo").raises(),
    ],
    "pdist": [
        S(x(4, 3)),
        S(x(4, 3), 1.0),
        S(x(4, 3), 3.0),
        S(x(4, 3), inf),
        S(_TIED),
        S(_TIED, 3.0),
        S(_TIED, inf),
        S(x(1, 3)),
        S(x(4, 3), 0.0),
        S(x(3)).raises(),
        S(x(3, 2, dtype="int64")).raises(),
        S(x(3, 2), -1.0).raises(),
    ],
}
