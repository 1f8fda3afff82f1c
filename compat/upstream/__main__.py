"""`python -m compat.upstream TEST_FILE [pytest arguments]`: PyTorch's own tests under jaxtorch. See README.md."""

from __future__ import annotations

import argparse
import collections
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

EXCLUDED = Path(__file__).with_name("excluded.tsv")


def run(side: str, file: Path, only: set[str] | None, arguments: list[str], verbose: bool) -> dict[str, list[str]]:
    """Each test's outcome and reason; a crash costs the test that crashed, and the rest runs on."""
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        out, wanted = Path(folder, "out.json"), Path(folder, "only.json")
        while True:
            if only is not None:
                wanted.write_text(json.dumps(sorted(only)), encoding="utf-8")
            command = [sys.executable, "-m", "compat.upstream.worker", side, str(file), str(out)]
            command += [str(wanted) if only is not None else "", *arguments]
            subprocess.run(command, check=False, stdout=None if verbose else subprocess.DEVNULL, stderr=None)
            if out.exists():
                return found | json.loads(out.read_text(encoding="utf-8"))
            part = out.with_suffix(".part")
            lines = part.read_text(encoding="utf-8").splitlines() if part.exists() else []
            done = {name: [outcome, reason] for name, outcome, reason in map(json.loads, lines)}
            found |= done
            if not done or only is None:
                return found or {"<import>": ["error", "the process ended before the first test"]}
            only = only - done.keys()


def excluded(file: str) -> list[tuple[re.Pattern, str]]:
    """Patterns of test names that are out of scope, with the reason."""
    rows = [line.split("\t") for line in EXCLUDED.read_text(encoding="utf-8").splitlines() if line[:1] not in "#"]
    return [(re.compile(pattern), reason) for name, pattern, reason in rows if name in (file, "*")]


def main(argv: list[str] | None = None) -> int:
    """Run, report, compare."""
    parser = argparse.ArgumentParser(prog="python -m compat.upstream", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--oracle", type=Path, metavar="JSON", help="results of PyTorch itself; made if not there")
    parser.add_argument("--json", type=Path, help="where to write this run's results")
    parser.add_argument("--failed-in", type=Path, metavar="JSON", help="run only what did not pass in this earlier run")
    parser.add_argument("-v", "--verbose", action="store_true", help="show pytest's output")
    options, arguments = parser.parse_known_args(argv)
    file = options.file.resolve()
    only = None
    if options.oracle:
        if not options.oracle.exists():
            oracle = run("torch", file, None, [], options.verbose)
            options.oracle.write_text(json.dumps(oracle, indent=0, sort_keys=True), encoding="utf-8")
        oracle = json.loads(options.oracle.read_text(encoding="utf-8"))
        only = {name for name, (outcome, _) in oracle.items() if outcome == "passed"}
    earlier = {}
    if options.failed_in:
        earlier = json.loads(options.failed_in.read_text(encoding="utf-8"))
        only = {name for name, (outcome, _) in earlier.items() if outcome != "passed"}
    results = run("jaxtorch", file, only, arguments, options.verbose)
    if options.json:
        options.json.write_text(json.dumps(earlier | results, indent=0, sort_keys=True), encoding="utf-8")
    report(file.name, results)
    return 0


def report(file: str, results: dict[str, list[str]]) -> None:
    """Print totals and the failures, the most frequent reason first."""
    out_of_scope = excluded(file)
    left_out = {name for name in results if any(pattern.search(name) for pattern, _ in out_of_scope)}
    reasons: dict[str, list[str]] = collections.defaultdict(list)
    for name, (outcome, reason) in results.items():
        if outcome != "passed" and name not in left_out:
            reasons[f"{outcome}: {reason}"].append(name)
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        print(f"{len(names):5} {reason}\n      {' '.join(names[:4])}")
    passed = sum(outcome == "passed" for outcome, _ in results.values())
    counts = collections.Counter(o for n, (o, _) in results.items() if n not in left_out and o != "passed")
    others = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    excluded_failures = sum(results[name][0] != "passed" for name in left_out)
    print(f"{file}: {passed} of {len(results)} passed; {others or 'nothing else'}; {excluded_failures} out of scope")


if __name__ == "__main__":
    sys.exit(main())
