from compat.bench.limits import mlp_tiny


def make():
    return mlp_tiny.make(read=False)
