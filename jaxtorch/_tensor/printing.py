"""`repr` of tensors, exactly as PyTorch prints them, from NumPy arrays."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from jaxtorch._base import dtypes
from jaxtorch._base.batching import active
from jaxtorch._base.modes import defaults
from jaxtorch._tensor.batched import nested_text
from jaxtorch._tensor.conversion import host_array


@dataclasses.dataclass
class PrintOptions:
    """What `torch.set_printoptions` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


OPTIONS = PrintOptions()
_PROFILES = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, math.inf, 3, 80)}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed: digits, summarising threshold, items at the edges, line width, scientific mode."""
    if profile is not None and profile in _PROFILES:
        OPTIONS.precision, OPTIONS.threshold, OPTIONS.edgeitems, OPTIONS.linewidth = _PROFILES[profile]
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None:
            setattr(OPTIONS, name, value)
    OPTIONS.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The current options, as keyword arguments of `set_printoptions`."""
    return dataclasses.asdict(OPTIONS)


@contextlib.contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Options that hold inside a `with` block."""
    before = get_printoptions()
    set_printoptions(**options)
    try:
        yield
    finally:
        set_printoptions(**before)


class _Formatter:
    """Width and style of one tensor's numbers."""

    def __init__(self, array: np.ndarray) -> None:
        self.floating = array.dtype.kind == "f"
        self.int_mode = True
        self.sci_mode = False
        self.width = 1
        if not self.floating:
            self.width = max((len(f"{v}") for v in array.reshape(-1).tolist()), default=1)
            return
        numbers = array.reshape(-1)
        numbers = numbers[np.isfinite(numbers) & (numbers != 0)].astype(np.float64)
        if not numbers.size:
            return
        self._decide(numbers)

    def _decide(self, numbers: np.ndarray) -> None:
        low, high = float(np.abs(numbers).min()), float(np.abs(numbers).max())
        self.int_mode = bool((numbers == np.ceil(numbers)).all())
        self.sci_mode = (
            (high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4) if OPTIONS.sci_mode is None else OPTIONS.sci_mode
        )
        values = numbers.tolist()
        if self.sci_mode:
            self.width = max(len(f"{v:.{OPTIONS.precision}e}") for v in values)
        elif self.int_mode:
            self.width = max(len(f"{v:.0f}") + 1 for v in values)
        else:
            self.width = max(len(f"{v:.{OPTIONS.precision}f}") for v in values)

    def format(self, value: Any) -> str:
        if not self.floating:
            text = f"{value}"
        elif self.sci_mode:
            text = f"{value:{self.width}.{OPTIONS.precision}e}"
        elif self.int_mode:
            text = f"{value:.0f}" + ("" if math.isinf(value) or math.isnan(value) else ".")
        else:
            text = f"{value:.{OPTIONS.precision}f}"
        return text.rjust(self.width)


def _number(value: Any, real: _Formatter, imag: _Formatter | None) -> str:
    if imag is None:
        return real.format(value)
    second = (imag.format(value.imag) + "j").lstrip()
    return real.format(value.real) + (second if second[0] in "+-" else "+" + second)


def _vector(array: np.ndarray, indent: int, summarize: bool, real: _Formatter, imag: _Formatter | None) -> str:
    length = real.width + 2 + (0 if imag is None else imag.width + 1)
    per_line = max(1, (OPTIONS.linewidth - indent) // length)
    edge = OPTIONS.edgeitems
    if summarize and not edge:
        data = ["..."]
    elif summarize and array.shape[0] > 2 * edge:
        data = [
            *[_number(v, real, imag) for v in array[:edge].tolist()],
            " ...",
            *[_number(v, real, imag) for v in array[-edge:].tolist()],
        ]
    else:
        data = [_number(v, real, imag) for v in array.tolist()]
    lines = [", ".join(data[i : i + per_line]) for i in range(0, len(data), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _nested(array: np.ndarray, indent: int, summarize: bool, real: _Formatter, imag: _Formatter | None) -> str:
    if array.ndim == 0:
        return _number(array.item(), real, imag)
    if array.ndim == 1:
        return _vector(array, indent, summarize, real, imag)
    edge, rows = OPTIONS.edgeitems, array.shape[0]
    if summarize and rows > 2 * edge:
        shown: list[Any] = [*range(edge), None, *range(rows - edge, rows)]
    else:
        shown = list(range(rows))
    slices = ["..." if i is None else _nested(array[i], indent + 1, summarize, real, imag) for i in shown]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(slices) + "]"


def _edges(array: np.ndarray) -> np.ndarray:
    """What a summary shows."""
    edge = OPTIONS.edgeitems
    if array.ndim and not edge:
        return np.empty([0] * array.ndim, array.dtype) if array.ndim > 1 else np.concatenate([array[:0], array])
    for axis, size in enumerate(array.shape):
        if size > 2 * edge:
            array = np.take(array, [*range(edge), *range(size - edge, size)], axis)
    return array


def contents(x: Any, indent: int) -> str:
    """The bracketed numbers of a tensor."""
    array = host_array(x)
    if not array.size:
        return "[]"
    if x._aval.dtype.is_floating_point and array.dtype.kind != "f":  # bfloat16 and the float8 types
        array = array.astype(np.float32)
    summarize = array.size > OPTIONS.threshold
    seen = _edges(array) if summarize else array
    if array.dtype.kind == "c":
        return _nested(array, indent, summarize, _Formatter(seen.real), _Formatter(seen.imag))
    return _nested(array, indent, summarize, _Formatter(seen), None)


def _suffixes(x: Any) -> list[str]:
    dtype, default = x._aval.dtype, defaults.dtype
    usual = dtype in (
        default,
        default.to_complex() if default is dtypes.float64 else dtypes.complex64,
        dtypes.int64,
        dtypes.bool_,
    )
    found = []
    if x._aval.device.type != "cpu":
        found.append(f"device='{x._aval.device}'")
    if x.is_meta:
        found.append(f"size={tuple(x._aval.shape)}")
        if dtype is not default:
            found.append(f"dtype={dtype}")
    elif not x._aval.numel:
        if x._aval.ndim != 1:
            found.append(f"size={tuple(x._aval.shape)}")
        if dtype is not default:
            found.append(f"dtype={dtype}")
    else:
        if not OPTIONS.edgeitems:
            found.append(f"size={tuple(x._aval.shape)}")
        if not usual:
            found.append(f"dtype={dtype}")
    node = x.grad_fn
    if node is not None:
        found.append(f"grad_fn=<{type(node).__name__}>")
    elif x._rg:
        found.append("requires_grad=True")
    return found


def with_suffixes(text: str, suffixes: list[str], indent: int, on_own_line: bool = False) -> str:
    """The text with what follows the numbers, wrapped to the width of a line, and the closing bracket."""
    parts = [text]
    last = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if on_own_line or last + len(suffix) + 2 > OPTIONS.linewidth:
            parts.append(",\n" + " " * indent + suffix)
            last, on_own_line = indent + len(suffix), False
        else:
            parts.append(", " + suffix)
            last += len(suffix) + 2
    return "".join(parts) + ")"


def text(x: Any, *, tensor_contents: str | None = None, plain: bool = True) -> str:
    """`repr(x)`."""
    prefix = "tensor(" if plain else f"{type(x).__name__}("
    indent = len(prefix)
    suffixes = _suffixes(x)
    body = tensor_contents if tensor_contents is not None else "..." if x.is_meta else contents(x, indent)
    return with_suffixes(prefix + body, suffixes, indent)


class Printing:
    """`repr`, `str` and `format` of Tensor."""

    __slots__ = ()

    def __repr__(self: Any, *, tensor_contents: str | None = None) -> str:
        if active.levels and tensor_contents is None:
            return nested_text(self, text)
        return text(self, tensor_contents=tensor_contents, plain=self._prints_plain)

    def __format__(self: Any, spec: str) -> str:
        if self._aval.ndim == 0 and not self.is_meta and type(self)._prints_plain:
            return self.item().__format__(spec)
        return object.__format__(self, spec)

    def __dir__(self: Any) -> list[str]:
        return sorted({*dir(type(self)), *self.__dict__})
