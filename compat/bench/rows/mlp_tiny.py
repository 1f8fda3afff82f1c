"""tiny MLP 16-32-32-10, batch 32, Adam, loss read each step"""

import torch
from torch import nn

STEPS, WARMUP = 500, 200


def network():
    return nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10))


def make(compile):
    torch.manual_seed(0)
    model = compile(network())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_fn = nn.CrossEntropyLoss()
    x, y = torch.randn(32, 16), torch.randint(0, 10, (32,))

    def step():
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
