"""a chain of 10 elementwise operations on 1,000,000 numbers, with its gradient"""

import torch

STEPS, WARMUP = 20, 20


def make(compile):
    torch.manual_seed(0)
    x = torch.randn(1_000_000, requires_grad=True)

    def chain(x):
        y = torch.sin(x) * 2 + torch.cos(x)
        z = torch.tanh(y) * torch.sigmoid(x) + y.abs().sqrt()
        return (z * z + torch.exp(-z)).mean()

    chain = compile(chain)

    def step():
        x.grad = None
        loss = chain(x)
        loss.backward()
        return loss.item()

    return step
