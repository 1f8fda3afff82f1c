"""Rows of the losses."""

from tests._ops.samples import Row, S, X, v, x

_I5 = x(3, 5)
_W5 = x(5, low=0.1, grad=False)
_Y = v([0, 1, 4], "int64")


def _reductions(*args: X, **kwargs: object) -> list[Row]:
    """The same call with each reduction, the first twice differentiated."""
    return [S(*args, **kwargs).twice(), *[S(*args, **kwargs, reduction=r) for r in ("none", "sum")]]


def _pair(*more: Row) -> list[Row]:
    """What every loss of two tensors is tried on."""
    return [
        *_reductions(x(2, 3), x(2, 3)),
        S(x(2, 3), x(2, 3), reduction="foo").raises(),
        S(x(3), x(2)).raises(),
        S(x(2, 3, dtype="bfloat16"), x(2, 3, dtype="bfloat16")),
        S(x(2, 3), x(2, 3), size_average=False),
        S(x(0, 3), x(0, 3)),
        *more,
    ]


_PROBABILITIES = x(2, 3, low=0.05, high=0.95)
_HALF = x(2, 3, dtype="bfloat16", low=0.05, high=0.95)

CLASSES = {
    "nn.functional.cross_entropy": [
        *_reductions(_I5, _Y),
        *_reductions(_I5, _Y, weight=_W5),
        S(_I5, v([0, 1, 4], "uint8")),
        S(_I5, v([0, -100, 4], "int64"), _W5),
        S(_I5, v([2, 2, 2], "int64"), ignore_index=2),
        S(_I5, _Y, label_smoothing=0.1),
        S(_I5, v([0, 3, 4], "int64"), _W5, ignore_index=3, label_smoothing=0.2),
        S(x(5), v(2, "int64")),
        S(x(5, grad=False), v([2], "int64")),
        S(_I5, _Y, label_smoothing=0.3, reduction="none"),
        S(x(2, 3, 4), v([[0, 1, 2, 0], [1, 1, 2, 2]], "int64")).twice(),
        S(x(2, 3, 2, 2), v([[[0, 1], [2, 0]], [[1, 1], [2, 2]]], "int64"), reduction="none"),
        S(_I5, x(3, 5, low=0)).twice(),
        S(_I5, x(3, 5, low=0), _W5, label_smoothing=0.1),
        S(x(2, 3, 4), x(2, 3, 4, low=0), reduction="none"),
        S(x(5), x(5, low=0)),
        S(x(3, 5, dtype="bfloat16"), _Y),
        S(x(3, 5, dtype="float64"), _Y),
        S(x(3, 40, low=-50, high=50), _Y),
        S(x(0, 5), v([], "int64")),
        S(v([[-1e30, 0.0, 1e30], [float("-inf"), 1.0, 0.0]]), v([2, 1], "int64")),
        S(x(3, 5), _Y, size_average=False),
        S(_I5, v([0, 1, 5], "int64")).raises(),
        S(_I5, v([0, 1, -1], "int64")).raises(),
        S(_I5, v([0, 1], "int64")).raises(),
        S(_I5, v([0, 1, 4], "int32")).raises(),
        S(x(5), _Y).raises(),
        S(_I5, _Y, x(4, grad=False)).raises(),
        S(_I5, _Y, reduction="foo").raises(),
        S(_I5, _Y, x(5, dtype="float64", grad=False)).raises(),
        S(_I5, _Y, label_smoothing=1.5).raises(),
        S(_I5, x(3, 4)).raises(),
        S(_I5, x(3, 5), ignore_index=2).raises(),
        S(x(2, 3, 4), x(2, 5, dtype="int64")).raises(),
        S(x(2, 3, 2, 2), x(2, 5, dtype="int64")).raises(),
        S(x(3, 5, dtype="int64"), _Y).raises(),
    ],
    "nn.functional.nll_loss": [
        *_reductions(_I5, _Y),
        *_reductions(_I5, _Y, weight=_W5),
        S(_I5, v([0, -100, 4], "int64")),
        S(x(5), v(2, "int64")),
        S(x(2, 3, 4), v([[0, 1, 2, 0], [1, 1, 2, 2]], "int64")),
        S(x(2, 3, 2, 2), v([[[0, 1], [2, 0]], [[1, 1], [2, 2]]], "int64")),
        S(x(2, 3, 1, 2, 1), v([[[[0], [1]]], [[[1], [2]]]], "int64"), x(3, low=0.1, grad=False), reduction="none"),
        S(_I5, v([0, 1, 5], "int64")).raises(),
        S(_I5, v([0, 1], "int64")).raises(),
        S(_I5, v([0, 1, 4], "int32")).raises(),
        S(_I5, _Y, x(4, grad=False)).raises(),
        S(x(2, 5, 3, 3), x(2, 3, 4, dtype="int64", low=0)).raises(),
        S(v(1.0), v(0, "int64")).raises(),
        S(x(2, 5, 3), x(2, 4, dtype="int64", low=0)).raises(),
        S(x(3, 5, dtype="int64"), _Y).raises(),
    ],
}

DISTANCES = {
    "nn.functional.mse_loss": _pair(
        S(x(2, 3), x(3)),
        S(x(2, 3), x(2, 3), weight=x(2, 3)),
        S(x(3), x(3, dtype="float64")),
        S(x(3), x(3, dtype="int64")),
        S(x(80, 64), x(80, 64)),
        S(x(3), x(3), weight=x(2)).raises(),
        S(x(3, dtype="int64"), x(3, dtype="int64")).raises(),
        S(x(3, dtype="complex64"), x(3, dtype="complex64")).raises(),
    ),
    "nn.functional.l1_loss": _pair(
        S(x(2, 3), x(2, 3), weight=x(2, 3)),
        S(v([1.0, 2.0]), v([1.0, 1.0])),
        S(x(3, dtype="complex64"), x(3, dtype="complex64")),
        S(x(3, dtype="int64"), x(3, dtype="int64"), reduction="sum"),
        S(x(3, dtype="int64"), x(3, dtype="int64")).raises(),
    ),
    "nn.functional.smooth_l1_loss": _pair(
        S(x(2, 3), x(2, 3), beta=0.5),
        S(x(2, 3), x(2, 3), beta=0.0),
        S(v([0.0, 1.0, -1.0, 3.0]), v([0.0, 0, 0, 0])),
        S(x(3), x(3), beta=-1.0).raises(),
        S(x(3, dtype="int64"), x(3, dtype="int64")).raises(),
    ),
    "nn.functional.huber_loss": [
        *_reductions(x(2, 3), x(2, 3)),
        S(x(2, 3), x(2, 3), delta=0.5),
        S(x(2, 3), x(2, 3), weight=x(2, 3)),
        S(v([0.0, 1.0, -1.0, 3.0]), v([0.0, 0, 0, 0])),
        S(x(3), x(3), delta=0.0).raises(),
        S(x(3), x(3), reduction="foo").raises(),
        S(x(3), x(2)).raises(),
    ],
    "nn.functional.kl_div": _pair(
        S(x(2, 3), x(2, 3, low=0.1)).twice(),
        S(x(2, 3), x(2, 3, low=0.1), reduction="batchmean"),
        S(x(2, 3), x(2, 3), log_target=True).twice(),
        S(x(3, 1), x(2, low=0.1), reduction="none"),
        S(x(3), v([0.0, -1.0, 0.5], grad=False), reduction="none"),
        S(x(3, dtype="int64"), x(3, dtype="int64")).raises(),
        S(x(3, dtype="complex64"), x(3, dtype="complex64")).raises(),
    ),
    "nn.functional.poisson_nll_loss": _pair(
        S(x(2, 3), x(2, 3, low=0, high=4), full=True),
        S(x(2, 3, low=0.1), x(2, 3, low=0), log_input=False),
        S(x(3, dtype="int64"), x(3, dtype="int64")),
        S(x(2, 3, low=0.1), x(2, 3, low=0), log_input=False, full=True, eps=0.1, reduction="none"),
    ),
    "nn.functional.gaussian_nll_loss": [
        *_reductions(x(2, 3), x(2, 3), x(2, 3, low=0.1)),
        S(x(2, 3), x(2, 3), x(2, low=0.1)),
        S(x(2, 3), x(2, 3), x(2, 1, low=0.1), full=True),
        S(x(3), x(3), v([0.0, 1e-9, 1.0])),
        S(x(3), x(3), 0.5),
        S(x(3), x(3), v([1.0, 2.0, -1.0])).raises(),
        S(x(3), x(3), -1.0).raises(),
        S(x(3), x(3), x(2, low=0.1)).raises(),
        S(x(2, 3), x(2, 3), x(2, 3, low=0.1), reduction="foo").raises(),
    ],
    "nn.functional.soft_margin_loss": [
        *_reductions(x(2, 3), x(2, 3, grad=False)),
        S(x(3), v([1, -1, 1], "int64")),
        S(v([-12.0, 3], "float16"), v([1, -1], "float16", grad=False), reduction="none"),
        S(v([60.0, -90, 1]), v([1.0, 1, -1], grad=False)).twice(),
        S(x(3, dtype="int64"), x(3, dtype="int64")).raises(),
        S(x(3), x(2, grad=False)).raises(),
        S(x(2, 3, dtype="bfloat16"), x(2, 3, dtype="bfloat16", grad=False)),
        S(x(2), x(2, grad=False), reduction="foo").raises(),
    ],
    "nn.functional.binary_cross_entropy": [
        *_reductions(_PROBABILITIES, _PROBABILITIES),
        S(_PROBABILITIES, _PROBABILITIES, weight=x(3, grad=False)),
        S(_HALF, _HALF),
        S(v([0.0, 1.0, 0.0, 1.0]), v([0.0, 1.0, 1.0, 0.0], grad=False)),
        S(x(3, low=0), x(2, low=0)).raises(),
        S(v([0.5, 1.5]), v([0.0, 1.0])).raises(),
        S(v([0.5, 0.5]), v([0.0, 2.0])).raises(),
        S(v([0.5]), v([1], "int64")).raises(),
        S(v([0.5]), v([1.0], "float64")).raises(),
        S(v([0.5]), v([1.0]), reduction="foo").raises(),
    ],
    "nn.functional.binary_cross_entropy_with_logits": [
        *_reductions(x(2, 3), _PROBABILITIES),
        S(x(2, 3), _PROBABILITIES, pos_weight=x(3, low=0.1, grad=False)).twice(),
        S(x(2, 3), _PROBABILITIES, weight=x(3, grad=False)),
        S(x(2, 3), _PROBABILITIES, x(2, 1, grad=False), pos_weight=x(2, 3, grad=False), reduction="none"),
        S(v([-200.0, 0.0, 200.0]), v([0.0, 1.0, 0.5])),
        S(x(2, 3, dtype="bfloat16"), _HALF),
        S(x(3), x(3, dtype="float64")).tol(1e-6),
        S(x(3), x(2)).raises(),
        S(x(3), x(3, dtype="int64")).raises(),
        S(x(3, dtype="int64"), x(3)).raises(),
        S(x(3), x(3), pos_weight=x(2, grad=False)).raises(),
        S(x(3), x(3), weight=x(2, grad=False)).raises(),
    ],
    "nn.functional.multilabel_soft_margin_loss": [
        *_reductions(x(2, 4), v([[1.0, 0, 1, 0], [0, 0, 1, 1]], grad=False)),
        S(x(2, 4), x(2, 4), weight=x(4, grad=False)),
        S(x(2, 4), v([[1, 0, 1, 0]] * 2, "int64")),
        S(x(2, 4), x(2, 4), reduction="foo").raises(),
    ],
}

_SIGNS = v([1.0, -1.0, 1.0], grad=False)

MARGINS = {
    "nn.functional.hinge_embedding_loss": [
        *_reductions(x(3), _SIGNS),
        S(v([1.0, 1.0, 2.0]), v([1, -1, 0], "int64"), 1.0, reduction="none"),
        S(x(3), x(2)).raises(),
    ],
    "nn.functional.margin_ranking_loss": [
        *_reductions(x(3), x(3), _SIGNS),
        S(x(3), x(3), x(3), margin=0.5),
        S(x(3), x(3), x(3, 1)).raises(),
        S(v([1.0]), v([1.0]), v([1.0])),
        S(v([5, 1], "uint8"), v([1, 2], "uint8"), v([6, 1], "uint8")),
        S(x(3), x(3), x(2)).raises(),
    ],
    "nn.functional.multi_margin_loss": [
        *_reductions(_I5, _Y)[1:],
        S(_I5, _Y, p=2),
        S(_I5, _Y, 1, 0.5, _W5),
        S(x(5), v(2, "int64")),
        S(x(5), v([2], "int64"), reduction="none"),
        S(_I5, _Y, p=3).raises(),
        S(_I5, _Y, weight=x(4, grad=False)).raises(),
        S(_I5, _Y, weight=x(4, 1, grad=False)).raises(),
        S(_I5, v([0, 1, 5], "int64")).raises(),
        S(_I5, v([0, 1], "int64")).raises(),
        S(_I5, v([0, 1, 2], "int32")).raises(),
    ],
    "nn.functional.multilabel_margin_loss": [
        *_reductions(x(2, 4), v([[3, 0, -1, 1], [0, -1, 2, 1]], "int64"))[1:],
        S(x(4), v([3, 0, 0, 1], "int64"), reduction="none"),
        S(x(4), v([3, 0, -1], "int64")).raises(),
        S(x(4), v([4, 0, -1, 1], "int64")).raises(),
        S(x(4), v([3, 0, -1, 1], "int32")).raises(),
    ],
    "nn.functional.triplet_margin_loss": [
        *_reductions(x(3, 4), x(3, 4), x(3, 4)),
        S(x(3, 4), x(3, 4), x(3, 4), 0.5, 1.0, swap=True, reduction="none"),
        S(x(2, 3), x(2, 3), x(3)).raises(),
        S(x(2, 3), x(2, 3), x(2, 3), margin=-1).raises(),
        S(x(2, 3), x(2, 4), x(2, 3)).raises(),
    ],
    "nn.functional.cosine_embedding_loss": [
        *_reductions(x(3, 4), x(3, 4), v([1, -1, 1], "int64")),
        S(x(4), x(4), v(-1, "int64"), margin=0.1),
        S(v([[True, False]] * 2, "bool"), v([[True, True]] * 2, "bool"), v([True, False], "bool"), reduction="none"),
        S(v([[0.0, 0.0]] * 2), v([[0.0, 0.0]] * 2), v([1, -1], "int64"), reduction="none"),
        S(x(3), x(3), v([1], "int64")).raises(),
        S(x(2, 3), x(2, 3), v(1, "int64")).raises(),
        S(x(2, 3), x(3, 3), v([1, -1], "int64")).raises(),
    ],
}

SAMPLES = {**CLASSES, **DISTANCES, **MARGINS}
