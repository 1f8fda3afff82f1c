"""`python -m compat.conformance`: run PyTorch's operator database against a lookalike of torch."""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from compat.conformance import cases, history, pool, report
from compat.conformance.outcome import Check


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m compat.conformance", description=__doc__)
    choose = parser.add_argument_group("what to run")
    choose.add_argument("--lookalike", default="jaxtorch", help="module under test (default: jaxtorch)")
    choose.add_argument("--ops", default="", help="entries by name, comma-separated: add,max.binary,linalg.svd")
    choose.add_argument("-k", default="", metavar="TEXT", help="entries whose name contains TEXT")
    choose.add_argument("--dtypes", default=",".join(cases.DTYPES), help="comma-separated")
    choose.add_argument("--kinds", default="", help="sample, error (default), reference (elementwise)")
    choose.add_argument("--limit", type=int, default=20, help="samples of a pair, evenly spread (default: 20; 0: all)")
    choose.add_argument("--full", action="store_true", help="every sample, and the reference inputs")
    choose.add_argument("--sample", type=int, metavar="N", help="a fixed random part: N pairs of operation and dtype")
    choose.add_argument("--seed", type=int, default=0, help="which part (with --sample)")
    choose.add_argument("--at", type=int, help="the sample at this position only")
    how = parser.add_argument_group("how")
    how.add_argument("--jobs", type=int, default=2)
    how.add_argument("--timeout", type=float, default=30.0, help="seconds a single check may take")
    how.add_argument("-v", "--verbose", action="store_true", help="print every failing check: call, expected, got")
    how.add_argument("--json", type=Path, help="write totals and every failing check")
    how.add_argument("--history", type=Path, default=history.DEFAULT, help="the record; a regression exits with 1")
    how.add_argument("--record", action="store_true", help="write this run into the record")
    return parser.parse_args(argv)


def chosen_tasks(options: argparse.Namespace) -> list[cases.Task]:
    ops = cases.selected([n for n in options.ops.split(",") if n], options.k)
    kinds = options.kinds.split(",") if options.kinds else ["sample", "error", *(["reference"] if options.full else [])]
    if set(kinds) - set(cases.KINDS):
        raise SystemExit(f"kinds are {', '.join(cases.KINDS)}")
    limit = 0 if options.full else options.limit
    tasks = cases.tasks(ops, options.dtypes.split(","), kinds, limit, options.at)
    return cases.draw(tasks, options.sample, options.seed, samples=2) if options.sample else tasks


def execute(tasks: list[cases.Task], options: argparse.Namespace, console: Console) -> list[Check]:
    """Run the tasks with a progress bar; a check that is reported twice (a retried sample) counts once."""
    found: dict[str, Check] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # no refresh thread: workers are forked while the bar is shown
    with Progress(*columns, console=console, auto_refresh=False, disable=not console.is_terminal) as progress:
        bar = progress.add_task("checking", total=len(tasks))

        def on_check(check: Check) -> None:
            found[check.key] = check
            if options.verbose and check.outcome not in report.GOOD and check.outcome != "blocked":
                report.verbose(console, check)

        done = 0

        def on_task(task: cases.Task) -> None:
            nonlocal done
            done += 1
            progress.update(bar, advance=1, description=f"{task.op} {task.dtype}"[:40])
            progress.refresh()
            if not console.is_terminal and done % max(50, len(tasks) // 20) == 0:
                bad = sum(c.outcome not in report.GOOD for c in found.values())
                print(f"{done} of {len(tasks)} pairs, {len(found)} checks, {bad} fail", file=sys.stderr, flush=True)

        limits = pool.Limits(seconds=options.timeout)
        pool.run(tasks, options.lookalike, options.jobs, limits, on_check, on_task)
    return list(found.values())


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    console = Console(width=None if sys.stdout.isatty() else 150)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)  # a forked worker must not inherit a thread pool
    tasks = chosen_tasks(options)
    if not tasks:
        console.print("nothing to run")
        return 2
    begin = time.monotonic()
    try:
        checks = execute(tasks, options, console)
    except pool.LookalikeFailed as error:
        console.print(f"[bold red]{options.lookalike} cannot be imported[/]\n{error}", markup=True)
        return 2
    report.show(console, checks, options.lookalike)
    seconds = time.monotonic() - begin
    console.print(f"  {len(tasks)} pairs of operation and dtype in {seconds:.0f} s, torch {torch.__version__}")
    if options.json:
        write_json(options.json, options, checks)
    return conclude(options, console, checks)


def setting(options: argparse.Namespace) -> dict[str, Any]:
    names = ("lookalike", "ops", "k", "dtypes", "kinds", "limit", "full", "sample", "seed", "at")
    return {name: getattr(options, name) for name in names} | {"torch": torch.__version__}


def write_json(path: Path, options: argparse.Namespace, checks: list[Check]) -> None:
    failures = [c.asdict() for c in checks if c.outcome not in report.GOOD]
    content = {"setting": setting(options), "summary": report.summary(checks), "failures": failures}
    path.write_text(json.dumps(content, indent=1))


def conclude(options: argparse.Namespace, console: Console, checks: list[Check]) -> int:
    """Compare with the record; 1 if a check that did not fail before fails now."""
    worse = history.regressions(history.load(options.history), checks) if options.history.exists() else []
    if worse:
        console.print(f"\n[bold red]{len(worse)} regressions[/] against {options.history.name}:")
        for check in worse[:50]:
            report.verbose(console, check)
    if options.record:
        history.record(options.history, setting(options), checks)
        console.print(f"recorded in {options.history}")
        return 0
    return 1 if worse else 0


if __name__ == "__main__":
    raise SystemExit(main())
