"""Programs laid out with channels last: the same values, and no transposition between the convolutions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import jaxtorch as torch
from jaxtorch._autograd.variable import value_of
from jaxtorch._engine.channels_last import convolves, laid_out
from jaxtorch._engine.host.lowering import HostCall
from jaxtorch._ops.conv_forms import Spec, convolve
from jaxtorch._ops.table import TABLE
from jaxtorch.nn import functional as F


def conv(x, w, stride=1, padding=1):
    return convolve(x, w, Spec((stride,) * (x.ndim - 2), ((padding, padding),) * (x.ndim - 2), (1,) * (x.ndim - 2), 1))


def op(name, **statics):
    """A torch function as one of JAX arrays."""
    return lambda *arrays: TABLE[name].fn(*arrays, **statics)


def run(function, *arrays):
    """The equations of a function on NumPy, which compiles nothing."""
    return HostCall(jax.make_jaxpr(function)(*arrays)).run(*map(np.asarray, arrays))


POOL = {"kernel_size": (2, 2), "stride": (2, 2), "padding": (0, 0), "dilation": (1, 1), "ceil_mode": False}
STEPS = {
    "elementwise": lambda y: jax.nn.relu(y) * 2 + jnp.tanh(y),
    "select": lambda y: jnp.where(y > 0, y, 0.1 * y),
    "scalar operands": lambda y: lax.clamp(jnp.float32(0), y, jnp.float32(1)) + lax.select(jnp.bool_(True), y, -y),
    "a sum over places": lambda y: y - y.sum((2, 3), keepdims=True) / 7,
    "a sum over channels": lambda y: y / (1 + jnp.square(y).sum(1, keepdims=True)),
    "a sum over all but channels": lambda y: y * jnp.square(y).sum((0, 2, 3)).reshape(1, -1, 1, 1),
    "argmax": lambda y: y + jnp.argmax(y, 1, keepdims=True),
    "padding": lambda y: jnp.pad(y, ((0, 0), (0, 0), (1, 2), (0, 1))),
    "slices": lambda y: y[:, 1:, ::2, 1:],
    "strides and stacks": lambda y: jnp.stack([y, -y], 3).reshape(y.shape[0], y.shape[1], -1, y.shape[3]),
    "a stack before all": lambda y: jnp.stack([y, 2 * y]).sum(0),
    "concatenation": lambda y: jnp.concatenate([y, jnp.ones_like(y)], 1),
    "flattened": lambda y: (y.reshape(y.shape[0], -1) @ jnp.ones((y[0].size, 4), y.dtype))[:, :, None, None] + y[:, :4],
    "merged places": lambda y: jax.nn.softmax(y.reshape(*y.shape[:2], -1), -1).reshape(y.shape),
    "split channels": lambda y: y.reshape(y.shape[0], 2, -1, *y.shape[2:]).sum(1),
    "crossing reshape": lambda y: y.reshape(y.shape[0], -1, y.shape[3], y.shape[2]),
    "permuted": lambda y: jnp.transpose(y, (0, 2, 3, 1)) ** 2,
    "permuted back": lambda y: jnp.transpose(jnp.transpose(y, (0, 2, 3, 1)) ** 2, (0, 3, 1, 2)),
    "a product over channels": lambda y: jnp.einsum("ochw,nchw->noc", jnp.ones((3, *y.shape[1:]), y.dtype), y),
    "a product of both": lambda y: jnp.einsum("nchw,ncow->nho", y, y[:, :, :3]),
    "a product over places": lambda y: jnp.einsum("nchw,kh->nckw", y, jnp.ones((2, y.shape[2]), y.dtype)),
    "reversed": lambda y: y[:, ::-1, :, ::-1],
    "cumulative": lambda y: jnp.cumsum(y, 2),
    "sorted": lambda y: jnp.sort(y, 1),
    "gathered": lambda y: y[:, jnp.array([1, 0, 1])],
    "batch norm": lambda y: op("_batch_norm_eval", eps=1e-5)(y, y.sum((0, 2, 3)), y.var((0, 2, 3)), None, None),
    "max pooling": lambda y: op("max_pool2d", **POOL)(y),
    "a loop": lambda y: lax.fori_loop(0, 2, lambda _, z: z * 0.5 + y, y),
    "a branch": lambda y: lax.cond(y.sum() > 0, lambda z: z, lambda z: -z, y),
    "a call": lambda y: jax.jit(lambda z: z * 2)(y),
    "a barrier": lambda y: lax.optimization_barrier(y) + 1,
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("shape", [(2, 4, 6, 8), (3, 1, 5, 4)], ids=str)
def test_values_and_gradients_are_the_same(name, shape):
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.standard_normal(shape, np.float32))
    w1 = jnp.asarray(rng.standard_normal((6, shape[1], 3, 3), np.float32) / 5)
    w2 = jnp.asarray(rng.standard_normal((4, 6, 1, 1), np.float32))

    def program(x, w1, w2):
        y = STEPS[name](conv(x, w1))
        return [conv(y, w2, padding=0) if y.ndim == 4 and y.shape[1] == 6 else y]

    def step(x, w1, w2):
        return [*program(x, w1, w2), *jax.grad(lambda *a: jnp.square(program(*a)[0]).sum(), (0, 1, 2))(x, w1, w2)]

    for expected, got in zip(run(step, x, w1, w2), run(laid_out(step), x, w1, w2), strict=True):
        assert expected.dtype == got.dtype
        np.testing.assert_allclose(got, expected, rtol=2e-4, atol=2e-4 * float(jnp.abs(expected).max()))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_any_number_of_places(rank):
    rng = np.random.default_rng(1)
    x = jnp.asarray(rng.standard_normal((2, 5, *(6,) * rank), np.float32))
    w = jnp.asarray(rng.standard_normal((5, 5, *(3,) * rank), np.float32))

    def program(x, w):
        return [conv(jax.nn.relu(conv(x, w, 2)), w)]

    np.testing.assert_allclose(run(laid_out(program), x, w)[0], run(program, x, w)[0], rtol=1e-4, atol=1e-3)


def _transpositions(function, *args) -> int:
    eqns = jax.make_jaxpr(function)(*args).jaxpr.eqns
    return sum(e.primitive.name == "transpose" and e.invars[0].aval.ndim == 4 for e in eqns)


def test_nothing_is_transposed_between_convolutions():
    x, w = jnp.ones((2, 8, 6, 6)), jnp.ones((8, 8, 3, 3))

    def program(x, w):
        for _ in range(4):
            y = conv(x, w)
            x = jax.nn.relu(op("max_pool2d", **POOL | {"stride": (1, 1)})(y) * 2)
            x = jnp.pad(x, ((0, 0), (0, 0), (0, 1), (1, 0)))
        return [x]

    assert _transpositions(laid_out(program), x, w) == 2  # in and out


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x, w: F.conv2d(x, w), True),
        (lambda x, w: F.conv_transpose2d(x, w.transpose(0, 1)), True),
        (lambda x, w: F.relu(x), False),
        (lambda x, w: x @ x, False),
    ],
)
def test_calls_that_convolve_are_known(function, expected):
    made = function(torch.randn(1, 8, 6, 6), torch.randn(8, 8, 3, 3))
    assert convolves(value_of(made).call) is expected
