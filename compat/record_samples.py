"""Record what PyTorch gives for the sample rows of the operation table.

    python compat/record_samples.py               every family whose rows changed
    python compat/record_samples.py reduce scan   these families

Needs PyTorch. Writes tests/_ops/recorded/<family>.npz, which `tests/_ops/test_samples.py` holds jaxtorch against.
"""

from __future__ import annotations

import pathlib
import sys
import warnings

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from tests._ops import observe, recording, samples


def main(wanted: list[str]) -> int:
    """Record the wanted families; the exit status counts rows that could not be recorded."""
    families = samples.families()
    unknown = sorted(set(wanted) - set(families))
    if unknown:
        sys.exit(f"no such family: {', '.join(unknown)}; there are {', '.join(families)}")
    return sum(
        record(family, families[family]) for family in wanted or families if wanted or changed(family, families[family])
    )


def changed(family: str, rows: dict) -> bool:
    """Whether the recording of a family was made from other rows."""
    return {key: text for key, (text, _) in recording.load(family).items()} != texts(rows)


def texts(rows: dict) -> dict[str, str]:
    """The text of each row, by which a stale recording is found."""
    return {f"{name}/{i}": repr(row) for name, each in rows.items() for i, row in enumerate(each)}


def record(family: str, rows: dict) -> int:
    """Run a family's rows on PyTorch and write what came out; the number of rows that failed."""
    observed, failed = {}, 0
    for name, each in rows.items():
        for i, row in enumerate(each):
            try:
                observed[f"{name}/{i}"] = note(name, i, row)
            except Exception as error:
                failed += 1
                print(f"{family}: {name}/{i} {type(error).__name__}: {error}", file=sys.stderr)
    path = recording.save(family, observed, texts(rows))
    print(f"{family}: {len(observed)} rows, {path.stat().st_size // 1024} KiB")
    return failed


def note(name: str, i: int, row: samples.Row) -> observe.Observed:
    """One row on PyTorch; a row that says `raises()` must raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = observe.observe(torch, name, i, row)
    if row.error and seen.error is None:
        raise AssertionError("the row says that PyTorch raises, but it does not")
    return seen


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
