"""Short-time Fourier transforms."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from jaxtorch._base import dtypes
from jaxtorch._base.dtypes import from_numpy_dtype
from jaxtorch._base.once import warn_once
from jaxtorch._base.promotion import promote_types
from jaxtorch._base.sizes import wrap_dim
from jaxtorch._ops.checks import dtype_name
from jaxtorch._ops.gather import IN_BOUNDS
from jaxtorch._ops.layouts import frames
from jaxtorch._ops.table import op

# ----- What PyTorch's messages begin with -----


def _flag(x) -> str:
    return "None" if x is None else str(int(x))


def _shown(x, brackets: str = "[]") -> str:
    kind = from_numpy_dtype(x.dtype)
    name = f"CPU{kind.scalar_name}Type" if kind.is_complex else f"torch.{kind.scalar_name}Tensor"
    return f"{name}{brackets[0]}{', '.join(map(str, x.shape))}{brackets[1]}"


_NO_WINDOW = (
    "A window was not provided. A rectangular window will be applied{}To suppress this warning and use a rectangular "
    "window, explicitly set `window=torch.ones(n_fft, device=<device>)`."
)
_LEAKS = (
    ",which is known to cause spectral leakage. Other windows such as torch.hann_window or torch.hamming_window are "
    "recommended to reduce spectral leakage."
)
_INVERTS = ".Please provide the same window used by stft to make the inversion lossless."


def _shown_window(window) -> str:
    return "None" if window is None else f"torch.{dtype_name(window)}Tensor{{{list(window.shape)}}}"


def _complex(x) -> bool:
    return x is not None and jnp.issubdtype(x.dtype, jnp.complexfloating)


# ----- Forward -----


def _padded(x, amount: int, mode: str):
    if mode == "constant":
        return jnp.pad(x, [(0, 0), (amount, amount)])
    if mode == "reflect" and amount >= x.shape[1]:
        raise RuntimeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but got: "
            f"padding ({amount}, {amount}) at dimension 2 of input [1, {x.shape[0]}, {x.shape[1]}]"
        )
    known = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if mode not in known:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    return jnp.pad(x, [(0, 0), (amount, amount)], mode=known[mode])


def _centred(window, n_fft: int):
    """The window in the middle of a frame."""
    left = (n_fft - window.shape[0]) // 2
    return jnp.pad(window, (left, n_fft - window.shape[0] - left))


def _stft_sizes(input, x, window, n_fft, hop, win, normalized, onesided, return_complex, align) -> None:
    said = (
        f"stft({_shown(x if input.ndim > 1 else x[0])}, n_fft={n_fft}, hop_length={hop}, win_length={win}, window="
        f"{_shown_window(window)}, normalized={int(normalized)}, onesided={_flag(onesided)}, return_complex="
        f"{_flag(return_complex)}, align_to_window={_flag(align)}) : "
    )
    if from_numpy_dtype(input.dtype).category < dtypes.FLOATING:
        raise RuntimeError(f"{said}expected a tensor of floating point or complex values")
    if input.ndim > 2:
        raise RuntimeError(f"{said}expected a 1D or 2D tensor")
    if not 0 < n_fft <= x.shape[-1]:
        raise RuntimeError(f"{said}expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}")
    if hop <= 0:
        raise RuntimeError(f"{said}expected hop_length > 0, but got hop_length={hop}")
    if not 0 < win <= n_fft:
        raise RuntimeError(f"{said}expected 0 < win_length <= n_fft, but got win_length={win}")
    if window is not None and window.shape != (win,):
        raise RuntimeError(
            f"{said}expected a 1D window tensor of size equal to win_length={win}, but got window with "
            f"size {list(window.shape)}"
        )


def _want_complex(input, window, return_complex: bool | None) -> bool:
    if return_complex is not None:
        return return_complex
    if not (_complex(input) or _complex(window)):
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further "
            "require that return_complex=True in a future PyTorch release."
        )
    return True


@op(
    "stft(Tensor input, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, "
    "str pad_mode='reflect', bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? "
    "align_to_window=None) -> Tensor",
    grad="bilinear",
    grad_name="StftBackward0",
    layout=frames,
)
def stft(
    input,
    window,
    *,
    n_fft,
    hop_length,
    win_length,
    center,
    pad_mode,
    normalized,
    onesided,
    return_complex,
    align_to_window,
):
    hop = n_fft // 4 if hop_length is None else hop_length
    win = n_fft if win_length is None else win_length
    if window is None:
        warn_once(_NO_WINDOW.format(_LEAKS), stacklevel=2)
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    x = jnp.atleast_1d(input).reshape(-1, input.shape[-1] if input.ndim else 1)
    if center:
        x = _padded(x, n_fft // 2, pad_mode)
    _stft_sizes(
        input,
        x.reshape(*input.shape[:-1], x.shape[-1]) if input.ndim > 2 else x,
        window,
        n_fft,
        hop,
        win,
        normalized,
        onesided,
        return_complex,
        align_to_window,
    )
    as_complex = _want_complex(input, window, return_complex)
    two_sided = _complex(input) or _complex(window)
    if two_sided and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    kind = from_numpy_dtype(x.dtype)
    full = jnp.ones(win, x.dtype) if window is None else window
    kind = promote_types(kind, from_numpy_dtype(full.dtype)).numpy_dtype
    if align_to_window:  # the window, not the frame around it, begins at the first sample
        left = (n_fft - win) // 2
        x = jnp.pad(x, [(0, 0), (left, n_fft - win - left)])
    count = 1 + (x.shape[1] - n_fft) // hop
    where = np.arange(count, dtype=np.int32)[:, None] * hop + np.arange(n_fft, dtype=np.int32)[None, :]
    frames = x.astype(kind).at[:, where].get(mode=IN_BOUNDS, wrap_negative_indices=False)
    frames = frames * _centred(full, n_fft).astype(kind)
    one = not two_sided and (onesided is None or onesided)
    spectrum = (jnp.fft.rfft if one else jnp.fft.fft)(frames, axis=-1, norm="ortho" if normalized else None)
    out = jnp.swapaxes(spectrum, 1, 2)
    out = out if input.ndim > 1 else out[0]
    return out if as_complex else jnp.stack([out.real, out.imag], -1)


# ----- Inverse -----


def _overlapped(frames, hop: int):
    """Frames (batch, count, length) added where they overlap."""
    count, length = frames.shape[1:]
    where = np.arange(count, dtype=np.int32)[:, None] * hop + np.arange(length, dtype=np.int32)[None, :]
    total = jnp.zeros((frames.shape[0], length + hop * (count - 1)), frames.dtype)
    return total.at[:, where].add(frames, mode=IN_BOUNDS, wrap_negative_indices=False)


def _istft_said(input, window, n_fft, hop, win, center, normalized, onesided, length, return_complex) -> str:
    return (
        f"istft({_shown(input)}, n_fft={n_fft}, hop_length={hop}, win_length={win}, "
        f"window={_shown_window(window)}, center={int(center)}, normalized={int(normalized)}, "
        f"onesided={_flag(onesided)}, length={length}, return_complex={int(return_complex)})"
    )


def _istft_span(n_fft: int, total: int, center: bool, length: int | None) -> tuple[int, int]:
    start = n_fft // 2 if center else 0
    return start, start + length if length is not None else total - n_fft // 2 if center else total


def _envelope(window, win: int, n_fft: int, hop: int, frames: int, real):
    full = _centred(jnp.ones(win, real) if window is None else window, n_fft)
    return full, _overlapped(jnp.broadcast_to(full * full, (1, frames, n_fft)), hop)[0]


def _check_envelope(
    input, window, *, n_fft, hop_length, win_length, center, normalized, onesided, length, return_complex
):
    hop = n_fft // 4 if hop_length is None else hop_length
    win = n_fft if win_length is None else win_length
    frames = input.shape[-1]
    _, envelope = _envelope(window, win, n_fft, hop, frames, jnp.float64)
    start, end = _istft_span(n_fft, envelope.shape[0], center, length)
    said = _istft_said(input, window, n_fft, hop, win, center, normalized, onesided, length, return_complex)
    lowest = jnp.abs(envelope[start:end]).min(initial=jnp.inf)
    return lowest >= 1e-11, RuntimeError, f"{said} window overlap add min: 1"


def _istft_sizes(input, window, n_fft, hop, win, onesided, return_complex, said: str) -> None:
    if not _complex(input):
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if not input.size:
        raise RuntimeError(f"{said} : input tensor cannot be empty.")
    if input.ndim == 1:
        wrap_dim(-3, 2)
    if input.ndim not in (2, 3):
        raise RuntimeError(f"{said} : expected a tensor with 3 or 4 dimensions, but got {input.ndim + 1}")
    bins = input.shape[-2]
    if onesided and bins != n_fft // 2 + 1:
        raise RuntimeError(
            f"{said} : expected the frequency dimension (3rd to the last) of the input tensor to match "
            f"n_fft / 2 + 1 when onesided=True, but got {bins}"
        )
    if not onesided and bins != n_fft:
        raise RuntimeError(
            f"{said} : expected the frequency dimension (3rd to the last) of the input tensor to match "
            f"n_fft when onesided=False, but got {bins}"
        )
    if not 0 < hop <= win:
        raise RuntimeError(f"{said} : expected 0 < hop_length <= win_length")
    if not 0 < win <= n_fft:
        raise RuntimeError(f"{said} : expected 0 < win_length <= n_fft")
    if window is not None and window.shape != (win,):
        raise RuntimeError(f"{said} : Invalid window shape. window has to be 1D and length of `win_length`")
    if onesided and return_complex:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if _complex(window) and not return_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")


@op(
    "istft(Tensor input, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, "
    "bool normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) -> Tensor",
    check=_check_envelope,
    grad_name="IstftBackward0",
)
def istft(input, window, *, n_fft, hop_length, win_length, center, normalized, onesided, length, return_complex):
    hop = n_fft // 4 if hop_length is None else hop_length
    win = n_fft if win_length is None else win_length
    said = _istft_said(input, window, n_fft, hop, win, center, normalized, onesided, length, return_complex)
    one = onesided if onesided is not None else input.ndim < 2 or input.shape[-2] != n_fft
    _istft_sizes(input, window, n_fft, hop, win, one, return_complex, said)
    x = input if input.ndim == 3 else input[None]
    if window is None:
        warn_once(_NO_WINDOW.format(_INVERTS), stacklevel=2)
    frames = jnp.swapaxes(x, 1, 2)
    norm = "ortho" if normalized else None
    if return_complex:
        frames = jnp.fft.ifft(frames, axis=-1, norm=norm)
    else:  # the other half of a two-sided spectrum is not looked at
        frames = jnp.fft.irfft(frames[..., : n_fft // 2 + 1], n=n_fft, axis=-1, norm=norm)
    full, envelope = _envelope(window, win, n_fft, hop, frames.shape[1], jnp.real(x).dtype)
    signal = _overlapped(frames * full, hop)
    start, end = _istft_span(n_fft, signal.shape[1], center, length)
    out = signal[:, start:end] / envelope[start:end]
    if end > signal.shape[1]:
        out = jnp.pad(out, [(0, 0), (0, end - max(signal.shape[1], start))])
    return out if input.ndim == 3 else out[0]
