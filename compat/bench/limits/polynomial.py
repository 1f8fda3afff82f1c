import math

import jax
import jax.numpy as jnp
import numpy as np

from compat.bench.limits import common


def make():
    @jax.jit
    def step(parameters, x, y):
        def loss(parameters):
            a, b, c, d = parameters
            return ((a + b * x + c * x**2 + d * x**3 - y) ** 2).sum()

        value, grads = jax.value_and_grad(loss)(parameters)
        return [p - 1e-6 * g for p, g in zip(parameters, grads, strict=True)], value

    def fit():
        x = jnp.linspace(-math.pi, math.pi, 2000, dtype=np.float32)
        y = jnp.sin(x)
        parameters = [common.randn() for _ in range(4)]
        for _ in range(2000):
            parameters, value = step(parameters, x, y)
        return float(value)

    return fit
