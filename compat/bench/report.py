"""The table, the JSON and the plot of a benchmark run."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from compat.bench.driver import Result

COMPARED = (
    20  # first losses, unless the row says COMPARED: training amplifies rounding, faster where a value is an epoch
)
AGREE = (
    1e-3  # largest difference of the losses that is called agreement; relative, but of losses near 0 to the first one
)
SMALL = 0.05
MANY = 20  # measures of one row, from which on they are shown together
TOGETHER = "all together"


@dataclass
class Row:
    """One row of the report: all sides."""

    name: str
    title: str
    results: list[Result]
    compared: int = COMPARED

    def side(self, name: str) -> Result | None:
        return next((r for r in self.results if r.side == name and not r.failure and r.seconds), None)

    def measures(self) -> list[str]:
        return list(dict.fromkeys(m for r in self.results for m in r.seconds))

    def shown(self) -> list[str]:
        """The measures that get a line each: of many, only their sum."""
        measures = self.measures()
        return measures if len(measures) <= MANY else [TOGETHER]

    def seconds(self, side: str, measure: str) -> list[float]:
        """One value a round; [] where the side does not have the measure."""
        found, base = self.side(side), self.side("torch")
        if found is None:
            return []
        if measure != TOGETHER:
            return found.seconds.get(measure, [])
        common = [m for m in found.seconds if base is None or m in base.seconds]
        return [sum(values) for values in zip(*(found.seconds[m] for m in common), strict=False)]

    def ratio(self, side: str, measure: str) -> float | None:
        """How many times faster than torch eager: the median over rounds, each compared with its neighbour."""
        if measure == TOGETHER:
            return self.median_ratio(side)
        rounds = [a / b for a, b in zip(self.seconds("torch", measure), self.seconds(side, measure), strict=False)]
        return statistics.median(rounds) if rounds else None

    def median_ratio(self, side: str) -> float | None:
        """The median over many measures."""
        ratios = [x for m in self.measures() if (x := self.ratio(side, m))]
        return statistics.median(ratios) if ratios else None

    def loss_difference(self, side: str) -> float | None:
        """The largest relative difference to torch's losses over the first steps."""
        base, other = self.side("torch"), self.side(side)
        if base is None or other is None or not base.losses or not other.losses:
            return None
        pairs = list(zip(base.losses, other.losses, strict=False))[: self.compared]
        return max(_difference(a, b, SMALL * abs(base.losses[0])) for a, b in pairs)


def _difference(a: float, b: float, least: float) -> float:
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    return abs(a - b) / max(abs(a), abs(b), least) if math.isfinite(a) and math.isfinite(b) else math.inf


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1 or unit == "us":
            return f"{seconds * scale:.3g} {unit}"
    raise AssertionError("unreachable")


def spread(values: list[float]) -> str:
    return f"{duration(statistics.median(values))} [dim]({duration(min(values))}-{duration(max(values))})[/]"


def geometric_mean(values: Iterable[float]) -> float:
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def show(console: Console, rows: list[Row]) -> None:
    sides = list(dict.fromkeys(r.side for row in rows for r in row.results))
    table = Table(title="median (least-most); x: times faster than torch", title_justify="left", header_style="bold")
    table.add_column("row", no_wrap=True)
    for side in sides:
        table.add_column(side, justify="right", no_wrap=True)
        if side != "torch":
            table.add_column("x", justify="right")
    table.add_column("losses", justify="right")
    table.add_column("programs", justify="right")
    for row in rows:
        for measure in row.shown() or ["step"]:
            label = row.name if measure == "step" else f"{row.name}: {measure}"
            table.add_row(escape(label), *_cells(row, sides, measure), *_notes(row, measure))
    console.print(table)
    for row in rows:
        console.print(f"  [bold]{row.name}[/]: {escape(row.title)}", soft_wrap=True, highlight=False)
        for r in row.results:
            if r.failure:
                console.print(f"    [red]{r.side}: {escape(r.failure)}[/]", soft_wrap=True)
            for measure, why in r.failures.items():
                console.print(f"    [red]{r.side}, {measure}: {escape(why)}[/]", soft_wrap=True)
        if len(row.measures()) > MANY and (slowest := _slowest(row)):
            console.print(f"    least favourable: {escape(slowest)}", soft_wrap=True, highlight=False)
        if details := _details(row):
            console.print(f"    [dim]{escape(details)}[/]", soft_wrap=True, highlight=False)
    for side in sides:
        if side != "torch":
            ratios = [x for row in rows for m in row.shown() if (x := row.ratio(side, m))]
            console.print(f"geometric mean of {len(ratios)} measures, {side}: {geometric_mean(ratios):.2f}x torch")


def _cells(row: Row, sides: list[str], measure: str) -> list[str]:
    cells = []
    for side in sides:
        result = next((r for r in row.results if r.side == side), None)
        values = row.seconds(side, measure)
        cells.append(spread(values) if values else ("failed" if result else ""))
        if side != "torch":
            ratio = row.ratio(side, measure)
            cells.append("" if ratio is None else f"{'[green]' if ratio >= 1 else '[red]'}{ratio:.2f}[/]")
    return cells


def _notes(row: Row, measure: str) -> tuple[str, str]:
    difference = row.loss_difference("jaxtorch")
    ours = row.side("jaxtorch")
    programs = ""
    if ours and ours.programs is not None:
        programs = f"{ours.programs}" + ("" if ours.programs_later is None else f"+{ours.programs_later}")
    if difference is None:
        return "", programs
    return (f"{difference:.0e}" if difference <= AGREE else f"[red]{difference:.0e}[/]"), programs


def _details(row: Row) -> str:
    parts = []
    for r in row.results:
        if r.first:
            memory = (
                f", {r.memory[-1]:.0f} MB ({r.growth:+.0f} in the last round, peak {r.peak:.0f})" if r.memory else ""
            )
            parts.append(f"{r.side}: first step {duration(r.first)}, warm-up {duration(r.warmup)}{memory}")
    return "; ".join(parts)


def _slowest(row: Row, most: int = 12) -> str:
    ratios = sorted((x, m) for m in row.measures() if (x := row.ratio("jaxtorch", m)))
    return ", ".join(f"{m} {x:.2f}x" for x, m in ratios[:most])


def disagreements(rows: list[Row]) -> list[str]:
    """Rows in which jaxtorch failed, or trained to other losses."""
    found = []
    for row in rows:
        failed = [r for r in row.results if r.side.startswith("jaxtorch") and (r.failure or r.failures)]
        difference = row.loss_difference("jaxtorch")
        if failed or (difference is not None and difference > AGREE):
            found.append(row.name)
    return found


def as_json(rows: list[Row], setting: dict[str, Any]) -> str:
    content = {
        "setting": setting,
        "machine": {
            "cores": len(os.sched_getaffinity(0)),
            "cpu": cpu_model(),
            "load": os.getloadavg(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "jax", "jaxlib")},
        },
        "rows": [
            {
                "name": row.name,
                "title": row.title,
                "ratios": {r.side: {m: row.ratio(r.side, m) for m in row.measures()} for r in row.results},
                "loss difference": row.loss_difference("jaxtorch"),
                "sides": [asdict(r) for r in row.results],
            }
            for row in rows
        ],
    }
    return json.dumps(content, indent=1)


def cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
