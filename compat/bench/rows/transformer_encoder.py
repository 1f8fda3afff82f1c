"""nn.TransformerEncoder, 2 layers of width 128 with 4 heads, batch 16, length 64, dropout, Adam"""

import torch
from torch import nn

STEPS, WARMUP = 6, 12


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(128, 4, 256, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        return self.head(self.encoder(x).mean(dim=1))


def make(compile):
    torch.manual_seed(0)
    model = compile(Model())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = torch.randn(16, 64, 128), torch.randint(0, 10, (16,))

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
