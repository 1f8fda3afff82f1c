"""sort, topk, cumsum and unique of 1,000,000 numbers, one each"""

import torch

STEPS, WARMUP = 1, 3


def make(compile):
    torch.manual_seed(0)
    x = torch.randn(1_000_000)
    n = torch.randint(0, 10_000, (1_000_000,))

    def all_four():
        total = torch.sort(x).values[::1000].sum() + torch.topk(x, 100).values.sum()
        total = total + torch.cumsum(x, 0)[-1] + torch.unique(n).sum() / 1e6
        return total.item()

    return all_four
