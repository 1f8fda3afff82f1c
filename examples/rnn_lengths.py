"""A recurrent network written as a Python loop, over sequences of 30 different lengths."""

import argparse

import torch
from torch import nn


class RNN(nn.Module):
    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        self.hidden = hidden
        self.i2h = nn.Linear(inputs + hidden, hidden)
        self.h2o = nn.Linear(hidden, outputs)

    def forward(self, sequence):
        h = torch.zeros(sequence.size(1), self.hidden)
        for x in sequence:
            h = torch.tanh(self.i2h(torch.cat((x, h), dim=1)))
        return self.h2o(h)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--lengths", type=int, default=30, help="how many different lengths")
    args = parser.parse_args(argv)

    torch.manual_seed(0)
    lengths = [5 + i for i in range(args.lengths)]
    # The class of a sequence is whether its last four steps rise above the mean of its first channel.
    sequences = [torch.randn(length, 32, 4) for length in lengths]
    targets = [(s[-4:, :, 0].mean(dim=0) > 0).long() for s in sequences]

    model = RNN(4, 32, 2)
    initial = [p.detach().clone() for p in model.parameters()]
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    loss_fn = nn.CrossEntropyLoss()

    losses, order = [], []
    for epoch in range(args.epochs):
        correct = total = 0
        for i in torch.randperm(len(sequences)).tolist():
            logits = model(sequences[i])
            loss = loss_fn(logits, targets[i])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            order.append(targets[i])
            correct += (logits.argmax(dim=1) == targets[i]).sum().item()
            total += targets[i].numel()
        mean = sum(losses[-len(sequences) :]) / len(sequences)
        print(f"epoch {epoch + 1:2}  loss {mean:.5f}  accuracy {correct / total:.2%}")
    return {"initial": initial, "order": order, "losses": losses, "final": {"loss": mean, "accuracy": correct / total}}


if __name__ == "__main__":
    main()
