"""`torch.signal.windows`: windows of a length `M`, symmetric unless `sym=False`.

All take `dtype` (float32 or float64), `layout`, `device` and `requires_grad`. They raise ValueError for a negative
length, another dtype, and parameters out of range.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jaxtorch._autograd import tape
from jaxtorch._base.modes import defaults
from jaxtorch._ops.table import TABLE
from jaxtorch._ops.windows import SUMS_OF_COSINES
from jaxtorch._tensor.arguments import boolean, floating, integer
from jaxtorch._tensor.creation import finish, options

__all__ = [
    "bartlett",
    "blackman",
    "cosine",
    "exponential",
    "gaussian",
    "general_cosine",
    "general_hamming",
    "hamming",
    "hann",
    "kaiser",
    "nuttall",
]


def _made(kind: str, length: Any, sym: Any, parameters: Any, dtype: Any, layout: Any, device: Any, grad: bool) -> Any:
    if layout is not None and str(layout) != "torch.strided":
        name = "general_cosine" if kind in SUMS_OF_COSINES else kind
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    wanted, where = options(dtype, device, None, kind)
    statics = (kind, integer(length, kind, "M", 1), boolean(sym, kind, "sym"), parameters, wanted or defaults.dtype)
    return finish(tape.apply(TABLE["_signal_window"], [], statics), where, grad)


def _plain(kind: str, doc: str) -> Any:
    def window(
        M: int,
        *,
        sym: bool = True,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Any:
        return _made(kind, M, sym, (), dtype, layout, device, requires_grad)

    window.__name__ = window.__qualname__ = kind
    window.__module__ = __name__
    window.__doc__ = doc
    return window


bartlett = _plain("bartlett", "A triangle from zero to zero.")
blackman = _plain("blackman", "Blackman's window, a sum of three cosines.")
cosine = _plain("cosine", "Half a period of a sine, sampled between its zeros.")
hamming = _plain("hamming", "Hamming's window, `0.54 - 0.46 * cos(...)`.")
hann = _plain("hann", "Hann's window, a raised cosine.")
nuttall = _plain("nuttall", "Nuttall's minimum 4-term Blackman-Harris window.")


def exponential(
    M: int,
    *,
    center: float | None = None,
    tau: float = 1.0,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`exp(-|n - center| / tau)`; a symmetric window has its own center."""
    parameters = (None if center is None else floating(center), tau)
    return _made("exponential", M, sym, parameters, dtype, layout, device, requires_grad)


def gaussian(
    M: int,
    *,
    std: float = 1.0,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """A normal density of standard deviation `std`, one at the center."""
    return _made("gaussian", M, sym, (std,), dtype, layout, device, requires_grad)


def kaiser(
    M: int,
    *,
    beta: float = 12.0,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Kaiser's window of shape `beta`."""
    return _made("kaiser", M, sym, (beta,), dtype, layout, device, requires_grad)


def general_cosine(
    M: int,
    *,
    a: Iterable,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """A sum of cosines with the weights `a` and alternating signs."""
    weights = tuple(floating(w) for w in a) if isinstance(a, (list, tuple)) else a
    return _made("general_cosine", M, sym, weights, dtype, layout, device, requires_grad)


def general_hamming(
    M: int,
    *,
    alpha: float = 0.54,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`alpha - (1 - alpha) * cos(...)`."""
    return _made("general_hamming", M, sym, (floating(alpha),), dtype, layout, device, requires_grad)
