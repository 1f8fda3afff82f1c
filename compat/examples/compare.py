"""Holds what one side saw against what the other saw."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

LOSS_DIGITS = 4
FINAL_DIGITS = 3
# Below this two losses are both nothing but rounding.
NOISE = 1e-6


class Check(NamedTuple):
    """One comparison: what was compared, whether it agrees, and what a reader should know of it."""

    what: str
    ok: bool
    note: str


def agrees(expected: float, actual: float, digits: int) -> bool:
    """Whether two numbers differ by at most half a unit in the given significant digit."""
    if expected == actual:
        return True
    size = abs(expected)
    if not math.isfinite(actual) or not math.isfinite(expected):
        return False
    unit = 10.0 ** (math.floor(math.log10(size)) - digits + 1) if size else 0.0
    # The tiny factor keeps a difference of exactly half a unit on the agreeing side of binary rounding.
    return abs(expected - actual) <= max(0.5 * unit * (1 + 1e-9), NOISE)


def checks(expected: dict[str, Any], actual: dict[str, Any], until: int | None = None) -> Iterator[Check]:
    """All comparisons of two observations; with `until`, losses up to that step take the place of the final metrics."""
    if "printed" in expected:
        yield _printed(expected["printed"], actual["printed"])
        return
    for what in ("initial", "order"):
        if what in expected:
            same = expected[what] == actual.get(what)
            yield Check(what, same, "bit for bit" if same else "bits differ")
    for name, values in expected["losses"].items():
        yield _losses(name, values, actual["losses"].get(name, []))
    if until is not None:
        for name, curve in expected["curve"].items():
            yield _curve(name, curve, actual["curve"].get(name, {}), until)
        return
    for name, value in expected["final"].items():
        other = actual["final"].get(name, math.nan)
        yield Check(name, agrees(value, other, FINAL_DIGITS), f"{value:.5g} / {other:.5g}")


def _losses(name: str, expected: list[float], actual: list[float]) -> Check:
    if len(expected) != len(actual):
        return Check(name, False, f"{len(expected)} steps / {len(actual)}")
    for step, (one, other) in enumerate(zip(expected, actual, strict=True)):
        if not agrees(one, other, LOSS_DIGITS):
            return Check(name, False, f"step {step}: {one:.7g} / {other:.7g}")
    return Check(name, True, f"{len(expected)} steps to {LOSS_DIGITS} digits")


def _curve(name: str, expected: dict[str, float], actual: dict[str, float], until: int) -> Check:
    for step in (step for step in expected if int(step) < until):
        one, other = expected[step], actual.get(step, math.nan)
        if not agrees(one, other, FINAL_DIGITS):
            return Check(name, False, f"step {step}: {one:.7g} / {other:.7g}")
    return Check(name, True, f"steps to {until} to {FINAL_DIGITS} digits")


def _printed(expected: list[str], actual: list[str]) -> Check:
    for number, (one, other) in enumerate(zip(expected, actual, strict=False), start=1):
        if one != other:
            return Check("printed", False, f"line {number}: {one!r} / {other!r}")
    if len(expected) != len(actual):
        return Check("printed", False, f"{len(expected)} lines / {len(actual)}")
    return Check("printed", True, f"{len(expected)} lines, letter for letter")
