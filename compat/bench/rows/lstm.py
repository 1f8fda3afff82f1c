"""word model: two-layer LSTM 200, bptt 35, batch 20, 1,000 words"""

import torch
import torch.nn.functional as F
from torch import nn

STEPS, WARMUP = 6, 12


class Model(nn.Module):
    def __init__(self, words=1000, width=200):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.lstm = nn.LSTM(width, width, num_layers=2, dropout=0.2)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(width, words)

    def forward(self, tokens, state):
        output, state = self.lstm(self.dropout(self.embedding(tokens)), state)
        return self.head(self.dropout(output)), state


def make(compile):
    torch.manual_seed(0)
    model = compile(Model())
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    data = torch.randint(0, 1000, (36 * 8, 20))
    state = (torch.zeros(2, 20, 200), torch.zeros(2, 20, 200))
    position = 0

    def step():
        nonlocal state, position
        chunk = data[position * 36 : (position + 1) * 36]
        position = (position + 1) % 8
        state = tuple(s.detach() for s in state)
        logits, state = model(chunk[:-1], state)
        loss = F.cross_entropy(logits.view(-1, 1000), chunk[1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        return loss.item()

    return step
