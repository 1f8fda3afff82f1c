"""The readable report of a run."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from compat.conformance.outcome import OUTCOMES, SEPARATE, Check

GOOD = ("pass", "oracle")


def counted(checks: Iterable[Check]) -> list[Check]:
    return [c for c in checks if c.outcome != "oracle"]


def summary(checks: list[Check]) -> dict[str, Any]:
    """The totals, as they go into the JSON file."""
    checks = counted(checks)
    main = [c for c in checks if c.name not in SEPARATE]
    cases: dict[tuple[Any, ...], bool] = defaultdict(lambda: True)
    for c in main:
        cases[c.op, c.dtype, c.kind, c.index] &= c.outcome == "pass"
    ops: dict[str, list[str]] = defaultdict(list)
    for c in main:
        ops[c.op].append(c.outcome)
    return {
        "checks": len(main),
        "passed": sum(c.outcome == "pass" for c in main),
        "cases": len(cases),
        "cases passed": sum(cases.values()),
        "operations": len(ops),
        "operations clean": sum(all(o == "pass" for o in found) for found in ops.values()),
        "operations missing": sorted(op for op, found in ops.items() if _absent(found)),
        "outcomes": dict(Counter(c.outcome for c in main).most_common()),
        "separate": {name: dict(Counter(c.outcome for c in checks if c.name == name)) for name in SEPARATE},
        "namespaces": {
            space: dict(Counter(c.outcome for c in main if c.namespace == space))
            for space in sorted({c.namespace for c in main})
        },
        "by check": {
            name: dict(Counter(c.outcome for c in checks if c.name == name))
            for name in sorted({c.name for c in checks if not c.name.startswith("synonym")})
        },
        "by operation": {op: dict(Counter(found)) for op, found in sorted(ops.items())},
    }


def _absent(outcomes: list[str]) -> bool:
    return not any(o == "pass" for o in outcomes) and any(o in ("missing", "not implemented") for o in outcomes)


def show(console: Console, checks: list[Check], lookalike: str) -> None:
    """Tables by namespace, check and operation, and the most frequent failures."""
    totals = summary(checks)
    _by_namespace(console, totals, lookalike)
    _by_check(console, totals)
    _by_operation(console, totals)
    _frequent(console, checks)
    _missing(console, checks)
    share = 100 * totals["passed"] / max(1, totals["checks"])
    console.print(
        f"[bold]{totals['passed']} of {totals['checks']} checks pass ({share:.2f}%)[/], "
        f"{totals['cases passed']} of {totals['cases']} cases, "
        f"{totals['operations clean']} of {totals['operations']} operations in every check."
    )
    for name, found in totals["separate"].items():
        if found:
            console.print(f"  apart from that, {name}: {found.get('pass', 0)} of {sum(found.values())} agree")


def _percent(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    return f"{100 * counts.get('pass', 0) / total:.1f}" if total else "-"


def _rows(title: str, head: str, rows: dict[str, dict[str, int]]) -> Table:
    seen = [o for o in OUTCOMES if o != "oracle" and any(o in counts for counts in rows.values())]
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column(head)
    for column in ("checks", "% pass", *(o for o in seen if o != "pass")):
        table.add_column(column.replace(" ", "\n"), justify="right")
    for name, counts in rows.items():
        cells = [str(counts.get(o, "")) for o in seen if o != "pass"]
        table.add_row(escape(name), str(sum(counts.values())), _percent(counts), *cells)
    return table


def _by_namespace(console: Console, totals: dict[str, Any], lookalike: str) -> None:
    rows = {**totals["namespaces"], "all": totals["outcomes"]}
    console.print(_rows(f"{lookalike} against torch, by namespace", "namespace", rows))


def _by_check(console: Console, totals: dict[str, Any]) -> None:
    console.print(_rows("by what is checked", "check", totals["by check"]))


def _by_operation(console: Console, totals: dict[str, Any], most: int = 25) -> None:
    rows = {op: found for op, found in totals["by operation"].items() if set(found) != {"pass"}}
    worst = sorted(rows, key=lambda op: rows[op].get("pass", 0) - sum(rows[op].values()))
    if worst:
        console.print(
            _rows(
                f"operations with most failing checks ({len(rows)} fail in some)",
                "operation",
                {op: rows[op] for op in worst[:most]},
            )
        )


def _frequent(console: Console, checks: list[Check], most: int = 30) -> None:
    """Failures that look alike, most frequent first, each with one call that shows it."""
    groups: dict[tuple[str, str, str], list[Check]] = defaultdict(list)
    for c in checks:
        if c.outcome not in (*GOOD, "blocked", "missing"):
            # an exception is one fault wherever it shows; a wrong answer is one fault of its operation
            raised = c.outcome in ("not implemented", "raises")
            groups[c.outcome, "" if raised else c.op, normal(c.detail) if raised else ""].append(c)
    if not groups:
        return
    console.print(f"[bold]Most frequent failures[/] ({len(groups)} kinds)")
    ranked = sorted(groups.items(), key=lambda item: -len(item[1]))[:most]
    for (outcome, where, _), found in ranked:
        first = min(found, key=lambda c: len(c.call) or 9999)
        ops = sorted({c.op for c in found})
        listed = ", ".join(ops[:5]) + (f" … ({len(ops)})" if len(ops) > 5 else "")
        head = f"[bold red]{len(found):>6}[/] [bold]{outcome}[/]"
        names = ", ".join(sorted({c.name for c in found}))
        console.print(f"{head} {escape(where)}{': ' if where else ''}{escape(first.detail)}", soft_wrap=True)
        console.print(f"       [dim]{names} of {escape(listed)}[/]  {escape(first.call)}", soft_wrap=True)
        console.print(f"       [dim]{escape(command(first))}[/]", soft_wrap=True)


def _missing(console: Console, checks: list[Check]) -> None:
    """The names that do not exist, by how many checks ask for them."""
    names = Counter(missing_name(c) for c in checks if c.outcome == "missing")
    if names:
        listed = ", ".join(f"{name} ({count})" for name, count in names.most_common())
        console.print(f"[bold]Missing names[/] ({len(names)}): {escape(listed)}\n", soft_wrap=True, highlight=False)


def missing_name(check: Check) -> str:
    """ "Tensor.where" from "type object 'Tensor' has no attribute 'where'"."""
    quoted = re.findall(r"'([\w.]+)'", check.detail)
    if len(quoted) < 2:
        return f"torch.{check.op}"
    owner = re.sub(r"^[a-z]\w*", "torch", quoted[0])
    return f"{owner}.{quoted[1]}"


def normal(detail: str) -> str:
    """A message without what is particular to a call, so that the same failure on other samples counts as the same."""
    detail = re.sub(r" \([\w/.]+:\d+\)$|[\w.]+(?=\(\))", "", detail)  # the place, and the function's own name
    return re.sub(r"[-+]?\d[\d.e+-]*|\b(nan|inf|True|False)\b", "#", detail)[:120]


def command(check: Check) -> str:
    """What to run to see one failing sample again."""
    dtype = f" --dtypes {check.dtype}" if check.dtype else ""
    at = f" --at {check.index}" if check.index >= 0 else ""
    return f"python -m compat.conformance --ops {check.op}{dtype} --kinds {check.kind}{at} -v"


def verbose(console: Console, check: Check) -> None:
    """One failing check in full."""
    head = f"{check.op} {check.dtype} {check.kind} {check.index}".replace("  ", " ")
    console.print(f"[bold red]{check.outcome}[/] [bold]{escape(check.name)}[/] {escape(head)}", soft_wrap=True)
    for label, text in (("call", check.call), ("why", check.detail), ("torch", check.expected), ("got", check.got)):
        if text:
            console.print(f"    {label:<6}{escape(text)}", soft_wrap=True, highlight=False)
    console.print(f"    [dim]{escape(command(check))}[/]", soft_wrap=True)
