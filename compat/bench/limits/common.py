"""What the hand-written steps share: initialisation, Adam, and a training step over a loss."""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

rng = np.random.default_rng(0)


def randn(*shape: int) -> jax.Array:
    return jnp.asarray(rng.standard_normal(shape, dtype=np.float32))


def integers(high: int, *shape: int) -> jax.Array:
    return jnp.asarray(rng.integers(0, high, shape, dtype=np.int64))


def linear(inputs: int, outputs: int, bias: bool = True) -> dict[str, jax.Array]:
    bound = 1 / math.sqrt(inputs)
    made = {"w": jnp.asarray(rng.uniform(-bound, bound, (outputs, inputs)).astype(np.float32))}
    if bias:
        made["b"] = jnp.asarray(rng.uniform(-bound, bound, (outputs,)).astype(np.float32))
    return made


def apply(layer: dict[str, jax.Array], x: jax.Array) -> jax.Array:
    """x @ w.T + b on two-dimensional operands, which XLA's CPU runs quickest."""
    flat = x.reshape(-1, x.shape[-1])
    y = jax.lax.dot_general(flat, layer["w"], (((1,), (1,)), ((), ())))
    y = y + layer["b"] if "b" in layer else y
    return y.reshape(*x.shape[:-1], -1)


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    logits = logits - jax.lax.stop_gradient(logits.max(-1, keepdims=True))
    picked = jnp.take_along_axis(logits, labels[..., None], -1)[..., 0]
    return (jnp.log(jnp.exp(logits).sum(-1)) - picked).mean()


def adam(loss, lr=1e-3, b1=0.9, b2=0.999, decay=0.0, clip=0.0):
    """A jitted step (state, *data) -> (state, loss); state is (parameters, first moments, second moments, count)."""

    @functools.partial(jax.jit, donate_argnums=0)
    def step(state, *data):
        parameters, m, v, count = state
        value, grads = jax.value_and_grad(loss)(parameters, *data)
        if clip:
            norm = jnp.sqrt(sum((g * g).sum() for g in jax.tree.leaves(grads)))
            grads = jax.tree.map(lambda g: g * jnp.minimum(clip / (norm + 1e-6), 1.0), grads)
        count = count + 1
        m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, m, grads)
        v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, v, grads)
        scale1, scale2 = 1 - b1**count, 1 - b2**count
        parameters = jax.tree.map(
            lambda p, m, v: p * (1 - lr * decay) - lr * (m / scale1) / (jnp.sqrt(v / scale2) + 1e-8), parameters, m, v
        )
        return (parameters, m, v, count), value

    return step


def adam_state(parameters):
    def zeros():
        return jax.tree.map(jnp.zeros_like, parameters)

    return parameters, zeros(), zeros(), jnp.float32(0)


def looped(step, state, *data, read: bool = True):
    """A `step` function without arguments around a jitted one."""

    def run():
        nonlocal state
        state, value = step(state, *data)
        return float(value) if read else value

    return run
