"""`torch.testing.assert_close`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaxtorch._autograd.variable import Variable
from jaxtorch._base import dtypes
from jaxtorch._tensor.construct import tensor
from jaxtorch._tensor.conversion import host_array
from jaxtorch._tensor.layouts import sparse_coo, strided

_TOLERANCES = {
    dtypes.float16: (1e-3, 1e-5),
    dtypes.bfloat16: (1.6e-2, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
    dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Any = None,
) -> None:
    """AssertionError unless `actual` and `expected` (tensors, numbers, or sequences and mappings of them) are close.

    Default tolerances depend on the dtype, as in PyTorch.
    """
    if (rtol is None) != (atol is None):
        given, missing = ("rtol", "atol") if atol is None else ("atol", "rtol")
        raise ValueError(
            f"rtol and atol must both be specified or both be unspecified, but got no {missing} and {given}="
            f"{rtol if given == 'rtol' else atol}."
        )
    options = (rtol, atol, equal_nan, check_dtype, check_stride, check_layout)
    try:
        _compare(actual, expected, "", options)
    except AssertionError as error:
        if msg is None:
            raise
        raise AssertionError(msg(str(error)) if callable(msg) else msg) from None


def _compare(actual: Any, expected: Any, where: str, options: tuple) -> None:
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if set(actual) != set(expected):
            raise AssertionError(
                f"The keys of the mappings do not match:\nMissing keys in the actual mapping: "
                f"{sorted(set(expected) - set(actual))}"
            )
        for key in expected:
            _compare(actual[key], expected[key], f"{where}[{key!r}]", options)
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            raise AssertionError(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")
        for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
            _compare(a, e, f"{where}[{i}]", options)
    else:
        _compare_values(actual, expected, where, options)


def _is_sequence(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, str)


def _compare_values(actual: Any, expected: Any, where: str, options: tuple) -> None:
    rtol, atol, equal_nan, check_dtype, check_stride, check_layout = options
    if actual is None and expected is None:
        return
    numbers = not isinstance(actual, Variable) and not isinstance(expected, Variable)
    a, e = (x if isinstance(x, Variable) else tensor(x) for x in (actual, expected))
    item = f"\n\nThe failure occurred for item {where}" if where else ""
    if a.shape != e.shape:
        raise AssertionError(f"The values for attribute 'shape' do not match: {a.shape} != {e.shape}.{item}")
    if check_dtype and a.dtype is not e.dtype and not numbers:
        raise AssertionError(f"The values for attribute 'dtype' do not match: {a.dtype} != {e.dtype}.{item}")
    if a.layout is not e.layout and check_layout:
        raise AssertionError(f"The values for attribute 'layout' do not match: {a.layout} != {e.layout}.{item}")
    if a.layout is e.layout is not strided:
        _compare_sparse(a, e, where, options)
        return
    a, e = (x if x.layout is strided else x.to_dense() for x in (a, e))
    if check_stride and a.stride() != e.stride():
        raise AssertionError(f"The values for attribute 'stride()' do not match: {a.stride()} != {e.stride()}.{item}")
    if rtol is None:
        pairs = [_TOLERANCES.get(x.dtype, (0.0, 0.0)) for x in (a, e)]
        rtol, atol = max(p[0] for p in pairs), max(p[1] for p in pairs)
    _compare_arrays(_wide(a), _wide(e), rtol, atol, equal_nan, numbers, item)


def _compare_sparse(a: Any, e: Any, where: str, options: tuple) -> None:
    """Two tensors of one sparse layout: the places they have, and the values there."""
    if a.layout is sparse_coo and a.is_coalesced() != e.is_coalesced():
        a, e = a.coalesce(), e.coalesce()
    kind = str(a.layout).removeprefix("torch.sparse_").upper()
    if a._nnz() != e._nnz():
        raise AssertionError(
            f"The number of specified values in sparse {kind} tensors does not match: {a._nnz()} != {e._nnz()}"
        )
    for (name, mine), (_, other) in zip(a._parts(), e._parts(), strict=True):
        try:
            _compare_values(mine, other, where, options)
        except AssertionError as error:
            text = str(error).replace("Tensor-likes", f"Sparse {kind} {name.replace('_', ' ')}", 1)
            raise AssertionError(text) from None


def _wide(x: Any) -> np.ndarray:
    array = host_array(x)
    return (
        array if array.dtype.kind in "biu" else array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    )


def _compare_arrays(
    a: np.ndarray, e: np.ndarray, rtol: float, atol: float, equal_nan: bool, numbers: bool, item: str
) -> None:
    close = np.isclose(a, e, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if close.all():
        return
    with np.errstate(all="ignore"):
        away = np.abs(np.asarray(a, np.result_type(a, np.float64)) - e)
        ratio = away / np.abs(e)
    exact = "equal" if not rtol and not atol else "close"
    if numbers or a.ndim == 0:
        raise AssertionError(
            f"Scalars are not {exact}!\n\nExpected {e.item()} but got {a.item()}.\nAbsolute difference: "
            f"{away.item()} (up to {atol} allowed)\nRelative difference: {ratio.item()} (up to {rtol} allowed)"
            f"{item}"
        )
    wrong = np.where(close, 0, away)
    at, at_ratio = (
        tuple(int(i) for i in np.unravel_index(np.nanargmax(w), a.shape)) for w in (wrong, np.where(close, 0, ratio))
    )
    count = int((~close).sum())
    raise AssertionError(
        f"Tensor-likes are not {exact}!\n\nMismatched elements: {count} / {a.size} ({count / a.size:.1%})\n"
        f"Greatest absolute difference: {away[at]} at index {at} (up to {atol} allowed)\n"
        f"Greatest relative difference: {ratio[at_ratio]} at index {at_ratio} (up to {rtol} allowed){item}"
    )


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """The older form of `assert_close`, without a check of dtypes."""
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)
