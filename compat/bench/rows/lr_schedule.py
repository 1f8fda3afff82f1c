"""MLP 64-128-1 under a cosine schedule with warm-up: a new learning rate each step must compile nothing"""

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

STEPS, WARMUP = 200, 60


def make(compile):
    torch.manual_seed(0)
    model = compile(nn.Sequential(nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 1)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    warm, cosine = LinearLR(optimizer, 0.1, total_iters=50), CosineAnnealingLR(optimizer, 100_000)
    scheduler = SequentialLR(optimizer, [warm, cosine], milestones=[50])
    x = torch.randn(64, 64)
    y = x.sum(1, keepdim=True).sin()

    def step():
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        return loss.item()

    return step
