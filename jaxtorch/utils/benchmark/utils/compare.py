"""Measurements as a table."""

from __future__ import annotations

import enum
import math
import operator
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from jaxtorch.utils.benchmark.utils import common

_BEST, _GOOD, _BAD, _VERY_BAD, _BOLD, _END = "\033[92m", "\033[34m", "\033[2m\033[91m", "\033[31m", "\033[1m", "\033[0m"


class Colorize(enum.Enum):
    """Among which cells the best is looked for."""

    NONE = "none"
    COLUMNWISE = "columnwise"
    ROWWISE = "rowwise"


def _coloured(text: str, value: float, best: float) -> str:
    if value <= best * 1.01 or value <= best + 100e-9:
        return _BEST + _BOLD + text + _END * 2
    if value <= best * 1.1:
        return _GOOD + _BOLD + text + _END * 2
    if value >= best * 5:
        return _VERY_BAD + _BOLD + text + _END * 2
    return _BAD + text + _END * 2 if value >= best * 2 else text


class _Column:
    """How the numbers of a column are written."""

    def __init__(self, cells: list[Any], scale: float, trim: bool, highlight: bool) -> None:
        self._trim, self._scale = trim, scale
        found = [m for m in cells if m is not None]
        self._highlight = highlight and any(m.has_warnings for m in found)
        digits = [math.ceil(common.log10(m.median / scale)) for m in found]
        after = 1
        if trim:
            after = min(max(m.significant_figures - d, 0) for m, d in zip(found, digits, strict=True))
        self._template = f"{{:>{max(digits) + after + bool(after)}.{after}f}}{{:>{7 if self._highlight else 0}}}"

    def text(self, m: Any) -> str:
        if m is None:
            return " " * len(self._template.format(common.trim_sigfig(1, 1) if self._trim else 1, ""))
        value = m.median / self._scale
        spread = f" (! {m.iqr / m.median * 100:.0f}%)" if self._highlight and m.has_warnings else ""
        return self._template.format(common.trim_sigfig(value, m.significant_figures) if self._trim else value, spread)


class _Table:
    """Measurements of one label: a row for each sub-label, environment and number of threads, and a column for each
    description.
    """

    def __init__(self, results: list[Any], colorize: Colorize, trim: bool, highlight: bool) -> None:
        self.results, self.colorize, self.highlight = results, colorize, highlight
        self.unit, self.scale = common.select_unit(min(m.median for m in results))
        self.row_keys = common.ordered_unique([(m.num_threads, m.env, m.as_row_name) for m in results])
        self.row_keys.sort(key=operator.itemgetter(slice(2)))
        self.names = common.ordered_unique([m.description for m in results])
        placed = {((m.num_threads, m.env, m.as_row_name), m.description): m for m in results}
        self.rows = [[placed.get((key, name)) for name in self.names] for key in self.row_keys]
        self.columns = [_Column(list(cells), self.scale, trim, highlight) for cells in zip(*self.rows, strict=True)]

    def _names_of_rows(self) -> list[str]:
        environments = {m.env for m in self.results}
        if len(environments) == 1:
            return [f"      {name}" for _, _, name in self.row_keys]
        width = max(len(str(env)) for env in environments) + 4
        names, before = [], None
        for threads, env, name in self.row_keys:
            shown = f"({env})" if (threads, env) != before else ""
            names.append(f"  {shown.ljust(width)}{name}")
            before = (threads, env)
        return names

    def _best(self, i: int, j: int) -> float | None:
        """What a cell's colour goes by."""
        if self.colorize is Colorize.ROWWISE:
            cells = self.rows[i]
        else:
            threads = self.row_keys[i][0]
            cells = [row[j] for key, row in zip(self.row_keys, self.rows, strict=True) if key[0] == threads]
        return min((m.median for m in cells if m is not None), default=None)

    def _cell(self, i: int, j: int, text: str) -> str:
        m = self.rows[i][j]
        if m is None or self.colorize is Colorize.NONE:
            return text
        best = self._best(i, j)
        return text if best is None else _coloured(text, m.median, best)

    def render(self) -> str:
        names = self._names_of_rows()
        texts = [[column.text(m) for column, m in zip(self.columns, row, strict=True)] for row in self.rows]
        heads = [name or "" for name in self.names]
        widths = [max(len(t) for t in column) for column in zip(heads, *texts, strict=True)]
        first = max(len(name) for name in names)
        lines = ["  |  ".join(h.center(w) for h, w in zip(["", *heads], [first, *widths], strict=True))]
        overall, threads = len(lines[0]), None
        for i, (name, row) in enumerate(zip(names, texts, strict=True)):
            if self.row_keys[i][0] != threads:
                threads = self.row_keys[i][0]
                lines.append(f"{threads} threads: ".ljust(overall, "-"))
            cells = [self._cell(i, j, t.center(w)) for j, (t, w) in enumerate(zip(row, widths, strict=True))]
            lines.append("  |  ".join([name.ljust(first), *cells]))
        noisy = self.highlight and any(m.has_warnings for m in self.results)
        note = "(! XX%) Measurement has high variance, where XX is the IQR / median * 100.\n" if noisy else ""
        title = f" {self.results[0].label or ''} ".center(overall - 2, "-")
        body = "\n".join(lines)
        return f"[{title}]\n{body}\n\nTimes are in {common.unit_to_english(self.unit)}s ({self.unit}).\n{note}"


class Compare:
    """Measurements as a table, one for each label: rows by sub-label, columns by description.

    Compare([Timer("x + 1", globals=globals(), description="n=1").blocked_autorange(), ...]).print()
    """

    def __init__(self, results: list[common.Measurement]) -> None:
        self._results: list[common.Measurement] = []
        self.extend_results(results)
        self._trim_significant_figures = False
        self._colorize = Colorize.NONE
        self._highlight_warnings = False

    def __str__(self) -> str:
        return "\n".join(self._render())

    def extend_results(self, results: Iterable[common.Measurement]) -> None:
        """Add measurements."""
        added = list(results)
        for r in added:
            if not isinstance(r, common.Measurement):
                raise ValueError(f"Expected an instance of `Measurement`, got {type(r)} instead.")
        self._results.extend(added)

    def trim_significant_figures(self) -> None:
        """Show only the figures that the measurements vouch for."""
        self._trim_significant_figures = True

    def colorize(self, rowwise: bool = False) -> None:
        """Colour the best and the worst of each column, or of each row."""
        self._colorize = Colorize.ROWWISE if rowwise else Colorize.COLUMNWISE

    def highlight_warnings(self) -> None:
        """Mark measurements of great variance."""
        self._highlight_warnings = True

    def print(self) -> None:
        """Print the tables."""
        print(str(self))

    def _render(self) -> list[str]:
        groups: dict[Any, list[common.Measurement]] = defaultdict(list)
        for m in common.Measurement.merge(self._results):
            groups[m.label].append(m)
        return [
            _Table(group, self._colorize, self._trim_significant_figures, self._highlight_warnings).render()
            for group in groups.values()
        ]
