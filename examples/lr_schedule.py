"""Regression with a learning rate that warms up and then follows a cosine."""

import argparse

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch.utils.data import DataLoader, TensorDataset


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=40)
    args = parser.parse_args(argv)

    torch.manual_seed(0)
    inputs = torch.rand(1024, 4) * 2 - 1
    noise = 0.05 * torch.randn(1024, 1)
    targets = (inputs[:, :1] * inputs[:, 1:2] + torch.sin(3 * inputs[:, 2:3]) - inputs[:, 3:].abs()) + noise
    train = TensorDataset(inputs[:896], targets[:896])
    loader = DataLoader(train, batch_size=128, shuffle=True)

    model = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
    initial = [p.detach().clone() for p in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4, nesterov=True)
    warmup = min(5, args.epochs - 1)
    scheduler = SequentialLR(
        optimizer,
        [
            LinearLR(optimizer, start_factor=0.1, total_iters=warmup),
            CosineAnnealingLR(optimizer, T_max=args.epochs - warmup),
        ],
        milestones=[warmup],
    )
    loss_fn = nn.MSELoss()

    losses, order, rates = [], [], []
    for epoch in range(args.epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
            order.append(x[:, 0])
        rates.append(scheduler.get_last_lr()[0])
        scheduler.step()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1:3}  lr {rates[-1]:.5f}  loss {sum(losses[-7:]) / 7:.5f}")

    with torch.no_grad():
        test_loss = loss_fn(model(inputs[896:]), targets[896:]).item()
    print(f"test loss {test_loss:.5f}")
    return {
        "initial": initial,
        "order": order,
        "losses": losses,
        "final": {"test loss": test_loss, "mean lr": sum(rates) / len(rates)},
    }


if __name__ == "__main__":
    main()
