"""The method, the in-place method and `out=` of an op give what its function gives, on the first sample rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch._ops.table import TABLE
from tests._ops.observe import build, observed, resolve
from tests._ops.samples import Row, X, families

_ROWS = {name: rows for family in families().values() for name, rows in family.items()}
_VARIANTS = {
    letter: sorted(
        {
            op.name
            for op in TABLE.values()
            if letter in op.variants and "." not in op.name and not op.name.startswith("_")
        }
        & set(_ROWS)
    )
    for letter in "mio"
}


# of these some overload takes no `out`: the one of the tensor alone
_PARTLY = {op.name for op in TABLE.values() if "o" not in op.variants}


def _dims_given(row: Row) -> bool:
    return len(row.args) + len(row.kwargs) > 1 and not any(isinstance(a, bool) for a in row.args[1:2])


def _usable(row: Row) -> bool:
    """Rows without an error whose first argument is the tensor a method would be called on."""
    return not row.error and bool(row.args) and isinstance(row.args[0], X)


def _called(name: str, row: Row, i: int) -> tuple[Any, list, dict]:
    args = [build(torch, a, [], (name, i, k)) for k, a in enumerate(row.args)]
    kwargs = {key: build(torch, value, [], (name, i, key)) for key, value in row.kwargs.items()}
    with torch.no_grad():
        return resolve(torch, name)(*args, **kwargs), args, kwargs


def _first_rows(name: str) -> list[tuple[int, Row]]:
    return [(i, row) for i, row in enumerate(_ROWS[name]) if _usable(row)][:2]


def _same(a: Any, b: Any) -> None:
    if isinstance(b, (tuple, list)):
        for x, y in zip(a, b, strict=True):
            _same(x, y)
        return
    assert a.dtype == b.dtype and a.shape == b.shape
    coarse = 1e-2 if a.dtype in (torch.float16, torch.bfloat16) else 1e-6
    np.testing.assert_allclose(observed(torch, a), observed(torch, b), rtol=coarse, atol=coarse)  # other programs


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", _VARIANTS["m"])
def test_method(name: str) -> None:
    for i, row in _first_rows(name):
        expected, args, kwargs = _called(name, row, i)
        with torch.no_grad():
            _same(getattr(args[0], name)(*args[1:], **kwargs), expected)


def test_polygamma_has_its_order_first_only_as_a_function() -> None:
    x = torch.tensor([0.5, 2.0])
    _same(x.polygamma(1), torch.polygamma(1, x))
    _same(x.clone().polygamma_(1), torch.polygamma(1, x))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", _VARIANTS["i"])
def test_in_place(name: str) -> None:
    for i, row in _first_rows(name):
        expected, args, kwargs = _called(name, row, i)
        changed = args[0].detach().clone()
        if (expected.dtype, expected.shape) != (changed.dtype, changed.shape):
            continue  # PyTorch refuses these
        version = changed._version
        assert getattr(changed, name + "_")(*args[1:], **kwargs) is changed
        assert changed._version > version
        _same(changed, expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", _VARIANTS["o"])
def test_out(name: str) -> None:
    rows = [(i, row) for i, row in enumerate(_ROWS[name]) if not row.error]
    rows = [(i, row) for i, row in rows if name not in _PARTLY or _dims_given(row)][:2]
    assert rows
    for i, row in rows:
        expected, args, kwargs = _called(name, row, i)
        args, kwargs = [_detached(a) for a in args], {k: _detached(a) for k, a in kwargs.items()}
        many = isinstance(expected, (tuple, list))
        out = tuple(torch.empty_like(e) for e in expected) if many else torch.empty_like(expected)
        given = resolve(torch, name)(*args, **kwargs, out=out)
        _same(given, expected)
        _same(out, expected)


def _detached(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach()
    return type(value)(_detached(v) for v in value) if isinstance(value, (list, tuple)) else value
