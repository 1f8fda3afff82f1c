import jax

from compat.bench.limits import common


def make(sizes=(16, 32, 32, 10), batch=32, read=True):
    parameters = [common.linear(a, b) for a, b in zip(sizes, sizes[1:], strict=False)]
    x, y = common.randn(batch, sizes[0]), common.integers(sizes[-1], batch)

    def loss(parameters, x, y):
        for layer in parameters[:-1]:
            x = jax.nn.relu(common.apply(layer, x))
        return common.cross_entropy(common.apply(parameters[-1], x), y)

    return common.looped(common.adam(loss), common.adam_state(parameters), x, y, read=read)
