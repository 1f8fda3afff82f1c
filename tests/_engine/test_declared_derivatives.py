"""Derivatives that ops declare (`pull`) give what `jax.vjp` of the op gives."""

import jax
import numpy as np
import pytest

from jaxtorch._engine.calls import make_call
from jaxtorch._engine.derivatives import vjp_function
from jaxtorch._engine.host.lowering import HostCall
from jaxtorch._ops.table import TABLE, aval_of, flatten, unflatten

_RNG = np.random.default_rng(0)


def f(*shape, dtype=np.float32):
    return _RNG.standard_normal(shape).astype(dtype)


LABELS, LEFT_OUT = np.array([0, 2, 1, 2]), np.array([0, -100, 1, 2])
LINEAR, ENTROPY, NLL, NORM = "nn.functional.linear", "_cross_entropy", "_nll_loss", "_batch_norm_train"
X, CERTAIN = f(4, 3), np.where(f(4, 3) > 1, -np.inf, 0).astype(np.float32)


def entropy(reduction="mean", smoothing=0.0):
    return {"ignore_index": -100, "reduction": reduction, "label_smoothing": smoothing}


def pool(kernel, stride, padding=0, n=2, ceil_mode=False):
    values = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": 1}
    return {name: (value,) * n for name, value in values.items()} | {"ceil_mode": ceil_mode}


# op, arrays, metadata, whether the pull serves
CASES = {
    "linear": (LINEAR, [X, f(5, 3), f(5)], {}, True),
    "linear without a bias": (LINEAR, [X, f(5, 3)], {}, True),
    "linear of doubles": (LINEAR, [f(4, 3, dtype=np.float64), f(5, 3, dtype=np.float64)], {}, True),
    "linear of three dimensions": (LINEAR, [f(2, 4, 3), f(5, 3), f(5)], {}, True),
    "linear of a vector": (LINEAR, [f(3), f(5, 3), f(5)], {}, True),
    "linear of nothing": (LINEAR, [f(0, 3), f(5, 3), f(5)], {}, False),
    "linear to one": (LINEAR, [X, f(3)], {}, False),
    "a bias that is spread": (LINEAR, [X, f(5, 3), f(1)], {}, False),
    "linear of rows that alias": (LINEAR, [f(256, 8), f(512, 8)], {}, True),
    "cross entropy": (ENTROPY, [X, LABELS], entropy(), True),
    "cross entropy, sum": (ENTROPY, [X, LEFT_OUT], entropy("sum"), True),
    "cross entropy, each": (ENTROPY, [X, LEFT_OUT], entropy("none"), True),
    "cross entropy, one left out": (ENTROPY, [X, LEFT_OUT], entropy(), True),
    "cross entropy of what is certain": (ENTROPY, [CERTAIN, LABELS], entropy(), True),
    "cross entropy, smooth": (ENTROPY, [X, LABELS], entropy(smoothing=0.1), False),
    "cross entropy, weighted": (ENTROPY, [X, LABELS, np.abs(f(3))], entropy(), False),
    "cross entropy of places": (ENTROPY, [f(2, 3, 2), LABELS.reshape(2, 2)], entropy(), False),
    "cross entropy of odds": (ENTROPY, [X, np.abs(f(4, 3))], entropy(), False),
    "nll": (NLL, [X, LEFT_OUT], {"ignore_index": -100, "reduction": "mean"}, True),
    "nll, each": (NLL, [X, LABELS], {"ignore_index": -100, "reduction": "none"}, True),
    "max pooling": ("max_pool2d", [f(2, 3, 6, 7)], pool(2, 2), True),
    "max pooling that overlaps": ("max_pool2d", [f(2, 3, 6, 7)], pool(3, 2, 1, ceil_mode=True), True),
    "max pooling, ties": ("max_pool2d", [np.zeros((2, 3, 6, 7), np.float32)], pool(3, 1, 1), True),
    "max pooling of no batch": ("max_pool1d", [f(3, 7)], pool(2, 2, n=1), True),
    "large windows": ("max_pool1d", [f(1, 1, 200)], pool(70, 70, n=1), False),
    "batch norm": (NORM, [f(4, 3, 2, 2), f(3), f(3), f(3), f(3), 0.1], {"eps": 1e-5}, True),
    "batch norm without weights": (NORM, [f(4, 3, 2), None, None, None, None, 0.1], {"eps": 1e-5}, True),
    "batch norm of rows": (NORM, [X, f(3), f(3), None, None, 0.1], {"eps": 1e-5}, True),
}


def test_what_is_not_needed_still_says_its_shape():
    call = make_call(TABLE[LINEAR], (), None, tuple(aval_of(x) for x in (X, f(5, 3), f(1))))
    vjp, needed = call.vjp((False, False, True))
    assert 2 not in needed
    (gradient,) = _run(vjp.fn, [X, f(5, 3), np.ones((4, 5), np.float32)])
    assert gradient.tolist() == [20]


def _run(function, arrays):
    types = [jax.ShapeDtypeStruct(np.shape(a), np.asarray(a).dtype) for a in arrays]
    return HostCall(jax.jit(function).trace(*types).jaxpr).run(*[np.asarray(a) for a in arrays])


@pytest.mark.parametrize("name", CASES)
def test_a_declared_derivative_is_the_derived_one(name):
    key, arrays, statics, serves = CASES[name]
    op = TABLE[key]
    flat, structure = flatten([*arrays, *[None] * (len(op.arrays) - len(arrays))])
    call = make_call(op, tuple(statics[p.name] for p in op.statics), structure, tuple(aval_of(x) for x in flat))
    outs = call.out_avals if call.multi else (call.out_avals,)
    present = (True,) + (False,) * (len(outs) - 1)
    mask = tuple(
        a.dtype.differentiable and not a.weak and i < 3 for i, a in enumerate(call.avals)
    )  # no running statistics
    if name == "cross entropy of odds":
        mask = (True, False)
    vjp, needed = call.vjp(mask, present if call.multi else None)
    cotangent = f(*outs[0].shape, dtype=outs[0].dtype.numpy_dtype)
    given = [*[flat[i] for i in needed], cotangent]
    derived = vjp_function(call.fn, call.kind, call.avals, outs, call.multi, needed, mask, present)
    for got, expected in zip(_run(vjp.fn, given), _run(derived, given), strict=True):
        assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)

    def pull(*flat):
        wanted = unflatten(mask, structure) if structure else mask
        grouped = unflatten(flat[:-1], structure) if structure else flat[:-1]
        grads = op.pull(flat[-1], *grouped, *[None] * (len(op.arrays) - len(grouped)), wanted=wanted, **statics)
        found.append(grads is not None)
        return flat[-1]

    found = []
    jax.eval_shape(pull, *flat, cotangent)
    assert found == [serves]
