"""Runs the examples under both, compares what they compute, and reports whole-process wall times.

python -m compat.examples               full length, jaxtorch with a cold and with a warm compilation cache
python -m compat.examples --short       a few steps each, cold cache only: what CI runs
python -m compat.examples --kernels     PyTorch against its own plain kernels: what rounding alone does
python -m compat.examples --record      write PyTorch's numbers in the short setting, which the tests compare with
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from compat.examples import sides
from compat.examples.cases import CASES, Case
from compat.examples.compare import Check, checks

RECORDED = Path(__file__).with_name("recorded.json")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m compat.examples", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--short", action="store_true")
    kind.add_argument("--kernels", action="store_true")
    kind.add_argument("--record", action="store_true")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[case.name for case in CASES])
    parser.add_argument("--json", type=Path, default=Path("results/examples.json"), help="where the results go")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only is None or case.name in options.only]
    if options.record:
        _record(cases)
        return 0

    setting = "short" if options.short else "full"
    console = Console(stderr=True)
    results = []
    for case in cases:
        with console.status(case.name):
            results.append(_compare(case, setting, options.kernels))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"made with": _versions(), "setting": setting, "examples": results}, indent=1))
    width = None if sys.stdout.isatty() else 140
    Console(width=width).print(_table(results))
    print(f"{sum(r['ok'] for r in results)} of {len(results)} examples agree; details in {options.json}")
    return 0 if all(r["ok"] for r in results) else 1


def _compare(case: Case, setting: str, kernels: bool) -> dict[str, Any]:
    result: dict[str, Any] = {"name": case.name, "args": case.args(setting)}
    try:
        expected = sides.run(case, setting, "torch")
        result["torch"] = expected
        if kernels:
            actual = result["plain kernels"] = sides.run(case, setting, "plain kernels")
        else:
            with tempfile.TemporaryDirectory() as cache:
                actual = result["cold"] = sides.run(case, setting, "jaxtorch", cache)
                if setting == "full":
                    result["warm"] = sides.run(case, setting, "jaxtorch", cache)
    except RuntimeError as error:
        found = [Check("run", False, str(error))]
    else:
        if kernels:
            # PyTorch's initial parameters, too, depend on its kernels in the last bit.
            expected.pop("initial", None)
        chaotic = bool(case.chaotic) and setting == "full"
        found = list(checks(expected, actual, case.until if chaotic else None))
        if chaotic:
            found.append(Check("final", True, f"not compared: {case.chaotic}"))
    result["checks"] = [check._asdict() for check in found]
    result["ok"] = all(check.ok for check in found)
    return result


def _table(results: list[dict[str, Any]]) -> Table:
    table = Table(title="Examples: PyTorch / jaxtorch", title_justify="left")
    table.add_column("example", no_wrap=True)
    table.add_column("")
    table.add_column("compared", overflow="fold")
    for name in ("torch s", "cold s", "warm s", "programs"):
        table.add_column(name, justify="right", no_wrap=True)
    for result in results:
        notes = [f"{'' if c['ok'] else 'FAIL '}{c['what']}: {_last_line(c['note'])}" for c in result["checks"]]
        seconds = [f"{result[side]['seconds']:.1f}" if side in result else "" for side in ("torch", "cold", "warm")]
        programs = result.get("cold", {}).get("programs", "")
        table.add_row(result["name"], "ok" if result["ok"] else "FAIL", "\n".join(notes), *seconds, str(programs))
    return table


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def _versions() -> dict[str, Any]:
    return {
        "torch": version("torch"),
        "jax": version("jax"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
    }


def _record(cases: list[Case]) -> None:
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {"examples": {}}
    recorded["made with"] = {"torch": version("torch")}
    for case in cases:
        seen = sides.run(case, "short", "torch")
        del seen["seconds"]
        recorded["examples"][case.name] = {"args": case.args("short"), **seen}
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
