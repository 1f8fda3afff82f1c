"""the same loop, the loss read once in 1,000 steps"""

import torch
from torch import nn

STEPS, WARMUP = 1000, 200


def make(compile):
    torch.manual_seed(0)
    model = compile(nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_fn = nn.CrossEntropyLoss()
    x, y = torch.randn(32, 16), torch.randint(0, 10, (32,))

    def step():
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step
