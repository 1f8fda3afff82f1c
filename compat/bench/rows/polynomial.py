"""polynomial fit: 2,000 steps of hand-written SGD on four scalars"""

import math

import torch

STEPS, WARMUP = 1, 1


def make(compile):
    def fit():
        torch.manual_seed(0)
        x = torch.linspace(-math.pi, math.pi, 2000)
        y = torch.sin(x)
        a, b, c, d = (torch.randn((), requires_grad=True) for _ in range(4))
        for _ in range(2000):
            loss = (a + b * x + c * x**2 + d * x**3 - y).pow(2).sum()
            loss.backward()
            with torch.no_grad():
                for p in (a, b, c, d):
                    p -= 1e-6 * p.grad
                    p.grad = None
        return loss.item()

    return fit
