"""Rows of torch.special."""

from math import inf, nan

from tests._ops.samples import Row, S, v, x

_EDGES = v([0.0, -0.0, 1, -1, nan, inf, -inf], "float64", grad=False)


def _smooth(low: float, high: float, *more: Row) -> list[Row]:
    return [
        S(x(2, 3, low=low, high=high)).twice(),
        S(x(6, dtype="float64", low=low, high=high)),
        S(_EDGES),
        S(v([1, 2, 3], "int64")),
        *more,
    ]


def _plain(low: float, high: float) -> list[Row]:
    """Without a derivative; near, far, and at the edges."""
    return [
        S(x(8, dtype="float64", low=low, high=high)).tol(1e-6),
        S(x(8, dtype="float64", low=low, high=3)).tol(1e-6),
        S(x(4, low=low, high=high, grad=False)).tol(1e-5),
        S(x(2, low=max(low, 0.5), high=3)),
        S(_EDGES),
        S(v([1, 2, 3], "int64")),
    ]


def _polynomial(low: float, high: float) -> list[Row]:
    degrees = v([0, 1, 2, 5, 8, 3], "int64")
    return [
        S(x(6, dtype="float64", low=low, high=high), degrees),
        S(x(2, 1, low=low, high=high), v([0, 3, -1], "int64")),
        S(x(3, low=low, high=high), 4),
        S(0.5, degrees),
        S(x(3, grad=False), v([inf, nan, -inf], grad=False)),  # no int64: counts as negative
        S(x(2), x(3)).raises(),
    ]


SAMPLES = {
    "i0": _smooth(-4, 4),
    "special.i0e": _smooth(-4, 4),
    "special.i1": _smooth(-4, 4),
    "special.i1e": _smooth(-4, 4),
    "special.modified_bessel_i0": _plain(-4, 20),
    "special.modified_bessel_i1": _plain(-4, 20),
    "special.ndtr": _smooth(-3, 3, S(x(3, dtype="bfloat16"))),
    "special.log_ndtr": _smooth(-4, 3, S(v([-40.0, -10, 9, 40]))),
    "special.ndtri": _smooth(0.05, 0.95),
    "special.erfcx": _smooth(-2, 4, S(v([-5.0, 30, 100]))),
    "special.entr": [*_smooth(0.1, 3)[:1], S(v([0.0, -1, nan, inf, 0.5])), S(v([0, 1, 2], "int64"))],
    "igamma": [
        S(x(2, 3, low=0.5, high=4, grad=False), x(2, 3, low=0.5, high=4)),
        S(v([1.0, 0, 0, 2, -1], grad=False), v([0.0, 1, 0, inf, 1], grad=False)),
        S(x(2, dtype="int64"), x(2, dtype="int64")).raises(),
        S(x(2, 3), x(4)).raises(),
        S(v([inf, inf, 1e6, 3e5, nan], grad=False), v([1.0, inf, 1e6, 299_500, inf], grad=False)),
    ],
    "igammac": [
        S(x(2, 3, low=0.5, high=4, grad=False), x(2, 3, low=0.5, high=4)),
        S(v([1.0, 0, 0, 2, -1], grad=False), v([0.0, 1, 0, inf, 1], grad=False)),
        S(v([inf, inf, 1e6, 3e5, nan], grad=False), v([1.0, inf, 1e6, 299_500, inf], grad=False)),
    ],
    "special.zeta": [
        S(x(2, 3, low=1.5, high=5, grad=False), x(3, low=0.5, high=4)),
        S(3.0, x(3, low=0.5, high=4)),
        S(v([1.0, 0.5, 2, 2], grad=False), v([1.0, 1, 0, -1], grad=False)),
        S(v([2, 3], "int64"), 2),
        S(v([1.1, 1e6, inf, 1e30, 3], grad=False), v([inf, 5, -2.5, -1.5, 1e20], grad=False)),
        S(v([3.0, 4, 2.5], "float64", grad=False), v([-8.5, -0.3, -0.5], "float64")),
    ],
    "special.bessel_j0": _plain(-60, 60),
    "special.bessel_j1": _plain(-60, 60),
    "special.bessel_y0": _plain(-1, 60),
    "special.bessel_y1": _plain(-1, 60),
    "special.modified_bessel_k0": _plain(-1, 40),
    "special.modified_bessel_k1": _plain(-1, 40),
    "special.scaled_modified_bessel_k0": _plain(-1, 40),
    "special.scaled_modified_bessel_k1": _plain(-1, 40),
    "special.airy_ai": [row.tol(1e-5) for row in _plain(-12, 8)],
    "special.spherical_bessel_j0": _plain(-9, 9),
    **{
        f"special.{shift}chebyshev_polynomial_{kind}": _polynomial(-1.2, 1.5)
        for shift in ("", "shifted_")
        for kind in "tuvw"
    },
    "special.hermite_polynomial_h": _polynomial(-2, 2),
    "special.hermite_polynomial_he": _polynomial(-2, 2),
    "special.laguerre_polynomial_l": _polynomial(0, 3),
    "special.legendre_polynomial_p": _polynomial(-1, 1),
}
