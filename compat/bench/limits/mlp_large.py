from compat.bench.limits import mlp_tiny


def make():
    return mlp_tiny.make((784, 512, 512, 10), 128)
