"""`python -m compat.bench`: time the same PyTorch source under PyTorch and under jaxtorch, side by side."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from rich.console import Console

from compat.bench import driver, plot, processes, report, rowfile
from compat.bench.sides import DEFAULT, SIDES


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m compat.bench", description=__doc__)
    parser.add_argument("--rows", default="", help="comma-separated (default: all)")
    parser.add_argument("--skip", default="", help="rows to leave out, comma-separated")
    parser.add_argument("--sides", default=",".join(DEFAULT), help=f"of {', '.join(SIDES)} (default: %(default)s)")
    parser.add_argument("--rounds", type=int, help="times each side is measured (default: 7; short: 3)")
    parser.add_argument("--short", action="store_true", help="few steps and rounds: does everything run and agree?")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds a single request may take")
    parser.add_argument("--json", type=Path, help="write everything measured")
    parser.add_argument("--plot", type=Path, help="write the picture (docs/bench.png)")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    return parser.parse_args(argv)


def chosen(options: argparse.Namespace) -> list[str]:
    titles = all_titles()
    names = options.rows.split(",") if options.rows else list(titles)
    skipped = set(options.skip.split(",")) - {""}
    if unknown := (set(names) | skipped) - set(titles):
        raise SystemExit(f"no such row: {', '.join(sorted(unknown))} (see --list)")
    return [name for name in names if name not in skipped]


def all_titles() -> dict[str, str]:
    return {row.name: row.title for row in rowfile.every()} | processes.TITLES


def measure(name: str, options: argparse.Namespace) -> report.Row:
    rounds = options.rounds or (3 if options.short else 7)
    names = options.sides.split(",")
    if name in processes.TITLES:
        results = processes.run(name, names, min(rounds, 5), options.timeout)
        return report.Row(name, processes.TITLES[name], results)
    row = rowfile.read(name)
    rounds = min(row.rounds(rounds), 3) if row.cold else row.rounds(rounds)
    results = driver.run(row, [SIDES[s] for s in names], rounds, options.short, options.timeout)
    return report.Row(name, row.title, results, row.constants.get("COMPARED", report.COMPARED))


def save(rows: list[report.Row], options: argparse.Namespace) -> None:
    setting = {key: str(value) for key, value in vars(options).items()}
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(report.as_json(rows, setting))


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    console = Console()
    if options.list:
        for name, title in all_titles().items():
            console.print(f"[bold]{name:<22}[/] {title}", soft_wrap=True, highlight=False)
        return 0
    if unknown := set(options.sides.split(",")) - set(SIDES):
        raise SystemExit(f"no such side: {', '.join(sorted(unknown))}")
    if os.getloadavg()[0] > 0.5:
        console.print("[yellow]the machine is not idle: times will be long and uneven[/]")
    rows: list[report.Row] = []
    for name in chosen(options):
        with console.status(name):
            begin = time.perf_counter()
            rows.append(measure(name, options))
        if not console.is_terminal:
            print(f"{name}: measured in {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
        if options.json:  # after each row: a run that is interrupted has what it measured
            save(rows, options)
    report.show(console if console.is_terminal else Console(width=190), rows)
    if options.plot:
        plot.save(rows, options.plot)
    if wrong := report.disagreements(rows):
        console.print(f"[bold red]failed, or losses differ from torch's:[/] {', '.join(wrong)}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
