"""Every sample row gives on jaxtorch what PyTorch gave: value, shape, dtype, gradient, exception."""

from __future__ import annotations

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch._ops.table import TABLE
from tests._ops import observe, recording
from tests._ops.samples import Row, families

_FAMILIES = families()
_RECORDED = {f"{family}/{key}": entry for family in _FAMILIES for key, entry in recording.load(family).items()}
_ROWS = [
    (family, name, i, row)
    for family, rows in _FAMILIES.items()
    for name, each in rows.items()
    for i, row in enumerate(each)
]
_TOLERANCE = {
    "float16": 2e-3,
    "bfloat16": 2e-2,
    "float32": 2e-5,
    "complex64": 2e-5,
    "float64": 1e-9,
    "complex128": 1e-9,
}


@pytest.mark.filterwarnings("ignore")  # what warns under PyTorch may warn here
@pytest.mark.parametrize(("family", "name", "i", "row"), _ROWS, ids=[f"{f}-{n}-{i}" for f, n, i, _ in _ROWS])
def test_row(family: str, name: str, i: int, row: Row) -> None:
    text, expected = _RECORDED.get(f"{family}/{name}/{i}", ("", None))
    assert text == repr(row), "not recorded, or the row changed since: run compat/record_samples.py"
    seen = observe.observe(torch, name, i, row)
    assert seen.error == expected.error
    assert (seen.structure, seen.dtypes, seen.requires_grad) == (
        expected.structure,
        expected.dtypes,
        expected.requires_grad,
    )
    kept = [k for k in range(len(seen.outputs)) if k not in row.undefined]
    _compare(
        "output",
        [seen.outputs[k] for k in kept],
        [expected.outputs[k] for k in kept],
        row,
        [seen.dtypes[k] for k in kept],
    )
    coarse = [d for d in seen.dtypes if d in ("float16", "bfloat16")][:1]
    _compare("gradient", seen.grads, expected.grads, row, coarse * len(seen.grads))
    _compare("second derivative", seen.seconds, expected.seconds, row, coarse * len(seen.seconds))


def _compare(what: str, seen: list, expected: list, row: Row, names: list[str]) -> None:
    assert len(seen) == len(expected), what
    for k, (a, b) in enumerate(zip(seen, expected, strict=True)):
        if a is None or b is None:  # an unused input's gradient may be None or zeros
            assert not np.any(a if b is None else b), f"{what} {k}"
            continue
        assert (a.shape, a.dtype) == (b.shape, b.dtype), f"{what} {k}"
        name = names[k] if k < len(names) else b.dtype.name
        tolerance = row.tolerance if row.tolerance is not None else _TOLERANCE.get(name, 0.0)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True, err_msg=f"{what} {k}")


def test_every_public_op_has_a_row() -> None:
    sampled = {name for rows in _FAMILIES.values() for name in rows}
    missing = {op.name for op in TABLE.values() if not op.name.rpartition(".")[2].startswith("_")} - sampled
    assert not missing, f"ops without a sample row: {sorted(missing)}"


def test_rows_of_one_name_stand_in_one_family() -> None:
    names = [name for rows in _FAMILIES.values() for name in rows]
    assert len(names) == len(set(names))
