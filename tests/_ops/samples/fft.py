"""Rows of the Fourier transforms and of the short-time ones."""

from tests._ops.samples import Row, S, v, x


def _single(dtype: str, *more: Row) -> list[Row]:
    return [
        S(x(6, dtype=dtype)),
        S(x(2, 5, dtype=dtype), 4),
        S(x(3, 2, dtype=dtype), n=5, dim=0, norm="ortho"),
        S(x(4, dtype="float64"), norm="forward"),
        S(x(4, dtype=dtype), norm="best").raises(),
        S(x(4, dtype=dtype), 0).raises(),
        *more,
    ]


def _several(dtype: str) -> list[Row]:
    return [
        S(x(3, 4, dtype=dtype)),
        S(x(2, 3, 4, dtype=dtype), (3, 4), (0, 2), "ortho"),
        S(x(2, 4, dtype=dtype), s=(4,), dim=(1,)),
    ]


def _pair(dtype: str) -> list[Row]:
    return [S(x(3, 4, dtype=dtype)), S(x(2, 3, 4, dtype=dtype), (3, 4), norm="forward")]


_SINGLE = {
    "fft.fft": _single("float32", S(x(5, dtype="complex64")).twice(), S(x(4, dtype="int64"))),
    "fft.ifft": _single("complex64"),
    "fft.rfft": _single("float32", S(x(5)).twice(), S(x(4, dtype="complex64")).raises()),
    "fft.irfft": _single("complex64"),
    "fft.hfft": _single("complex64"),
    "fft.ihfft": _single("float32"),
}

_SEVERAL = {
    **{
        f"fft.{name}n": _several(dtype)
        for name, dtype in (
            ("fft", "complex64"),
            ("ifft", "complex64"),
            ("rfft", "float32"),
            ("irfft", "complex64"),
            ("hfft", "complex64"),
            ("ihfft", "float32"),
        )
    },
    **{
        f"fft.{name}2": _pair(dtype)
        for name, dtype in (
            ("fft", "complex64"),
            ("ifft", "complex64"),
            ("rfft", "float32"),
            ("irfft", "complex64"),
            ("hfft", "complex64"),
            ("ihfft", "float32"),
        )
    },
    "fft.fftshift": [S(x(5)), S(x(2, 3), 1), S(x(2, 4), (0, 1))],
    "fft.ifftshift": [S(x(5)), S(x(2, 3), dim=1)],
}

_WINDOW = v([0.5, 1.0, 1.0, 0.5], grad=False)

_SHORT_TIME = {
    "stft": [
        S(x(12), 4, window=_WINDOW, return_complex=True),
        S(x(2, 12), 4, 2, window=_WINDOW, center=False, normalized=True, onesided=False, return_complex=True),
        S(x(12), 4, 3, 4, _WINDOW, pad_mode="constant", return_complex=True),
        S(x(12), 4, window=_WINDOW).raises(),
    ],
    "istft": [
        S(x(3, 13, dtype="complex64"), 4, 1, window=_WINDOW).tol(1e-4),
        S(x(2, 3, 7, dtype="complex64"), 4, 2, window=_WINDOW, length=11).tol(1e-4),
        S(x(3, 7), 4).raises(),
    ],
}

SAMPLES = {**_SINGLE, **_SEVERAL, **_SHORT_TIME}
