"""Compares what torch answered with what the lookalike answered."""

from __future__ import annotations

import contextlib
import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_device_type import precisionOverride, toleranceOverride

from compat.conformance.recipes import dtype_name, leaves

# torch.testing's own
DEFAULT_TOLERANCES = {
    torch.float64: (1e-7, 1e-7),
    torch.complex128: (1e-7, 1e-7),
    torch.float32: (1.3e-6, 1e-5),
    torch.complex64: (1.3e-6, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float16: (1e-3, 1e-5),
    torch.complex32: (1e-3, 1e-5),
}
# the tests of PyTorch whose tolerances say how far two right implementations of an operation may lie apart
TOLERANT_TESTS = (
    None,
    "TestCommon",
    "TestUnaryUfuncs",
    "TestBinaryUfuncs",
    "TestBinaryUfuncsDevice",
    "TestReductions",
    "TestMasked",
    "TestFFT",
    "TestMathBits",
    "TestConsistency",
)


@dataclass(frozen=True)
class Tolerance:
    """The bounds of one operation and dtype, from its OpInfo; results of other dtypes have torch.testing's at least."""

    rtol: float = 0.0
    atol: float = 0.0

    def of(self, dtype: torch.dtype) -> tuple[float, float]:
        rtol, atol = DEFAULT_TOLERANCES.get(dtype, (0.0, 0.0))
        if not (dtype.is_floating_point or dtype.is_complex):
            return rtol, atol
        return max(rtol, self.rtol), max(atol, self.atol)


def tolerance(op: Any, dtype: torch.dtype | None) -> Tolerance:
    """What the OpInfo allows for this dtype on the CPU, over all tests that compare two implementations."""
    rtol = atol = 0.0
    for info in op.decorators:
        if getattr(info, "cls_name", None) not in TOLERANT_TESTS or getattr(info, "device_type", None) not in (
            None,
            "cpu",
        ):
            continue
        for decorator in getattr(info, "decorators", (info,)):
            if isinstance(decorator, toleranceOverride) and dtype in decorator.d:
                bounds = decorator.d[dtype]
                rtol, atol = max(rtol, bounds.rtol), max(atol, bounds.atol)
            elif isinstance(decorator, precisionOverride) and dtype in decorator.d:
                atol = max(atol, decorator.d[dtype])
    return Tolerance(rtol, atol)


class Difference(Exception):
    """The two answers differ: in what (one of outcome.OUTCOMES), and how."""

    def __init__(self, outcome: str, detail: str, expected: Any = "", got: Any = "") -> None:
        super().__init__(detail)
        self.outcome, self.detail = outcome, detail
        self.expected, self.got = expected, got

    def within(self, outcome: str) -> Difference:
        """The same difference, found in a gradient."""
        return Difference(
            outcome, f"{self.outcome}: {self.detail.replace('result', 'gradient')}", self.expected, self.got
        )


def is_tensor(value: Any, module: Any) -> bool:
    return isinstance(value, module.Tensor)


def to_torch(t: Any, module: Any) -> torch.Tensor:
    """A tensor of the lookalike as a dense torch tensor of the same dtype."""
    name = dtype_name(t.dtype)
    t = t.detach()
    if getattr(t, "is_sparse", False):
        t = t.to_dense()
    t = t.resolve_conj().resolve_neg()
    if module is torch or isinstance(t, torch.Tensor):
        return t.clone()
    if name in ("bfloat16", "complex32") or name.startswith("float8"):
        t = t.to(module.complex64 if name == "complex32" else module.float32)
    array = np.array(t.numpy())
    return torch.from_numpy(array).to(getattr(torch, name))


def pairs(expected: Any, got: Any, module: Any, path: str = "result") -> list[tuple[str, Any, Any]]:
    """The leaves of two results side by side; Difference("structure") where their trees differ."""
    if isinstance(expected, torch.Tensor):
        if not is_tensor(got, module):
            raise Difference("structure", f"{path} is not a tensor", "Tensor", type(got).__name__)
        return [(path, expected, got)]
    if isinstance(expected, dict):
        if not isinstance(got, dict) or list(expected) != list(got):
            raise Difference("structure", f"{path} is another dict", list(expected), type(got).__name__)
        return [leaf for key in expected for leaf in pairs(expected[key], got[key], module, f"{path}[{key!r}]")]
    if isinstance(expected, (tuple, list)) and not isinstance(expected, torch.Size):
        kind = list if isinstance(expected, list) else tuple
        if not isinstance(got, kind) or len(got) != len(expected):
            length = f" of {len(got)}" if isinstance(got, (tuple, list)) else ""
            raise Difference(
                "structure",
                f"{path} is another sequence",
                f"{kind.__name__} of {len(expected)}",
                f"{type(got).__name__}{length}",
            )
        for name in getattr(type(expected), "__match_args__", ()):
            if not hasattr(got, name):
                raise Difference(
                    "structure", f"{path} has no field {name!r}", type(expected).__name__, type(got).__name__
                )
        return [leaf for i in range(len(expected)) for leaf in pairs(expected[i], got[i], module, f"{path}[{i}]")]
    return [(path, expected, got)]


def compare(
    expected: Any,
    got: Any,
    module: Any,
    bounds: Tolerance,
    *,
    values: bool = True,
    gold: Callable[[], Any] | None = None,
    accept: Callable[[torch.Tensor, torch.Tensor], bool] | None = None,
) -> None:
    """Raise a Difference unless the two results agree in structure, dtypes, shapes and (if asked) values.

    gold computes the result in float64 or complex128. It is asked only where the plain tolerance fails: where torch's
    own rounding error is larger than the tolerance, the lookalike's may be twice as large as torch's and no larger.
    accept tells of two tensors that differ whether both are right.
    """
    found = pairs(expected, got, module)
    tensors = [leaf for leaf in found if isinstance(leaf[1], torch.Tensor)]
    for path, e, g in tensors:
        if dtype_name(e.dtype) != dtype_name(g.dtype):
            raise Difference("dtype", f"dtype of {path}", e.dtype, g.dtype)
        if tuple(e.shape) != tuple(g.shape):
            raise Difference("shape", f"shape of {path}", tuple(e.shape), tuple(g.shape))
        if dtype_name(e.layout) != dtype_name(getattr(g, "layout", torch.strided)):
            raise Difference("structure", f"layout of {path}", e.layout, g.layout)
    if not values:
        return
    truths: list[torch.Tensor] = []
    for path, e, g in found:
        if not isinstance(e, torch.Tensor):
            compare_plain(path, e, g, bounds)
            continue
        e = to_torch(e, torch)
        g = to_torch(g, module)
        rtol, atol = bounds.of(e.dtype)
        wrong = ~torch.isclose(g, e, rtol=rtol, atol=atol, equal_nan=True)
        if not wrong.any() or (accept is not None and accept(e, g)):
            continue
        if gold is not None and (e.is_floating_point() or e.is_complex()):
            with contextlib.suppress(Exception):
                truths = truths or leaves(gold(), torch)
                position = [path for path, _, _ in tensors].index(path)
                if within_rounding(e, g, to_torch(truths[position], torch), rtol, atol):
                    continue
        raise Difference("value", describe(path, e, g, wrong), e, g)


def within_rounding(e: torch.Tensor, g: torch.Tensor, truth: torch.Tensor, rtol: float, atol: float) -> bool:
    """Is g, where both are finite, no further from the truth than twice torch's own largest error?

    Where torch overflowed and the truth is finite, g must be the truth within the plain tolerance, or infinite where
    the truth does not fit the dtype.
    """
    wide = torch.complex128 if e.is_complex() else torch.float64
    rounded = truth.to(e.dtype).to(wide)
    e, g, truth = e.to(wide), g.to(wide), truth.to(wide)
    finite = e.isfinite() & truth.isfinite()
    same = (g == e) | (g.isnan() & e.isnan())
    error = torch.where(finite, (e - truth).abs(), 0.0).max()
    allowed = 2 * error + atol + rtol * truth.abs()
    right = ((g - truth).abs() <= atol + rtol * truth.abs()) | (g == rounded)
    overflowed = ~e.isfinite() & truth.isfinite() & right
    return bool((same | overflowed | (finite & ((g - truth).abs() <= allowed))).all())


def compare_plain(path: str, e: Any, g: Any, bounds: Tolerance) -> None:
    if isinstance(e, bool) or not isinstance(e, numbers.Number):
        same = str(e) == str(g) if isinstance(e, (torch.dtype, torch.device, torch.layout)) else e == g
    elif type(e) is not type(g):
        raise Difference("dtype", f"Python type of {path}", type(e).__name__, type(g).__name__)
    else:
        rtol, atol = bounds.of({float: torch.float32, complex: torch.complex64}.get(type(e), torch.int64))
        same = e == g or (e != e and g != g) or abs(e - g) <= atol + rtol * abs(e)  # type: ignore[operator, arg-type]
    if not same:
        raise Difference("value", f"value of {path}", e, g)


def describe(path: str, e: torch.Tensor, g: torch.Tensor, wrong: torch.Tensor) -> str:
    """How many elements differ, the worst of them, and where it is."""
    count, total = int(wrong.sum()), wrong.numel()
    text = f"{path}: {count} of {total} elements differ"
    if e.dtype == torch.bool:
        return text
    wide = torch.complex128 if e.is_complex() else torch.float64
    gap = (g.to(wide) - e.to(wide)).abs().nan_to_num(nan=math.inf, posinf=math.inf)
    worst = int(torch.where(wrong, gap, -1.0).argmax())
    where = tuple(int(i) for i in np.unravel_index(worst, e.shape)) if e.dim() else ()
    return f"{text}, most at {list(where)}: expected {e.flatten()[worst].item()}, got {g.flatten()[worst].item()}"
