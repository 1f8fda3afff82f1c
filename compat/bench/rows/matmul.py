"""matrix products of 256, 512, 1024 and 2048, one each"""

import torch

STEPS, WARMUP = 2, 4


def make(compile):
    torch.manual_seed(0)
    pairs = [(torch.randn(n, n) / n, torch.randn(n, n)) for n in (256, 512, 1024, 2048)]

    def products():
        return sum((a @ b).square().mean() for a, b in pairs).item()

    return products
