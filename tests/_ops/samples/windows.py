"""Rows of windows and of the frequencies of transforms."""

from tests._ops.samples import S, dt


def _window(*args: object, **options: object) -> list:
    return [
        S(7, *args, **options),
        S(6, False, *args, **options),
        S(1, **options),
        S(0, **options),
        S(5, dtype=dt("float64"), **options),
        S(5, dtype=dt("bfloat16"), **options),
        S(-1, **options).raises(),
        S(4, dtype=dt("int64"), **options).raises(),
    ]


def _signal(**options: object) -> list:
    return [
        S(7, **options),
        S(6, sym=False, dtype=dt("float64"), **options),
        S(1, **options),
        S(0, **options),
        S(-1, **options).raises(),
        S(4, dtype=dt("float16"), **options).raises(),
    ]


def _frequencies() -> list:
    return [S(5), S(6, 0.5), S(1), S(4, dtype=dt("float64")), S(4, dtype=dt("int64")).raises()]


SAMPLES = {
    "bartlett_window": _window(),
    "blackman_window": _window(),
    "hann_window": _window(),
    "hamming_window": [*_window(), S(5, True, 0.6), S(5, True, 0.6, 0.3)],
    "kaiser_window": [*_window(), S(5, True, 3.0)],
    "signal.windows.bartlett": _signal(),
    "signal.windows.blackman": _signal(),
    "signal.windows.cosine": _signal(),
    "signal.windows.exponential": [
        *_signal(tau=2.0),
        S(5, sym=False, center=1.0),
        S(5, center=1.0).raises(),
        S(5, tau=-1.0).raises(),
    ],
    "signal.windows.gaussian": [*_signal(std=1.5), S(5, std=0.0).raises()],
    "signal.windows.general_cosine": [*_signal(a=[0.5, 0.3, 0.2]), S(3, a=[]).raises(), S(3, a=1.0).raises()],
    "signal.windows.general_hamming": _signal(alpha=0.7),
    "signal.windows.hamming": _signal(),
    "signal.windows.hann": _signal(),
    "signal.windows.kaiser": [*_signal(beta=3.0), S(5, beta=-1.0).raises()],
    "signal.windows.nuttall": _signal(),
    "fft.fftfreq": _frequencies(),
    "fft.rfftfreq": _frequencies(),
}
