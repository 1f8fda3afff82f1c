import jax

from compat.bench.limits import common


def make():
    pairs = [(common.randn(n, n) / n, common.randn(n, n)) for n in (256, 512, 1024, 2048)]

    @jax.jit
    def products(pairs):
        return sum(((a @ b) ** 2).mean() for a, b in pairs)

    return lambda: float(products(pairs))
