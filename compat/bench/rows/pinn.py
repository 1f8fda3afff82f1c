"""physics-informed network: a second derivative of a tanh MLP inside the loss, 256 points, Adam"""

import torch
from torch import nn

STEPS, WARMUP = 40, 40


def make(compile):
    torch.manual_seed(0)
    model = compile(nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    t = torch.linspace(0, 1, 256).view(-1, 1).requires_grad_(True)
    start = torch.zeros(1, 1, requires_grad=True)

    def derivative(y, x):
        return torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)[0]

    def step():
        optimizer.zero_grad()
        u = model(start)
        loss = (u - 1).pow(2).sum() + 0.1 * derivative(u, start).pow(2).sum()
        u = model(t)
        du = derivative(u, t)
        loss = loss + 1e-4 * (derivative(du, t) + 4 * du + 400 * u).pow(2).mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
