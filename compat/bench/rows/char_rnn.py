"""character RNN as a Python loop, batch 1, names of 2 to 19 letters: one pass over 36 names"""

import torch
import torch.nn.functional as F
from torch import nn

STEPS, WARMUP = 1, 4


class RNN(nn.Module):
    def __init__(self, letters=57, hidden=128, classes=18):
        super().__init__()
        self.hidden = hidden
        self.i2h = nn.Linear(letters + hidden, hidden)
        self.h2o = nn.Linear(hidden, classes)

    def forward(self, letter, hidden):
        hidden = torch.tanh(self.i2h(torch.cat((letter, hidden), dim=1)))
        return F.log_softmax(self.h2o(hidden), dim=1), hidden


def make(compile):
    torch.manual_seed(0)
    model = compile(RNN())
    names = [F.one_hot(torch.randint(0, 57, (2 + i % 18, 1)), 57).float() for i in range(36)]
    classes = [torch.randint(0, 18, (1,)) for _ in names]

    def epoch():
        total = 0.0
        for name, target in zip(names, classes, strict=True):
            hidden = torch.zeros(1, model.hidden)
            model.zero_grad()
            for letter in name:
                output, hidden = model(letter, hidden)
            loss = F.nll_loss(output, target)
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p.add_(p.grad, alpha=-0.005)
            total += loss.item()
        return total / len(names)

    return epoch
