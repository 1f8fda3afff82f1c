"""An LSTM and a GRU add up the two marked numbers of a sequence."""

import argparse

import torch
from torch import nn


class Adder(nn.Module):
    def __init__(self, cell, hidden):
        super().__init__()
        self.rnn = cell(input_size=2, hidden_size=hidden, num_layers=2, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        output, _ = self.rnn(x)
        return self.head(output[:, -1]).squeeze(-1)


def make_batch(size, length):
    values = torch.rand(size, length)
    marks = torch.zeros(size, length)
    half = length // 2
    first = torch.randint(0, half, (size,))
    second = torch.randint(half, length, (size,))
    rows = torch.arange(size)
    marks[rows, first] = 1
    marks[rows, second] = 1
    target = values[rows, first] + values[rows, second]
    return torch.stack((values, marks), dim=2), target


def train(name, cell, steps):
    torch.manual_seed(0)
    model = Adder(cell, hidden=32)
    initial = [p.detach().clone() for p in model.parameters()]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    loss_fn = nn.MSELoss()
    losses, order = [], []
    for step in range(steps):
        x, target = make_batch(64, 12)
        loss = loss_fn(model(x), target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        order.append(target)
        if step % 50 == 49:
            print(f"{name:4}  step {step + 1:4}  loss {loss.item():.5f}")
    with torch.no_grad():
        x, target = make_batch(512, 12)
        test_loss = loss_fn(model(x), target).item()
    print(f"{name:4}  test loss {test_loss:.5f}")
    return initial, order, losses, test_loss


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    args = parser.parse_args(argv)

    lstm_initial, lstm_order, lstm_losses, lstm_test = train("LSTM", nn.LSTM, args.steps)
    gru_initial, gru_order, gru_losses, gru_test = train("GRU", nn.GRU, args.steps)
    return {
        "initial": lstm_initial + gru_initial,
        "order": lstm_order + gru_order,
        "losses": {"LSTM": lstm_losses, "GRU": gru_losses},
        "final": {"LSTM test loss": lstm_test, "GRU test loss": gru_test},
    }


if __name__ == "__main__":
    main()
