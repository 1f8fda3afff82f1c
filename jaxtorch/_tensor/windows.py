"""Factories of windows and frequencies: `torch.hann_window` and its like, `torch.fft.fftfreq`."""

from __future__ import annotations

from typing import Any

from jaxtorch._autograd import tape
from jaxtorch._base.modes import defaults
from jaxtorch._ops.table import TABLE
from jaxtorch._tensor.arguments import boolean, floating, integer
from jaxtorch._tensor.creation import finish, options


def _window(kind: str, window_length: Any, periodic: Any, parameters: tuple, given: dict) -> Any:
    name = f"{kind}_window"
    wanted, device = options(given.get("dtype"), given.get("device"), given.get("layout"), name)
    statics = (
        kind,
        integer(window_length, name, "window_length", 1),
        boolean(periodic, name, "periodic", 2),
        parameters,
        wanted or defaults.dtype,
    )
    return finish(tape.apply(TABLE["_window"], [], statics), device, given.get("requires_grad", False))


def _plain(kind: str, doc: str) -> Any:
    def window(
        window_length: int,
        periodic: bool = True,
        *,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
    ) -> Any:
        given = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
        return _window(kind, window_length, periodic, (), given)

    window.__name__ = window.__qualname__ = f"{kind}_window"
    window.__doc__ = doc
    return window


bartlett_window = _plain("bartlett", "A triangle from zero to zero; `periodic` leaves the last point out.")
blackman_window = _plain("blackman", "Blackman's window of three cosines; `periodic` leaves the last point out.")
hann_window = _plain("hann", "Hann's window, a raised cosine; `periodic` leaves the last point out.")


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Hamming's window, `alpha - beta * cos(...)`; `periodic` leaves the last point out."""
    parameters = (floating(alpha, "hamming_window", "alpha", 3), floating(beta, "hamming_window", "beta", 4))
    given = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return _window("hamming", window_length, periodic, parameters, given)


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Kaiser's window of shape `beta`; `periodic` leaves the last point out."""
    given = {"dtype": dtype, "layout": layout, "device": device, "requires_grad": requires_grad}
    return _window("kaiser", window_length, periodic, (floating(beta, "kaiser_window", "beta", 3),), given)


def _frequencies(name: str, doc: str) -> Any:
    def frequencies(
        n: int,
        d: float = 1.0,
        *,
        out: Any = None,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
    ) -> Any:
        wanted, where = options(dtype, device, layout, f"fft_{name}")
        kind = wanted or (defaults.dtype if out is None else out.dtype)
        statics = (integer(n, f"fft_{name}", "n", 1), floating(d, f"fft_{name}", "d", 2), kind)
        return finish(tape.apply(TABLE[f"_{name}"], [], statics), where, requires_grad, out, f"fft_{name}")

    frequencies.__name__ = frequencies.__qualname__ = name
    frequencies.__doc__ = doc
    return frequencies


fftfreq = _frequencies("fftfreq", "The frequencies of a transform of `n` points `d` apart, in its order.")
rfftfreq = _frequencies("rfftfreq", "The frequencies of a real transform of `n` points `d` apart.")

FUNCTIONS = {
    **{f.__name__: f for f in (bartlett_window, blackman_window, hamming_window, hann_window, kaiser_window)},
    "fft.fftfreq": fftfreq,
    "fft.rfftfreq": rfftfreq,
}
