"""embedding of 50,000 x 64, gather, scatter_add and index_add with their gradients"""

import torch
from torch import nn

STEPS, WARMUP = 8, 12


def make(compile):
    torch.manual_seed(0)
    table = nn.Embedding(50_000, 64)
    tokens = torch.randint(0, 50_000, (64, 128))
    picks = torch.randint(0, 128, (64, 32, 64))
    groups = torch.randint(0, 1000, (8192,))

    def forward(tokens):
        x = table(tokens)
        picked = x.gather(1, picks)
        pooled = torch.zeros(1000, 64).index_add(0, groups, x.view(-1, 64))
        counted = torch.zeros(64, 128, 64).scatter_add(1, picks, picked)
        return (pooled.tanh().sum() + (counted * x).sum()) / 1e3

    forward = compile(forward)

    def step():
        table.weight.grad = None
        loss = forward(tokens)
        loss.backward()
        return loss.item()

    return step
