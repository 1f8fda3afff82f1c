"""MNIST CNN (two 3x3 convolutions 32/64, pool, dropout, two linear), batch 64"""

import torch
import torch.nn.functional as F
from torch import nn

STEPS, WARMUP = 8, 20
COMPARED = 10  # Adadelta at this rate amplifies rounding tenfold every few steps


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(self.dropout1(x), 1)
        x = self.dropout2(F.relu(self.fc1(x)))
        return F.log_softmax(self.fc2(x), dim=1)


def make(compile):
    torch.manual_seed(0)
    model = compile(Net())
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    x, y = torch.rand(64, 1, 28, 28), torch.randint(0, 10, (64,))

    def step():
        optimizer.zero_grad()
        loss = F.nll_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
