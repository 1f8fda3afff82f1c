"""The line search of L-BFGS: strong Wolfe conditions by bracketing and cubic interpolation, as in PyTorch (after
minFunc).

Step sizes, losses and slopes are Python floats; gradients are tensors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def cubic_minimum(
    x1: float, f1: float, g1: float, x2: float, f2: float, g2: float, bounds: tuple[float, float] | None = None
) -> float:
    """Where the cubic through two points with given slopes is least, kept within the bounds."""
    low, high = bounds or (min(x1, x2), max(x1, x2))
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1**2 - g1 * g2
    if not square >= 0:
        return (low + high) / 2.0
    d2 = math.sqrt(square)
    if x1 <= x2:
        least = x2 - (x2 - x1) * _ratio(g2 + d2 - d1, g2 - g1 + 2 * d2)
    else:
        least = x1 - (x1 - x2) * _ratio(g1 + d2 - d1, g1 - g2 + 2 * d2)
    return min(max(least, low), high)


def _ratio(a: float, b: float) -> float:
    if b:
        return a / b
    return math.copysign(math.inf, a) if a else math.nan


class _Bracket:
    """Points around an acceptable step: step sizes, losses, gradients and slopes, one or two of each."""

    def __init__(self, *points: tuple[float, float, Any, float]) -> None:
        self.points = list(points)
        self.order()

    def order(self) -> None:
        """Note which end is the lower."""
        self.low, self.high = (0, 1) if self.points[0][1] <= self.points[-1][1] else (1, 0)


def strong_wolfe(
    evaluate: Callable[[float], tuple[float, Any, float]],
    t: float,
    d_norm: float,
    f: float,
    g: Any,
    gtd: float,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance_change: float = 1e-9,
    max_ls: int = 25,
) -> tuple[float, Any, float, int]:
    """Loss, gradient, step size and number of evaluations at a step along the line that meets the conditions.

    `evaluate(t)` gives loss, gradient and slope at step `t`; `f`, `g`, `gtd` are those at 0.
    """
    bracket, done, evaluations, iterations = _find_bracket(evaluate, t, f, g, gtd, c1, c2, max_ls)
    stuck = False
    while not done and iterations < max_ls:
        (ta, fa, _, sa), (tb, fb, _, sb) = bracket.points
        if abs(tb - ta) * d_norm < tolerance_change:
            break
        t = cubic_minimum(ta, fa, sa, tb, fb, sb)
        t, stuck = _away_from_ends(t, min(ta, tb), max(ta, tb), stuck)
        f_new, g_new, slope = evaluate(t)
        evaluations += 1
        iterations += 1
        point = (t, f_new, g_new, slope)
        if f_new > f + c1 * t * gtd or f_new >= bracket.points[bracket.low][1]:
            bracket.points[bracket.high] = point
            bracket.order()
            continue
        if abs(slope) <= -c2 * gtd:
            done = True
        elif slope * (bracket.points[bracket.high][0] - bracket.points[bracket.low][0]) >= 0:
            bracket.points[bracket.high] = bracket.points[bracket.low]
        bracket.points[bracket.low] = point
    t, f_new, g_new, _ = bracket.points[bracket.low]
    return f_new, g_new, t, evaluations


def _find_bracket(
    evaluate: Callable, t: float, f: float, g: Any, gtd: float, c1: float, c2: float, max_ls: int
) -> tuple[_Bracket, bool, int, int]:
    """Two steps with an acceptable one between them, or one that is acceptable itself (done)."""
    f_new, g_new, slope = evaluate(t)
    evaluations, iterations = 1, 0
    before = (0.0, f, g, gtd)
    while iterations < max_ls:
        point = (t, f_new, g_new, slope)
        if f_new > f + c1 * t * gtd or (iterations > 1 and f_new >= before[1]):
            return _Bracket(before, point), False, evaluations, iterations
        if abs(slope) <= -c2 * gtd:
            return _Bracket(point), True, evaluations, iterations
        if slope >= 0:
            return _Bracket(before, point), False, evaluations, iterations
        bounds = (t + 0.01 * (t - before[0]), t * 10)
        t = cubic_minimum(before[0], before[1], before[3], t, f_new, slope, bounds)
        before = point
        f_new, g_new, slope = evaluate(t)
        evaluations += 1
        iterations += 1
    return _Bracket((0.0, f, g, gtd), (t, f_new, g_new, slope)), False, evaluations, iterations


def _away_from_ends(t: float, low: float, high: float, stuck: bool) -> tuple[float, bool]:
    """A trial step moved off the bracket's ends when it sticks to them."""
    margin = 0.1 * (high - low)
    if not min(high - t, t - low) < margin:
        return t, False
    if not (stuck or t >= high or t <= low):
        return t, True
    return (high - margin if abs(t - high) < abs(t - low) else low + margin), False
