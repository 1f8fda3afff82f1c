"""Rows of reading and writing at places: gather, scatter, indices, masks, copies of written views."""

from math import inf, nan

from tests._ops.samples import S, v, x


def at(*values: object) -> object:
    """An index of these values."""
    return v(list(values), "int64")


_PLACES = at([0, 1, 1], [2, 0, 0])

_READING = {
    "gather": [
        S(x(3, 3), 0, _PLACES).twice(),
        S(x(2, 3), 1, at([0, 0], [2, 1])),
        S(x(4), -1, at(3, 3, 0)),
        S(x(2, 3, dtype="int64"), 1, at([1], [2])),
        S(x(2, 3, dtype="bfloat16"), 1, at([1], [2])),
        S(x(), 0, v(0, "int64")),
        S(x(2, 3), 1, at([3], [0])).raises(),
        S(x(2, 3), 1, v([[0.0], [1.0]], grad=False)).raises(),
        S(x(2, 3), 1, at(0)).raises(),
    ],
    "index_select": [
        S(x(3, 4), 0, at(2, 0, 2)).twice(),
        S(x(3, 4), 1, v([1, 3], "int32")),
        S(x(2, 3, 2), -1, at(1)),
        S(x(3, dtype="bool"), 0, at(0, 2)),
        S(x(3, 4), 0, at()),
        S(x(3, 4), 0, at(3)).raises(),
        S(x(3, 4), 2, at(0)).raises(),
        S(x(3, 4), 0, at([0, 1])).raises(),
    ],
    "take": [S(x(2, 3), at(0, 5, -1)).twice(), S(x(2, 3), at([1, 1])), S(x(2, 3), at(6)).raises()],
    "take_along_dim": [S(x(2, 3), at([0, 2], [1, 1]), 1), S(x(2, 3), at(4, 0)), S(x(2, 3), at([0, 0, 1]), dim=0)],
}

_INDEX = at(0, 2, 0)
_REDUCED = [
    S(x(3, 4), 1, at([0, 1, 1], [2, 2, 2], [3, 0, 3]), x(3, 3), reduce)
    for reduce in ("sum", "prod", "mean", "amax", "amin")
]

_WRITING = {
    "scatter": [
        S(x(3, 3), 0, _PLACES, x(2, 3)).twice(),
        S(x(2, 4), 1, at([0, 3], [1, 2]), 1.5),
        S(x(2, 4, grad=False), 1, at([0, 0], [1, 1]), x(2, 2, grad=False), reduce="add"),
        S(x(2, 4, grad=False), 1, at([0, 0], [1, 1]), 2.0, reduce="multiply"),
        S(x(2, 4, dtype="int64"), 1, at([0, 3], [1, 2]), 7),
        S(x(3), 0, at(3), 1.0).raises(),
        S(x(3), 0, at(0), x(1, dtype="float64")).raises(),
    ],
    "scatter_add": [
        S(x(3, 3), 0, _PLACES, x(2, 3)).twice(),
        S(x(2, 3), 1, at([0, 0], [1, 1]), x(2, 2)),
        S(x(3, dtype="int64"), 0, at(1, 1), x(2, dtype="int64")),
        S(x(3), 0, at(3), x(1)).raises(),
    ],
    "scatter_reduce": [
        *_REDUCED,
        S(x(3), 0, at(1, 1), x(2), "mean", include_self=False),
        S(x(3), 0, at(1, 1), x(2), reduce="amax", include_self=False),
        S(x(3, dtype="int64"), 0, at(1, 1), x(2, dtype="int64"), "prod"),
        S(v([0.0, 2.0, 3.0]), 0, at(0, 1, 1, 2), v([5.0, 0.0, 4.0, 6.0]), "prod").twice(),  # zeros on both sides
        S(x(3), 0, at(3), x(1), "sum").raises(),
    ],
    "put": [S(x(2, 3), at(0, 4), x(2)), S(x(2, 3), at(1, 1), x(2), accumulate=True).twice()],
    "index_add": [
        S(x(3, 2), 0, _INDEX, x(3, 2)).twice(),
        S(x(2, 3), 1, _INDEX, x(2, 3), alpha=-2.0),
        S(x(3, dtype="int64"), 0, _INDEX, x(3, dtype="int64")),
        S(x(3), 0, at(0, 1), x(3)).raises(),
    ],
    "index_copy": [S(x(3, 2), 0, at(2, 0), x(2, 2)).twice(), S(x(2, 3), 1, at(1), x(2, 1))],
    "index_fill": [S(x(3, 2), 0, at(2, 0), 1.5), S(x(2, 3), 1, at(-1), 2), S(x(2, 3), 1, at(1), v(0.5))],
    "index_reduce": [
        *[S(x(3, 2), 0, _INDEX, x(3, 2), reduce) for reduce in ("prod", "mean", "amax", "amin")],
        S(x(3, 2), 0, _INDEX, x(3, 2), "mean", include_self=False),
    ],
}

_MASK = v([[True, False, True], [False, False, True]], "bool")

_MASKING = {
    "where": [
        S(_MASK, x(2, 3), x(3)).twice(),
        S(_MASK, x(2, 3), 0.0),
        S(_MASK, 1, x(2, 3, dtype="int64")),
        S(_MASK, 1.0, 0.0),
        S(_MASK, v([nan, inf, 1.0]), x(2, 3)),
        S(_MASK, x(2, 3, dtype="int32"), x(3, dtype="float16")),
        S(_MASK),
        S(_MASK, x(2), x(3)).raises(),
    ],
    "masked_fill": [
        S(x(2, 3), _MASK, -inf).twice(),
        S(x(2, 3), v([True, False, True], "bool"), 2),
        S(x(3), _MASK, 0.0),
        S(x(2, 3), _MASK, v(0.5)),
        S(x(2, 3, dtype="int64"), _MASK, 7),
        S(x(2, 3, dtype="bfloat16"), _MASK, 0.1),
        S(x(2, 3), x(2, 3, dtype="int64"), 0.0).raises(),
        S(x(2, 3), _MASK, v([1.0, 2.0])).raises(),
    ],
    "masked_scatter": [S(x(2, 3), _MASK, x(4)).twice(), S(x(2, 3), v([True, False, False], "bool"), x(2))],
}

_VIEWS = {
    "select_scatter": [S(x(2, 3), x(2), 1, 2).twice(), S(x(2, 3), x(3), 0, -1), S(x(2, 3), x(2), 0, 0).raises()],
    "slice_scatter": [S(x(4, 2), x(2, 2), 0, 1, 3), S(x(2, 5), x(2, 3), dim=1, step=2), S(x(4), x(3)).raises()],
    "diagonal_scatter": [S(x(3, 3), x(3)), S(x(2, 3), x(2), 1), S(x(3, 3), x(2)).raises()],
    "as_strided_scatter": [  # PyTorch's gradient of the input is the written part, where it should be the rest
        S(x(3, 3, grad=False), x(2, 2), (2, 2), (3, 1)),
        S(x(3, 3, grad=False), x(2), (2,), (4,), 1),
    ],
}

SAMPLES = {**_READING, **_WRITING, **_MASKING, **_VIEWS}
