import math

import jax
import jax.numpy as jnp

from compat.bench.limits import common

LAYERS, HEADS, WIDTH, CONTEXT, BATCH, LETTERS = 4, 4, 128, 64, 12, 65


def norm(layer, x):
    mean = x.mean(-1, keepdims=True)
    centred = x - mean
    variance = (centred * centred).mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt(variance + 1e-5) * layer["w"] + layer["b"]


def attention(block, x, mask):
    q, k, v = (
        part.reshape(BATCH, CONTEXT, HEADS, -1).transpose(0, 2, 1, 3)
        for part in jnp.split(common.apply(block["qkv"], x), 3, axis=-1)
    )
    scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(WIDTH // HEADS)
    y = jax.nn.softmax(jnp.where(mask, scores, -jnp.inf), axis=-1) @ v
    return common.apply(block["proj"], y.transpose(0, 2, 1, 3).reshape(BATCH, CONTEXT, WIDTH))


def loss(parameters, data, starts):
    index = starts[:, None] + jnp.arange(CONTEXT)
    x = parameters["token"][data[index]] + parameters["position"]
    mask = jnp.tril(jnp.ones((CONTEXT, CONTEXT), bool))
    for block in parameters["blocks"]:
        x = x + attention(block, norm(block["ln1"], x), mask)
        hidden = jax.nn.gelu(common.apply(block["up"], norm(block["ln2"], x)), approximate=False)
        x = x + common.apply(block["down"], hidden)
    return common.cross_entropy(common.apply(parameters["head"], norm(parameters["ln"], x)), data[index + 1])


def make():
    def ln():
        return {"w": jnp.ones(WIDTH, jnp.float32), "b": jnp.zeros(WIDTH, jnp.float32)}

    blocks = [
        {
            "ln1": ln(),
            "ln2": ln(),
            "qkv": common.linear(WIDTH, 3 * WIDTH),
            "proj": common.linear(WIDTH, WIDTH),
            "up": common.linear(WIDTH, 4 * WIDTH),
            "down": common.linear(4 * WIDTH, WIDTH),
        }
        for _ in range(LAYERS)
    ]
    parameters = {
        "token": common.randn(LETTERS, WIDTH),
        "position": common.randn(CONTEXT, WIDTH),
        "blocks": blocks,
        "ln": ln(),
        "head": common.linear(WIDTH, LETTERS, bias=False),
    }
    data = common.integers(LETTERS, 10_000)
    step, state = common.adam(loss, b2=0.99, decay=0.1, clip=1.0), common.adam_state(parameters)

    def run():
        nonlocal state
        state, value = step(state, data, common.integers(10_000 - CONTEXT - 1, BATCH))
        return float(value)

    return run
