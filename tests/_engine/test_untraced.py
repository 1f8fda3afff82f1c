"""What runs on the host without a trace gives what the traced op gives: values, shapes, dtypes, gradients."""

import jax
import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch._base.avals import aval
from jaxtorch._base.dtypes import bool_, complex64, float32, float64, int64
from jaxtorch._engine.calls import CALLS, make_call
from jaxtorch._engine.host.untraced import untraced
from jaxtorch._ops.host_forms import FORMS
from jaxtorch._ops.table import TABLE, flatten

F, D, N, B, C = float32, float64, int64, bool_, complex64
RANGE, SLICE = ("range", 1, 2, 2), ("slice", 2, 1)

# op, arrays as (shape, dtype) or lists of them, metadata
CASES = [
    ("_view", [((2, 6), F)], {"size": (3, 4)}),
    ("_view", [((0, 6), N)], {"size": (0,)}),
    ("_permute", [((2, 3, 4), F)], {"dims": (2, 0, 1)}),
    ("_expand", [((3, 1), F)], {"size": (2, 3, 4)}),
    ("_expand", [((), D)], {"size": (2,)}),
    ("_basic_index", [((4, 5, 6), F), [1, 2]], {"spec": (("select",), RANGE, SLICE)}),
    ("_basic_index", [((4, 5), B), []], {"spec": (("keep",), ("range", 3, 0, 1))}),
    ("cat", [[((2, 3), F), ((4, 3), F), ((0, 3), F)]], {"dim": 0}),
    ("cat", [[((2, 3), D), ((2, 1), D)]], {"dim": -1}),
    ("stack", [[((2, 3), F)] * 4], {"dim": 1}),
    ("stack", [[((), F)] * 5], {"dim": -1}),
    ("nn.functional.linear", [((4, 2, 3), F), ((5, 3), F), ((5,), F)], {}),
    ("nn.functional.linear", [((3,), D), ((5, 3), D)], {}),
    ("matmul", [((4, 2, 3), F), ((4, 3, 5), F)], {}),
    ("matmul", [((4, 2, 3), F), ((3, 5), F)], {}),
    ("softmax", [((4, 7), F)], {"dim": -1, "dtype": None}),
    ("nn.functional.softmax", [((4, 7), F)], {"dim": 0, "dtype": None, "_stacklevel": 3}),
    ("log_softmax", [((4, 7), D)], {"dim": 1, "dtype": None}),
    ("nn.functional.log_softmax", [((4, 7), F)], {"dim": 1, "dtype": None, "_stacklevel": 3}),
    ("nn.functional.layer_norm", [((4, 3, 2), F), ((3, 2), F), ((3, 2), F)], {"normalized_shape": (3, 2), "eps": 1e-5}),
    ("nn.functional.layer_norm", [((4, 3), F)], {"normalized_shape": (3,), "eps": 1e-5}),
    ("_embedding", [((2, 3), N), ((7, 4), F)], {"padding_idx": None}),
    ("_embedding", [((), N), ((7, 4), D)], {"padding_idx": 2}),
    ("masked_fill", [((4, 3), F), ((3,), B), ((), F)], {}),
    # elementwise ones
    ("add", [((4, 3), F), ((3,), F)], {}),
    ("mul", [((4, 3), F), ((4, 3), F)], {}),
    ("nn.functional.gelu", [((4, 3), F)], {"approximate": "none"}),
    ("clamp", [((4, 3), F), ((), F), ((), F)], {}),
    ("div", [((4, 3), N), ((4, 3), N)], {}),
    ("tanh", [((2, 3), D)], {}),
]  # fmt: skip


def _array(rng, spec):
    if isinstance(spec, int):
        return np.asarray(spec)
    shape, dtype = spec
    if dtype is N:
        return rng.integers(1, 7, shape)
    if dtype is B:
        return np.asarray(rng.random(shape) < 0.5)
    return np.asarray(rng.standard_normal(shape).astype(dtype.numpy_dtype))


def _call(name, arrays, metadata):
    op = TABLE[name]
    flat, structure = flatten([*arrays, *[None] * (len(op.arrays) - len(arrays))])
    avals = tuple(aval(a.shape, {"f4": F, "f8": D, "i8": N, "b1": B, "c8": C}[a.dtype.str[1:]]) for a in flat)
    statics = tuple(metadata[p.name] if p.name in metadata else p.default for p in op.statics)
    return make_call(op, statics, structure, avals), flat


def _same(mine, expected):
    mine, expected = np.asarray(mine), np.asarray(expected)
    assert mine.shape == expected.shape and mine.dtype == expected.dtype
    np.testing.assert_allclose(mine, expected, rtol=2e-6 if mine.dtype == np.float32 else 1e-12, atol=1e-6)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]} {c[1]}")
def test_values_and_gradients(case):
    rng = np.random.default_rng(0)
    name, specs, metadata = case
    arrays = [[_array(rng, x) for x in s] if isinstance(s, list) else _array(rng, s) for s in specs]
    call, flat = _call(name, arrays, metadata)
    direct = untraced(call)
    assert direct is not None and direct.seconds > 0
    expected = jax.jit(call.fn)(*flat)
    assert tuple(call.out_avals.shape) == expected.shape and call.out_avals.dtype.numpy_dtype == expected.dtype
    _same(direct.run(*flat)[0], expected)
    mask = tuple(a.dtype.differentiable for a in call.avals)
    if not call.diff or not any(mask):
        return
    vjp, needed = call.vjp(mask)
    back = untraced(vjp)
    if back is None:
        assert name in FORMS and FORMS[name].pulls is None or name in ("add", "clamp")  # gradients that sum
        return
    inputs = [*[flat[i] for i in needed], _array(rng, (call.out_avals.shape, call.out_avals.dtype))]
    theirs = jax.jit(vjp.fn)(*inputs)
    found = back.run(*inputs)
    for g, e in zip(found, theirs if vjp.multi else (theirs,), strict=True):
        _same(g, e)


def test_every_form_has_a_case():
    assert {name for name, *_ in CASES} >= set(FORMS)


@pytest.mark.parametrize(
    "name, arrays, metadata, error",
    [
        ("_view", [((2, 3), F)], {"size": (4,)}, TypeError),
        ("matmul", [((2, 3), F), ((2, 3), F)], {}, RuntimeError),
        ("cat", [[((2, 3), F), ((2, 4), F)]], {"dim": 0}, RuntimeError),
        ("stack", [[((2,), F), ((3,), F)]], {"dim": 0}, RuntimeError),
        ("nn.functional.linear", [((2, 3), F), ((4, 2), F)], {}, RuntimeError),
        ("softmax", [((2,), F)], {"dim": 3, "dtype": None}, IndexError),
        ("masked_fill", [((2,), F), ((2,), B), ((), C)], {}, RuntimeError),
        ("nn.functional.layer_norm", [((2, 3), F)], {"normalized_shape": (2,), "eps": 1e-5}, RuntimeError),
    ],
)
def test_errors_come_from_the_op(name, arrays, metadata, error):
    rng = np.random.default_rng(0)
    arrays = [[_array(rng, x) for x in a] if isinstance(a, list) else _array(rng, a) for a in arrays]
    with pytest.raises(error):
        _call(name, arrays, metadata)


def test_new_shapes_trace_nothing():
    """A context that grows: after the first lengths neither recording nor the host tier traces anything."""
    weight, bias = torch.randn(8, 8), torch.randn(8)

    def step(n):
        x = torch.randn(1, n, 8)
        y = torch.nn.functional.linear(torch.nn.functional.layer_norm(x, (8,)), weight, bias)
        scores = (y @ y.transpose(-2, -1)) / 3.0
        out = torch.nn.functional.gelu(torch.softmax(scores, -1) @ y) + x
        return torch.cat((out, x), 1)[:, -1].view(8)

    traces = []

    def listen(name, seconds, **_):
        if name.endswith("jaxpr_trace_duration"):
            traces.append(name)

    step(2).tolist()
    before = len(CALLS)
    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        for n in range(3, 9):
            step(n).tolist()
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    assert len(CALLS) > before and not traces


def test_default_dtype_is_that_of_the_call():
    x = torch.tensor([1, 2, 3])
    torch.set_default_dtype(torch.float64)
    try:
        wide = x / 3
    finally:
        torch.set_default_dtype(torch.float32)
    assert wide.tolist() == [1 / 3, 2 / 3, 1.0]
    assert (x / 3).tolist() != wide.tolist()


def test_what_an_op_refuses_it_refuses_again():
    x = torch.ones(2, dtype=torch.complex64)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="not implemented for complex"):
            torch.maximum(x, x)
