"""`vmap` of an op gives what the op gives on each example, on sample rows of every eighth op."""

from __future__ import annotations

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch.utils._pytree import tree_flatten, tree_unflatten
from tests._ops.observe import build, resolve
from tests._ops.samples import families

ROWS = {name: rows for family in families().values() for name, rows in family.items()}
# Whose results differ in shape from example to example, or that check values no other example has.
UNFIT = {"cholesky", "linalg.cholesky", "masked.median"}


def _call(function, flat, spec, places, tensors):
    full = list(flat)
    for place, tensor in zip(places, tensors, strict=True):
        full[place] = tensor
    args, kwargs = tree_unflatten(full, spec)
    return tree_flatten(function(*args, **kwargs))[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in sorted(ROWS)[::8] if name not in UNFIT])
def test_op(name):
    function = resolve(torch, name)
    i, row = next(((i, row) for i, row in enumerate(ROWS[name]) if not row.error), (0, None))
    if row is None:
        pytest.skip("its rows are errors")
    args = tuple(build(torch, a, [], (name, i, k)) for k, a in enumerate(row.args))
    flat, spec = tree_flatten((args, {key: build(torch, v, [], (name, i, key)) for key, v in row.kwargs.items()}))
    places = [k for k, x in enumerate(flat) if isinstance(x, torch.Tensor)]
    if not places:
        pytest.skip("it takes no tensor")
    one = [flat[k].detach() for k in places]
    other = [x.roll(1, 0) if x.dim() and x.numel() else x for x in one]
    expected = [_call(function, flat, spec, places, tensors) for tensors in (one, other)]
    same_kind = all(isinstance(a, torch.Tensor) and a.shape == b.shape for a, b in zip(*expected, strict=True))
    if not same_kind:
        pytest.skip("its results are no tensors of one shape")
    stacked = [torch.stack(pair) for pair in zip(one, other, strict=True)]
    found = torch.vmap(lambda *tensors: _call(function, flat, spec, places, tensors))(*stacked)
    for got, *each in zip(found, *expected, strict=True):
        want = torch.stack([e.detach() for e in each])
        assert got.dtype is want.dtype and got.shape == want.shape
        coarse = 1e-2 if got.dtype in (torch.float16, torch.bfloat16) else 2e-5
        arrays = [x.detach().to(torch.complex128).numpy() for x in (got, want)]
        np.testing.assert_allclose(*arrays, rtol=coarse, atol=coarse)
