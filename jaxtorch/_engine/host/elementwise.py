"""lax primitives that act element by element. Each entry makes a NumPy function from the equation's parameters."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special

from jaxtorch._engine.host import special

Maker = Callable[[dict, Any], Callable | None]  # None: what comes in goes out


class Unsupported(Exception):
    """A primitive has no NumPy implementation."""


def plain(function: Any) -> Maker:
    """A primitive without parameters."""
    return lambda params, eqn: function


def total_order(x: Any) -> np.ndarray:
    """Integers in the order of floating-point numbers in which NaNs are outermost and -0 is below 0."""
    x = np.asarray(x)
    if x.dtype.kind in "iu":
        return x
    if x.dtype.kind == "b":
        return x.view(np.uint8)
    if x.dtype.kind == "c":
        raise Unsupported("total order of complex numbers")
    bits = np.ascontiguousarray(x).view(f"i{x.dtype.itemsize}").reshape(x.shape)
    return np.where(bits < 0, bits ^ np.iinfo(bits.dtype).max, bits)


def _ordered(compare: Callable) -> Maker:
    def make(params: dict, eqn: Any) -> Callable:
        if eqn.invars[0].aval.dtype.kind == "c":
            raise Unsupported("total order of complex numbers")
        return lambda a, b: compare(total_order(a), total_order(b))

    return make


def _same_dtype(function: Callable) -> Maker:
    """A function that SciPy computes in its own precision."""

    def make(params: dict, eqn: Any) -> Callable:
        dtype = eqn.outvars[0].aval.dtype
        wide = np.float64 if dtype == np.float64 else np.float32

        def run(*args: Any) -> Any:
            return np.asarray(function(*[np.asarray(a).astype(wide) for a in args])).astype(dtype)

        if all(v.aval.dtype == wide == dtype for v in eqn.invars):
            return function
        return run

    return make


def _div(params: dict, eqn: Any) -> Callable:
    if eqn.outvars[0].aval.dtype.kind not in "iu":
        return np.divide

    def truncating(a: Any, b: Any) -> Any:
        quotient = np.floor_divide(a, b)
        return quotient + ((np.fmod(a, b) != 0) & ((a < 0) != (b < 0)))

    return truncating if eqn.outvars[0].aval.dtype.kind == "i" else np.floor_divide


def _round(params: dict, eqn: Any) -> Callable:
    if int(params["rounding_method"]) == 1:
        return np.rint
    return lambda x: np.where(np.abs(x) < 1e15, np.trunc(x + np.copysign(np.asarray(0.5, x.dtype), x)), x)


def _integer_pow(params: dict, eqn: Any) -> Callable:
    y = params["y"]
    if y == 2:
        return np.square
    if y < 0:
        return lambda x: np.asarray(1, x.dtype) / _times(x, -y)
    return lambda x: _times(x, y)


def _times(x: Any, y: int) -> Any:
    result = None
    while y:
        if y & 1:
            result = x if result is None else result * x
        y >>= 1
        x = x * x if y else x
    return np.ones_like(x) if result is None else result


def _logistic(x: Any) -> Any:
    one = np.asarray(1, x.dtype)
    return one / (one + np.exp(-x))


def _sign(x: Any) -> Any:
    if np.iscomplexobj(x):
        size = np.abs(x)
        return np.where(size == 0, 0, x / np.where(size == 0, 1, size)).astype(x.dtype)
    return np.sign(x)


def _shift(function: Callable, fill: Any = 0) -> Callable:
    def run(x: Any, n: Any) -> Any:
        bits = x.dtype.itemsize * 8
        return np.where(
            (n >= 0) & (n < bits), function(x, np.where((n >= 0) & (n < bits), n, 0)), np.asarray(fill, x.dtype)
        ).astype(x.dtype)

    return run


def _shift_right_arithmetic(x: Any, n: Any) -> Any:
    bits = x.dtype.itemsize * 8
    return np.right_shift(x, np.where((n >= 0) & (n < bits), n, bits - 1).astype(x.dtype))


def _shift_right_logical(x: Any, n: Any) -> Any:
    unsigned = x.view(f"u{x.dtype.itemsize}") if x.ndim else np.asarray(x).reshape(1).view(f"u{x.dtype.itemsize}")[0]
    return _shift(np.right_shift)(unsigned, n.astype(unsigned.dtype)).astype(unsigned.dtype).view(x.dtype)


def _select_n(params: dict, eqn: Any) -> Callable:
    if len(eqn.invars) == 3:
        return lambda which, on_false, on_true: np.where(which, on_true, on_false)
    return lambda which, *cases: np.choose(which.astype(np.int64), cases)


def _convert(params: dict, eqn: Any) -> Callable:
    dtype = np.dtype(params["new_dtype"])
    if eqn.invars[0].aval.dtype == dtype:
        return lambda x: x
    if dtype == np.bool_:
        return lambda x: x != 0
    if dtype.kind != "c" and eqn.invars[0].aval.dtype.kind == "c":
        return lambda x: np.real(x).astype(dtype)
    if dtype.kind in "iu" and eqn.invars[0].aval.dtype.kind in "fV":
        return lambda x: _saturate(x, dtype)
    return operator.methodcaller("astype", dtype)


def _saturate(x: Any, dtype: np.dtype) -> Any:
    """XLA's float to int: saturating, nan gives 0."""
    info = np.iinfo(dtype)
    wide = np.asarray(x).astype(np.float64)
    inside = (wide > info.min) & (wide < float(info.max))
    cast = np.where(inside, wide, 0).astype(dtype)
    return np.where(
        inside, cast, np.where(wide >= float(info.max), info.max, np.where(wide <= info.min, info.min, 0)).astype(dtype)
    )


def _clamp(low: Any, x: Any, high: Any) -> Any:
    return np.minimum(np.maximum(x, low), high)


def _complex(params: dict, eqn: Any) -> Callable:
    dtype = eqn.outvars[0].aval.dtype

    def run(real: Any, imag: Any) -> Any:
        out = np.empty(np.broadcast_shapes(np.shape(real), np.shape(imag)), dtype)
        out.real, out.imag = real, imag
        return out

    return run


def _rsqrt(x: Any) -> Any:
    return np.asarray(1, x.dtype) / np.sqrt(x)


def _lgamma(x: Any) -> Any:
    return np.where(np.isinf(x), np.inf, scipy.special.gammaln(x))


ELEMENTWISE: dict[str, Maker] = {
    **{
        name: plain(function)
        for name, function in {
            "neg": np.negative,
            "sign": _sign,
            "floor": np.floor,
            "ceil": np.ceil,
            "exp": np.exp,
            "exp2": np.exp2,
            "log": np.log,
            "log1p": np.log1p,
            "expm1": np.expm1,
            "tanh": np.tanh,
            "sin": np.sin,
            "cos": np.cos,
            "tan": np.tan,
            "asin": np.arcsin,
            "acos": np.arccos,
            "atan": np.arctan,
            "sinh": np.sinh,
            "cosh": np.cosh,
            "asinh": np.arcsinh,
            "acosh": np.arccosh,
            "atanh": np.arctanh,
            "sqrt": np.sqrt,
            "rsqrt": _rsqrt,
            "cbrt": np.cbrt,
            "logistic": _logistic,
            "abs": np.abs,
            "not": np.invert,
            "is_finite": np.isfinite,
            "square": np.square,
            "real": np.real,
            "imag": np.imag,
            "conj": np.conjugate,
            "add": np.add,
            "add_any": np.add,
            "sub": np.subtract,
            "mul": np.multiply,
            "rem": np.fmod,
            "max": np.maximum,
            "min": np.minimum,
            "pow": np.power,
            "atan2": np.arctan2,
            "and": np.bitwise_and,
            "or": np.bitwise_or,
            "xor": np.bitwise_xor,
            "eq": np.equal,
            "ne": np.not_equal,
            "lt": np.less,
            "le": np.less_equal,
            "gt": np.greater,
            "ge": np.greater_equal,
            "nextafter": np.nextafter,
            "clamp": _clamp,
            "shift_left": _shift(np.left_shift),
            "shift_right_arithmetic": _shift_right_arithmetic,
            "shift_right_logical": _shift_right_logical,
            "copy": lambda x: x,
            "copy_p": lambda x: x,
            "stop_gradient": lambda x: x,
            "optimization_barrier": lambda *x: x,
        }.items()
    },
    **{
        name: _same_dtype(function)
        for name, function in {
            "erf": special.erf,
            "erfc": scipy.special.erfc,
            "erf_inv": scipy.special.erfinv,
            "lgamma": _lgamma,
            "digamma": scipy.special.digamma,
            "bessel_i0e": scipy.special.i0e,
            "bessel_i1e": scipy.special.i1e,
        }.items()
    },
    "polygamma": _same_dtype(scipy.special.polygamma),
    "lt_to": _ordered(np.less),
    "le_to": _ordered(np.less_equal),
    "eq_to": _ordered(np.equal),
    "div": _div,
    "round": _round,
    "integer_pow": _integer_pow,
    "select_n": _select_n,
    "convert_element_type": _convert,
    "complex": _complex,
}
