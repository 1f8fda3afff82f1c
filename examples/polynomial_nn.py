"""Fit y = sin(x) with a third-order polynomial, with torch.nn and torch.optim."""

import argparse
import math

import torch


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2000)
    args = parser.parse_args(argv)

    torch.manual_seed(0)
    x = torch.linspace(-math.pi, math.pi, 2000)
    y = torch.sin(x)
    powers = torch.tensor([1, 2, 3])
    xx = x.unsqueeze(-1).pow(powers)

    model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0, 1))
    initial = [p.detach().clone() for p in model.parameters()]
    loss_fn = torch.nn.MSELoss(reduction="sum")
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)

    losses = []
    for t in range(args.steps):
        y_pred = model(xx)
        loss = loss_fn(y_pred, y)
        losses.append(loss.item())
        if t % 100 == 99:
            print(t, f"{loss.item():.4f}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    linear_layer = model[0]
    bias, weight = linear_layer.bias.item(), linear_layer.weight[0].tolist()
    print(f"Result: y = {bias:.4f} + {weight[0]:.4f} x + {weight[1]:.4f} x^2 + {weight[2]:.4f} x^3")
    return {"initial": initial, "losses": losses, "final": {"loss": losses[-1], "b": weight[0], "d": weight[2]}}


if __name__ == "__main__":
    main()
