import jax
import jax.numpy as jnp

from compat.bench.limits import common


def make():
    x = common.randn(1_000_000)

    @jax.jit
    @jax.value_and_grad
    def chain(x):
        y = jnp.sin(x) * 2 + jnp.cos(x)
        z = jnp.tanh(y) * jax.nn.sigmoid(x) + jnp.sqrt(jnp.abs(y))
        return (z * z + jnp.exp(-z)).mean()

    def step():
        value, _ = chain(x)
        return float(value)

    return step
