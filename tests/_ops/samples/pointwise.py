"""Rows of the pointwise ops: one tensor, two, three; comparisons, bits, complex numbers."""

import dataclasses
from math import inf, nan

from tests._ops.samples import Row, S, v, x

_EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, nan, inf, -inf]


def _smooth(low: float, high: float, *more: Row, complex_: bool = True) -> list[Row]:
    """A differentiable function of one tensor, drawn from where it is defined."""
    rows = [
        S(x(2, 3, low=low, high=high)).twice(),
        S(v(_EDGES, "float64", grad=False)),
        S(x(4, dtype="bfloat16", low=low, high=high)),
        S(v([1, 0, 2, -1], "int64")),
        *more,
    ]
    return rows + [S(x(3, dtype="complex64")).twice()] if complex_ else rows


def _steps() -> list[Row]:
    return [
        S(v(_EDGES)),
        S(x(3, dtype="int32")),
        S(x(2, 2, dtype="float16")),
        S(v([True], "bool")).raises(),
        S(x(2, dtype="complex64")).raises(),
    ]


def _questions(*more: Row) -> list[Row]:
    return [S(v(_EDGES)), S(x(3, dtype="int64")), S(x(2, dtype="bool")), *more]


_COMPLEX_EDGES = v([complex(0, 0), complex(3, -4), complex(nan, 0), complex(-inf, 1), complex(-2, 0)], "complex64")

UNARY = {
    "acos": _smooth(-0.9, 0.9),
    "acosh": _smooth(1.1, 4.0),
    "asin": _smooth(-0.9, 0.9),
    "asinh": _smooth(-3, 3),
    "atan": _smooth(-3, 3),
    "atanh": _smooth(-0.9, 0.9),
    "cos": _smooth(-4, 4),
    "cosh": _smooth(-3, 3),
    "sin": _smooth(-4, 4),
    "sinh": _smooth(-3, 3),
    "tan": _smooth(-1.2, 1.2),
    "tanh": _smooth(-3, 3),
    "exp": _smooth(-3, 3),
    "exp2": _smooth(-3, 3, S(v([-3.0, 0, 1, 10, 20])).tol(0)),
    "expm1": _smooth(-2, 2),
    "log": _smooth(0.1, 4),
    "log2": _smooth(0.1, 4, S(v([0.125, 1, 2, 1024, 2.0**29])).tol(0)),
    "log10": _smooth(0.1, 4),
    "log1p": _smooth(-0.8, 4),
    "sqrt": _smooth(0.1, 4, S(v([0.0, 4, 9, 1e6]))),
    "rsqrt": _smooth(0.1, 4),
    "reciprocal": _smooth(0.3, 4),
    "sigmoid": _smooth(-5, 5),
    "erf": _smooth(-2, 2, complex_=False),
    "erfc": _smooth(-2, 2, complex_=False),
    "erfinv": _smooth(-0.9, 0.9, complex_=False),
    "sinc": _smooth(0.2, 0.9),
    "lgamma": _smooth(0.3, 5, S(x(6, dtype="float64", low=-3.5, high=3)), complex_=False),
    "digamma": _smooth(0.3, 5, S(x(6, dtype="float64", low=-3.5, high=3)), complex_=False),
    "deg2rad": _smooth(-200, 200, complex_=False),
    "rad2deg": _smooth(-4, 4, complex_=False),
    "ceil": _steps(),
    "floor": _steps(),
    "trunc": _steps(),
    "round": [
        *_steps()[:4],
        S(x(6, low=-30, high=30), decimals=1),
        S(x(6, low=-300, high=300), decimals=-1),
        S(x(3, dtype="int64"), decimals=1).raises(),
    ],
    "frac": [S(v(_EDGES)), S(x(2, 2, dtype="float16")), S(x(2, dtype="int64")).raises()],
    "neg": [S(x(2, 3)), S(x(3, dtype="uint8")), S(x(3, dtype="complex64")), S(v([True], "bool")).raises()],
    "positive": [S(x(2, 3)), S(x(3, dtype="int64")), S(v([True], "bool")).raises()],
    "sign": [S(v(_EDGES)), S(x(5, dtype="int8")), S(v([True, False], "bool")), S(x(2, dtype="complex64")).raises()],
    "sgn": [
        S(v(_EDGES)),
        S(x(5, dtype="int8")),
        S(v([0j, 3 - 4j, -2 + 0j], "complex64")),
        S(x(3, dtype="complex128")).twice(),
    ],
    "signbit": [*_questions(), S(x(2, dtype="complex64")).raises()],
    "square": [
        S(x(2, 3)).twice(),
        S(x(3, dtype="int32")),
        S(v([True, False], "bool")),
        S(x(2, dtype="complex64")).twice(),
    ],
    "logit": [
        S(x(2, 3, low=0.1, high=0.9)).twice(),
        S(x(6, low=-0.5, high=1.5), 0.1),
        S(x(6, low=-0.5, high=1.5)),
        S(v([0.0, 1.0, 0.5])),
        S(x(3, dtype="bfloat16", low=0, high=1), eps=1e-3),
        S(v([0, 1, 2], "int64")),
    ],
    "nan_to_num": [
        S(v(_EDGES)),
        S(v(_EDGES), 1.0, 2.0, -3.0),
        S(v([nan, inf, -inf, 1], "float16")),
        S(x(2, dtype="int64")),
        S(dataclasses.replace(_COMPLEX_EDGES, grad=False)),
    ],
    "frexp": [
        S(v(_EDGES)).ignores(1),
        S(x(5, low=-100, high=100)),
        S(x(3, dtype="bfloat16")),
        S(x(2, dtype="int64")).raises(),
    ],
    "special.round": [S(x(3, low=-3)), S(x(3), decimals=2), S(x(3, dtype="int64")).raises()],
    "polygamma": [S(n, x(4, low=0.4, high=4)).twice() for n in (0, 1, 2, 3)]
    + [S(n, v([-8.5, -0.3, 0.0, 30.0], "float64")).twice() for n in (1, 2, 3)]
    + [S(1, x(5, dtype="float64", low=-2.7, high=2)), S(-1, x(2)).raises(), S(2, v([1, 2], "int64"))]
    + [S(n, v([inf, -inf, nan], grad=False)) for n in (1, 4)],
    "mvlgamma": [S(x(2, 3, low=3, high=6), 3).twice(), S(v([3, 4], "int64"), 2), S(x(2), 0).raises()],
    "isnan": _questions(S(_COMPLEX_EDGES)),
    "isinf": _questions(S(_COMPLEX_EDGES)),
    "isfinite": _questions(S(_COMPLEX_EDGES)),
    "isreal": _questions(S(_COMPLEX_EDGES)),
    "isposinf": _questions(S(x(2, dtype="complex64")).raises()),
    "isneginf": _questions(),
}

_BROADCAST = S(x(2, 3), x(3)).twice()
_MISFIT = S(x(2, 3), x(4)).raises()
_INTS = (x(6, dtype="int32"), v([3, -3, 2, 7, -1, 5], "int32"))
_TIES = (v([1.0, 2, nan, 3, inf, -0.0]), v([1.0, 3, 1, nan, inf, 0.0]))


def _arithmetic(*more: Row) -> list[Row]:
    """Promotion of dimensions, numbers and categories."""
    return [
        _BROADCAST,
        _MISFIT,
        S(x(2, 3), 2.5),
        S(x(3, dtype="int32"), 2),
        S(x(3, dtype="int64"), 1.5),
        S(x(3, dtype="bfloat16"), x(dtype="float64")),
        S(x(3, dtype="float16"), x(3, dtype="int64")),
        S(x(3, dtype="int8"), x(3, dtype="uint8")),
        S(x(0, 3), x(3)),
        *more,
    ]


_COMPLEX_PAIR = S(x(3, dtype="complex64"), x(3)).twice()

BINARY = {
    "add": _arithmetic(
        S(x(2, 3), x(3), alpha=2.5),
        S(x(2, dtype="int64"), 3, alpha=2),
        S(x(4, dtype="bool"), x(4, dtype="bool")),
        _COMPLEX_PAIR,
        S(x(3), 2j),
    ),
    "sub": _arithmetic(S(x(2, 3), x(3), alpha=2.5), _COMPLEX_PAIR, S(v([True], "bool"), v([False], "bool")).raises()),
    "rsub": [S(x(2, 3), 2.0), S(x(2), x(2), alpha=3), S(x(2, dtype="int64"), 1)],
    "mul": _arithmetic(S(x(4, dtype="bool"), x(4, dtype="bool")), _COMPLEX_PAIR),
    "div": _arithmetic(
        _COMPLEX_PAIR,
        S(v([1, 0, -1], "int64"), 0),
        S(x(5), x(5), rounding_mode=None),
        S(x(3, dtype="int64"), 2, rounding_mode=None),
        S(x(6), x(6), rounding_mode="floor"),
        S(x(6), 0.3, rounding_mode="trunc"),
        S(*_INTS, rounding_mode="floor"),
        S(*_INTS, rounding_mode="trunc"),
        S(v([1, 2], "int64"), 0, rounding_mode="floor").raises(),
        S(x(2), x(2), rounding_mode="up").raises(),
    ),
    "floor_divide": [
        S(x(6, grad=False), x(6, grad=False)),
        S(*_INTS),
        S(v([1.0, 6.0, -7.0, 5.0, nan, inf, 1.0, -1.0], grad=False), v([0.1, 0.2, 2, 0, 1, 2, inf, inf], grad=False)),
        S(x(3, dtype="int64"), 0).raises(),
        S(7, v([2, -2], "int64")),
        S(v([True], "bool"), v([True], "bool")).raises(),
    ],
    "remainder": [
        S(x(6), x(6)),
        S(*_INTS),
        S(x(6), -0.7).twice(),
        S(5.0, x(3, grad=False)),
        S(v([1.0, -1.0, nan, inf, 5.0, -0.0], "float64"), v([0.0, inf, 1, 2, -inf, 2.0], "float64")),
        S(x(3, dtype="int64"), 0).raises(),
        S(x(3, dtype="uint8"), 3),
    ],
    "fmod": [
        S(x(6), x(6)),
        S(*_INTS),
        S(x(6), -0.7).twice(),
        S(v([1.0, -1.0, nan, inf, 5.0, -0.0], "float64"), v([0.0, inf, 1, 2, -inf, 2.0], "float64")),
        S(x(3, dtype="int64"), 0).raises(),
    ],
    "pow": [
        S(x(2, 3, low=0.2, high=2), x(3)).twice(),
        S(x(5), 2),
        S(x(5), 3).twice(),
        S(x(5, low=0.1), 0.5),
        S(x(5, low=0.1), -1.5),
        S(2, x(3)),
        S(v([0.0, -1.0, 2.0]), 0),
        S(v([0.0, 0.0, 0.0, 2.0]), v([0.0, 2.0, -1.0, 0.0])),
        S(x(4, dtype="int64"), 3),
        S(x(4, dtype="int64"), 2.0),
        S(v([2, 1, -1], "int64"), v([-1, -2, -3], "int64")),
        S(v([1, 2], "int64"), -1).raises(),
        S(v([True, False], "bool"), 2),
        S(0.0, v([0.0, 1.0, 2.0])),
        S(x(3, dtype="complex64"), 2).twice(),
        S(x(3, dtype="complex64"), x(3, dtype="complex64")).twice(),
        S(x(3, dtype="bfloat16", low=0.5), 2.5),
    ],
    "float_power": [
        S(x(3, low=0.2), x(3)),
        S(x(3, dtype="int64"), 2),
        S(2, x(3, dtype="int64")),
        S(x(3, dtype="complex64"), 2),
        S(x(3, dtype="float16", low=0.2), 0.5),
    ],
    "ldexp": [S(x(3), x(3, dtype="int32", low=0)), S(x(3), x(3)).twice(), S(x(3, dtype="int64"), x(3, dtype="int64"))],
    "maximum": [
        _BROADCAST,
        S(*_TIES),
        S(x(3, dtype="int64"), x(3, dtype="int32")),
        S(v([True, False], "bool"), v([False, False], "bool")),
        S(x(2, dtype="complex64"), x(2)).raises(),
    ],
    "minimum": [_BROADCAST, S(*_TIES), S(x(3, dtype="uint8"), x(3, dtype="bfloat16"))],
    "fmax": [_BROADCAST, S(*_TIES), S(x(3, dtype="int64"), x(3, dtype="int32"))],
    "fmin": [_BROADCAST, S(*_TIES), S(x(3, dtype="int64"), x(3, dtype="int32"))],
    "atan2": [
        _BROADCAST,
        S(v([0.0, -0.0, 1, nan, 0]), v([0.0, -1, 0, 1, -0.0])),
        S(x(3, dtype="int64"), x(3, dtype="int64")),
        S(x(3, dtype="bfloat16"), x(3, dtype="bfloat16")),
    ],
    "hypot": [
        _BROADCAST,
        S(v([0.0, 3.0, inf, 1e30]), v([0.0, 4.0, nan, 1e30])),
        S(x(2, dtype="int64"), x(2, dtype="int64")).raises(),
    ],
    "logaddexp": [
        _BROADCAST,
        S(v([inf, -inf, nan, 100.0]), v([inf, -inf, 1, -100.0], grad=False)),
        S(v([1 + 4j, -3 - 9j, 2j, 5.0], "complex64"), v([4 + 5.5j, 2.5 + 4j, -1.0, 1 + 1j], "complex64")),
        S(x(2, dtype="int64"), x(2, dtype="int64")).raises(),
    ],
    "logaddexp2": [_BROADCAST, S(v([inf, -inf, nan, 100.0], grad=False), v([inf, -inf, 1, -100.0], grad=False))],
    "xlogy": [
        S(x(2, 3), x(3, low=0.1)).twice(),
        S(v([0.0, 0, 0, 1, nan, 2]), v([0.0, -1, nan, 0, 1, 0.5])),
        S(0, x(3)),
        S(x(3), 2.0),
        S(x(3, dtype="int64"), v([1, 2, 3], "int64")),
    ],
    "special.xlog1py": [
        S(x(2, 3), x(3, low=-0.9)).twice(),
        S(v([0.0, 0, 0, 1, nan, 2]), v([-1.0, -2, nan, 0, 1, 0.5])),
        S(0, x(3)),
        S(x(3), 2.0),
    ],
    "copysign": [
        _BROADCAST,
        S(v([0.0, -0.0, 1, -2, nan]), v([-1.0, 1, -0.0, 0.0, -1])),
        S(x(3), -2.0),
        S(x(3, dtype="int64"), -1),
    ],
    "heaviside": [
        S(v([-1.0, 0, 2, nan], grad=False), v([0.5, 0.5, 0.5, 0.5], grad=False)),
        S(v([-1, 0, 2], "int64"), v([5], "int64")),
        S(x(2, grad=False), x(2, dtype="float64", grad=False)).raises(),
    ],
    "nextafter": [
        S(v([0.0, 1, -1, nan], grad=False), v([1.0, 0, -1, 1], grad=False)),
        S(x(3, dtype="float64", grad=False), x(3, dtype="float64", grad=False)),
        S(x(3), x(3)),
        S(v([1.0, 2, 3]), v([1.0, 3, 2])),  # no gradient where the two are equal
    ],
    "gcd": [S(*_INTS), S(v([12, 0, -8], "int64"), v([18, 0, 12], "int64")), S(x(2), x(2)).raises()],
    "lcm": [S(*_INTS), S(v([12, 0, -8], "int64"), v([18, 0, 12], "int64"))],
}

TERNARY = {
    "clamp": [
        S(x(2, 5), -0.5, 0.5),
        S(v([1.0, 2, 3, nan, -inf]), min=2),
        S(v([1.0, 2, 3, nan, inf]), max=2.0),
        S(v([1.0, 2, 3]), 3, 1),
        S(x(2, 3), x(3, low=-1, high=0), x(2, 1, low=0, high=1)).twice(),
        S(v([1.0, 2, 3]), v([1.0, 3, 5]), v([1.0, 2, 3])),
        S(v([1, 2, 3], "int64"), 2),
        S(v([1, 2, 3], "int64"), min=1.5),
        S(x(2)).raises(),
        S(x(3, dtype="bfloat16"), 0.1, 0.9),
        S(x(2, dtype="complex64"), 0).raises(),
    ],
    "clamp_min": [S(x(2, 3), 0.5), S(v([1.0, 2, nan]), v([1.0, 3, 0])), S(v([1, 2], "int64"), 2)],
    "clamp_max": [S(x(2, 3), 0.5), S(v([1.0, 2, nan]), v([1.0, 3, 0])), S(v([1, 2], "int64"), 1)],
    "lerp": [
        S(x(2, 3), x(3), 0.3),
        S(x(2, 3), x(3), 0.7),
        S(x(2, 3), x(3), x(2, 1)).twice(),
        S(x(3, dtype="bfloat16"), x(3, dtype="bfloat16"), 0.25),
        S(x(3, dtype="complex64"), x(3, dtype="complex64"), 0.25).twice(),
        S(x(2), x(2, dtype="float64"), 0.5).raises(),
    ],
    "addcmul": [
        S(x(2, 3), x(3), x(2, 1)).twice(),
        S(x(3), x(3), x(3), value=0.5),
        S(x(3, dtype="int64"), x(3, dtype="int64"), x(3, dtype="int64"), value=2),
        S(x(3, dtype="float16"), x(3, dtype="float16"), x(3, dtype="float16")),
    ],
    "addcdiv": [
        S(x(2, 3), x(3), x(2, 1)).twice(),
        S(x(3), x(3), x(3), value=0.5),
        S(x(2, dtype="int64"), x(2, dtype="int64"), x(2, dtype="int64")).raises(),
    ],
}


def _order(*more: Row) -> list[Row]:
    return [
        S(*_TIES),
        S(x(2, 3, dtype="int64"), 1),
        S(x(3, dtype="int32"), 0.5),
        S(x(3, dtype="bool"), x(3, dtype="bool")),
        _MISFIT,
        *more,
    ]


_UNORDERED = S(x(2, dtype="complex64"), x(2, dtype="complex64")).raises()
_LOGIC = [S(x(2, 3, dtype="bool"), x(3, dtype="bool")), S(v([0.0, 1, nan]), v([0, 1, 0], "int64")), _MISFIT]
_BITS = [
    S(x(5, dtype="int64"), x(5, dtype="int64")),
    S(x(3, dtype="uint8"), 6),
    S(x(3, dtype="bool"), x(3, dtype="bool")),
    S(x(2), 1).raises(),
    S(5, x(3, dtype="int64")),
]
_SHIFTS = [
    S(x(5, dtype="int64"), v([0, 1, 5, 63, 70], "int64")),
    S(v([200, 7], "uint8"), 3),
    S(2, v([1, 2, 3], "int32")),
    S(v([-200, 7], "int32"), v([1, -1], "int32")),
    S(v([True], "bool"), v([True], "bool")).raises(),
]

LOGIC = {
    "eq": _order(S(x(2, dtype="complex64"), x(2, dtype="complex64"))),
    "ne": _order(),
    "lt": _order(_UNORDERED),
    "le": _order(),
    "gt": _order(),
    "ge": _order(),
    "isclose": [
        S(v([1.0, 1, nan, inf, inf]), v([1.000001, 1.1, nan, inf, -inf])),
        S(v([1.0, nan]), v([1.05, nan]), rtol=0.1, equal_nan=True),
        S(v([100, 5], "int64"), v([101, 5], "int64"), rtol=0.1),
        S(x(2), x(2, dtype="float64")).raises(),
        S(x(2), x(2), rtol=-1.0).raises(),
        S(_COMPLEX_EDGES, _COMPLEX_EDGES),
    ],
    "logical_and": _LOGIC,
    "logical_or": _LOGIC,
    "logical_xor": _LOGIC,
    "logical_not": [S(v([0.0, 1, nan])), S(x(3, dtype="bool")), S(x(3, dtype="int64"))],
    "bitwise_and": _BITS,
    "bitwise_or": _BITS,
    "bitwise_xor": _BITS,
    "bitwise_not": [S(x(3, dtype="int64")), S(x(3, dtype="uint8")), S(x(3, dtype="bool")), S(x(2)).raises()],
    "bitwise_left_shift": _SHIFTS,
    "bitwise_right_shift": _SHIFTS,
}

COMPLEX = {
    "abs": [
        S(v(_EDGES)),
        S(x(4, dtype="int64")),
        S(v([0j, 3 - 4j, 1 + 1j], "complex64")),
        S(x(3, dtype="complex128")).twice(),
        S(v([1e-30 + 1e-30j, 1e30 - 1e30j], "complex64")).twice(),  # squares leave the range
        S(v([True], "bool")).raises(),
        S(x(2, dtype="float16")),
    ],
    "angle": [
        S(v(_EDGES)),
        S(x(4, dtype="int64")),
        S(v([0j, 3 - 4j, -2 + 0j], "complex64")),
        S(x(3, dtype="complex128")).twice(),
        S(x(2, dtype="float64")),
    ],
    "conj": [S(x(3, dtype="complex64")), S(x(3)), S(x(3, dtype="int64"))],
    "conj_physical": [S(x(3, dtype="complex64")), S(x(3))],
    "complex": [
        S(x(2, 3), x(3)),
        S(x(2, dtype="float64"), x(2, dtype="float64")).twice(),
        S(x(2), x(2, dtype="float64")).raises(),
        S(x(2, dtype="int64"), x(2, dtype="int64")).raises(),
    ],
    "polar": [S(x(2, 3, low=0.1), x(3)).twice(), S(v([-1.0, 0.0]), x(2)), S(x(2), x(2, dtype="float64")).raises()],
}

SAMPLES = {**UNARY, **BINARY, **TERNARY, **LOGIC, **COMPLEX}
